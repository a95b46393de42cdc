"""Which hosts and addresses may be talked to: the guard against requests forged by names. Pure."""

from collections.abc import Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Address = IPv4Address | IPv6Address

# What is out there (RFC 4291, 2.4); all else of IPv6 is translated, private, or of another time.
_GLOBAL = IPv6Network("2000::/3")
# IPv4 in the last bits of IPv6: compatible, mapped, translated (RFC 4291, 2765, 6052, 8215).
_WRITTEN = tuple(
    map(
        IPv6Network, ("::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48")
    )
)
# Where clouds give out credentials, besides link-local addresses: Oracle, Alibaba, Azure, AWS, GCP.
_CLOUDS = tuple(
    map(
        ip_address,
        ("192.0.0.192", "100.100.100.200", "168.63.129.16", "fd00:ec2::254", "fd20:ce::254"),
    )
)


class Hosts:
    """The allow-list of a configuration: names (`*.` for any below), addresses and networks.

    Without a list, public addresses are allowed, and this machine when it is named as such. With
    one, nothing else is allowed. A listed name may lead into a private network, but to where
    clouds keep their credentials (link-local addresses, most of them) only a listed network leads.
    """

    def __init__(self, listed: Sequence[str] = ()) -> None:
        self._networks = [network for one in listed if (network := _network(one))]
        self._names = [one.lower().rstrip(".") for one in listed if not _network(one)]

    def names(self, host: str) -> bool:
        """Whether the list has this name or literal address.

        >>> Hosts(["*.example.org", "10.0.0.0/8"]).names("mail.example.org")
        True
        """
        if (address := literal(host)) is not None:
            return self._lists(address)
        host = host.lower().rstrip(".")
        return any(
            host.endswith(one[1:]) if one.startswith("*.") else host == one for one in self._names
        )

    def may_ask(self, host: str) -> bool:
        """Whether a configuration may name this host; a name's addresses are checked later."""
        if (address := literal(host)) is not None:
            return self.allows(host, address)
        if host.replace(".", "").isdecimal():
            # An address all the same, in a spelling that hides which one: 127.1, 0177.0.0.1.
            return False
        return self.names(host) or bool(self._networks) or not self._names

    def allows(self, host: str, address: Address) -> bool:
        """Whether a connection to this address is allowed under the host's name.

        >>> Hosts().allows("evil.example", ip_address("169.254.169.254"))
        False
        """
        address = _inner(address)
        if self._lists(address):
            return True
        if address.is_link_local or address.is_multicast or address.is_unspecified:
            return False
        if address in _CLOUDS:
            return False
        if self._names or self._networks:
            return literal(host) is None and self.names(host)
        if address.is_loopback:
            return is_here(host)
        return address.is_global and (isinstance(address, IPv4Address) or address in _GLOBAL)

    def _lists(self, address: Address) -> bool:
        return any(address in network for network in self._networks)


def is_here(host: str) -> bool:
    """Whether a host's name says that it is this machine.

    >>> is_here("localhost"), is_here("127.0.0.1"), is_here("10.0.0.1")
    (True, True, False)
    """
    address = literal(host)
    return host == "localhost" or (address is not None and _inner(address).is_loopback)


def literal(host: str) -> Address | None:
    """The address, if the host is one and no name."""
    try:
        return ip_address(host.strip("[]"))
    except ValueError:
        return None


def _inner(address: Address) -> Address:
    """IPv4 written into IPv6: what counts is the address inside."""
    if not isinstance(address, IPv6Address) or address.is_loopback or address.is_unspecified:
        return address
    if any(address in network for network in _WRITTEN):
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.sixtofour or address


def _network(text: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None
