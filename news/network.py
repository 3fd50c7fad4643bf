"""Which addresses nobody may be sent to by a stranger's URL or a redirect.

An own table: the standard library calls 17 of 43 special addresses public (Azure's metadata
address, NAT64, 6to4, carrier NAT, multicast ...). Sources: IANA special-purpose registries
(IPv4, IPv6), RFC 6890, RFC 8215, RFC 9637, vendors' metadata services.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

_RANGES = {
    "0.0.0.0/8": "this network", "10.0.0.0/8": "private", "100.64.0.0/10": "carrier NAT",
    "127.0.0.0/8": "loopback", "169.254.0.0/16": "link-local", "172.16.0.0/12": "private",
    "192.0.0.0/24": "protocol assignments", "192.0.2.0/24": "documentation",
    "192.31.196.0/24": "AS112", "192.52.193.0/24": "AMT", "192.88.99.0/24": "6to4 relay",
    "192.168.0.0/16": "private", "192.175.48.0/24": "AS112", "198.18.0.0/15": "benchmarking",
    "198.51.100.0/24": "documentation", "203.0.113.0/24": "documentation",
    "224.0.0.0/4": "multicast", "240.0.0.0/4": "reserved", "168.63.129.16/32": "cloud metadata",
    "100.100.100.200/32": "cloud metadata",
    "::/96": "IPv4-compatible", "::ffff:0:0/96": "IPv4-mapped", "::ffff:0:0:0/96": "IPv4-translated",
    "64:ff9b::/96": "NAT64", "64:ff9b:1::/48": "NAT64", "100::/64": "discard", "2001::/23": "protocol assignments",
    "2001:db8::/32": "documentation", "2002::/16": "6to4", "3fff::/20": "documentation",
    "5f00::/16": "segment routing", "fc00::/7": "private", "fe80::/10": "link-local",
    "fec0::/10": "site-local", "ff00::/8": "multicast", "fd00:ec2::254/128": "cloud metadata",
}  # fmt: skip
_TABLE = [(ip_network(network), kind) for network, kind in _RANGES.items()]


@lru_cache(maxsize=64)
def _networks(allow: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(network) for network in allow)


def _within(address: IPv4Address | IPv6Address, networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    return any(address.version == network.version and address in network for network in networks)


def forbidden(ip: str, allow: Sequence[str] = ()) -> str:
    """Why an address may not be dialled (`loopback`, `private` ...), or '' if it may.

    `allow` are networks (CIDR) opened by the configuration; an IPv4 address inside IPv6 is
    judged as itself too. Text that is no address is `not an address`.
    """
    try:
        address = ip_address(ip.partition("%")[0])
    except ValueError:
        return "not an address"
    if _within(address, _networks(tuple(allow))):
        return ""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return forbidden(str(address.ipv4_mapped), allow)
    for network, kind in _TABLE:
        if address.version == network.version and address in network:
            return kind
    return ""
