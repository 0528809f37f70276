"""What an address of a mailbox and the name of a host look like, for whoever reads, keeps or uses one."""

import re
import unicodedata
from ipaddress import ip_address

ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
MAILBOX = re.compile(rf"(?=.{{1,64}}$){ATOM}(?:\.{ATOM})*")
DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z](?:[a-z0-9-]*[a-z0-9])")
"""The parts of an address before and after the @; the second in the letters that travel on the wire."""
HOST = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")


def on_the_wire(address: str) -> str:
    """Return an address as every server understands it: a domain in national letters becomes one that begins xn--."""
    mailbox, _, domain = address.rpartition("@")
    return f"{mailbox}@{domain.encode('idna').decode()}"


def domain_forms(domain: str) -> tuple[str, str]:
    """Return a domain as it travels («xn--80a1acny.xn--p1ai») and as it is read («почта.рф»); raises ValueError.

    Each form must lead back to the other, and, but for capitals, each part must be given in one of them: the standard
    Python knows (of 2003) makes «ss» of «ß». By today's they are two domains, and one may be somebody else's.
    """
    travels = domain.encode("idna").decode().lower()
    read = travels.encode().decode("idna")
    leads_back = unicodedata.normalize("NFC", read).lower() == read and read.encode("idna").decode() == travels
    parts = zip(domain.lower().split("."), travels.split("."), read.split("."), strict=True)
    if not DOMAIN.fullmatch(travels) or not leads_back or not all(given in forms for given, *forms in parts):
        raise ValueError("no domain")
    return travels, read


def is_address(text: str) -> bool:
    """Say whether this is the plain address of a mailbox."""
    mailbox, _, domain = text.rpartition("@")
    try:
        domain_forms(domain)
    except ValueError:
        return False
    return bool(MAILBOX.fullmatch(mailbox))


def is_host(text: str) -> bool:
    """Say whether this is the name or the IP address of a host, and nothing besides."""
    try:
        ip_address(text)
    except ValueError:
        return _is_host_name(text)
    return True


def _is_host_name(text: str) -> bool:
    try:
        return bool(HOST.fullmatch(text.encode("idna").decode()))
    except UnicodeError:
        return False
