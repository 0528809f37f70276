"""Where a request came from, as far as the portal remembers it."""

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address


@dataclass(frozen=True)
class Place:
    """The IP address of a browser, and the browser and system in words."""

    address: str
    browser: str = ""

    @property
    def masked_address(self) -> str:
        """The address without the part that tells a household: enough to notice a strange one."""
        try:
            address = ip_address(self.address)
        except ValueError:
            return ""
        if isinstance(address, IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        if isinstance(address, IPv6Address):
            return ":".join(address.exploded.split(":")[:3]) + ":*"
        return ".".join(str(address).split(".")[:3]) + ".*"
