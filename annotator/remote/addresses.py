"""Which network addresses we may call: public ones, and the private ones an admin has listed."""

from __future__ import annotations

import ipaddress
import socket

from annotator.errors import RemoteForbiddenHost, RemoteUnavailable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Ranges that `is_global` of some supported Python calls public although they are special, or that
# lead to a private IPv4 address in disguise (translation, 6to4, relays).
NEVER = tuple(
    ipaddress.ip_network(network)
    for network in (
        "192.0.0.0/24",
        "192.88.99.0/24",
        "100.64.0.0/10",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2002::/16",
        "2001::/23",
        "3fff::/20",
        "5f00::/16",
        "fec0::/10",
        "::/96",
    )
)


def is_public(text: str) -> bool:
    """Whether this address may be called without being listed. A v4-mapped address counts as IPv4."""
    try:
        address: Address = ipaddress.ip_address(text)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    if mapped is not None:
        address = mapped
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    return not any(address in network for network in NEVER if network.version == address.version)


def resolve(host: str, port: int) -> list[str]:
    """Every address the name stands for, in the system's order, each once."""
    try:
        results = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise RemoteUnavailable(
            f"The host name {host} is unknown. Check the address.", sent=False
        ) from error
    return list(dict.fromkeys(str(result[4][0]) for result in results))


def callable_addresses(host: str, port: int, allow: frozenset[str]) -> list[str]:
    """The addresses to try for this host, after one look-up.

    `allow` holds "host:port" of listed private hosts, as written in their URL. Raises
    RemoteForbiddenHost when any address of an unlisted host is not public: a name with one public
    and one private address is an attack, not a choice.
    """
    addresses = resolve(host, port)
    if not is_listed(host, port, allow) and not all(is_public(address) for address in addresses):
        raise RemoteForbiddenHost(
            f"{host}:{port} is on a private network. The operator of this server can allow it with "
            f"PRIVATE_REMOTES={as_listed(host, port)}"
        )
    return addresses


def is_listed(host: str, port: int, allow: frozenset[str]) -> bool:
    """Whether an admin has listed this private host."""
    return as_listed(host, port).lower() in {entry.lower() for entry in allow}


def as_listed(host: str, port: int) -> str:
    """How a host is written in the list; an IPv6 address stands in brackets there."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
