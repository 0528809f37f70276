"""Where a request came from, as far as the portal remembers it."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network


@dataclass(frozen=True)
class Place:
    """The IP address of a browser, and the browser and system in words."""

    address: str
    browser: str = ""

    @property
    def network(self) -> str:
        """What limits go by: the address, or of IPv6 the network one household gets."""
        return network_of(self.address)

    @property
    def masked_address(self) -> str:
        """The address without the part that tells a household: enough to notice a strange one."""
        address = _parsed(self.address)
        if isinstance(address, IPv6Address):
            return ":".join(address.exploded.split(":")[:3]) + ":*"
        return ".".join(str(address).split(".")[:3]) + ".*" if address else ""


def network_of(address: str) -> str:
    """Return an IPv4 address as it is and an IPv6 one cut to 64 bits: a household has all of the rest to itself."""
    parsed = _parsed(address)
    if isinstance(parsed, IPv6Address):
        return str(ip_network((parsed, 64), strict=False))
    return str(parsed or "")


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    return (parsed.ipv4_mapped or parsed) if isinstance(parsed, IPv6Address) else parsed
