"""Which addresses a site's configuration may name as a source, and which links a source may give.

Every refused form is one that some library reads as another host than a person does (WHATWG URL
host parsing, RFC 3986 section 7.4) or that leads to a machine's own metadata.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})

_PLAIN: Final = re.compile(r"[!-~]+")
_NAME: Final = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*"
)
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
_METADATA_NAMES: Final = frozenset({"metadata", "metadata.google.internal", "instance-data"})
_METADATA_ADDRESSES: Final = frozenset(
    ipaddress.ip_address(text) for text in ("100.100.100.200", "192.0.0.192", "fd00:ec2::254")
)
_EMBEDS_IPV4: Final = tuple(
    ipaddress.IPv6Network(text) for text in ("::ffff:0:0/96", "64:ff9b::/96", "2002::/16", "2001::/32")
)
_COMPATIBLE: Final = ipaddress.IPv6Network("::/96")
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_SEGMENT_TRICKS: Final = re.compile(r"%2e|%2f|%5c|;|//", re.IGNORECASE)


def check_source_url(url: str) -> str:
    """Return the address of a source unchanged if a site may name it.

    `https` to any host that reads one way only, `http` only to the literal loopback hosts.

    Raises:
        ValueError: the address breaks a rule; the message names the rule and not the address.
    """
    if not _PLAIN.fullmatch(url) or "\\" in url:
        raise ValueError("url: expected visible ASCII without a backslash")
    if any(mark in url for mark in "?#%"):
        raise ValueError("url: expected no query, fragment or percent-encoding")
    parts, port = _split(url)
    if parts.scheme not in _DEFAULT_PORTS:
        raise ValueError("url: expected http or https")
    if "@" in parts.netloc:
        raise ValueError("url: expected no user name or password")
    if port == 0 or not parts.hostname:
        raise ValueError("url: expected a host and, if given, a port from 1 to 65535")
    if _has_tricks(parts.path):
        raise ValueError("url: expected a path without dot segments, empty segments or semicolons")
    _check_host(parts.hostname)
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise ValueError("url: expected https, since the host is not a loopback name")
    return url


def _split(url: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("url: expected a host and, if given, a port from 1 to 65535") from None
    return parts, port


def inside(base: str, link: str, absolute: str) -> bool:
    """Whether a link, and what it resolves to, stays at the base's origin and below its path."""
    if not _PLAIN.fullmatch(link) or "\\" in link or "#" in link:
        return False
    ours, theirs = urlsplit(base), urlsplit(absolute)
    if "@" in theirs.netloc or _origin(ours) != _origin(theirs):
        return False
    raw_path = urlsplit(link).path
    return theirs.path.startswith(ours.path + "/") and not (_has_tricks(raw_path) or _has_tricks(theirs.path))


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port or _DEFAULT_PORTS.get(parts.scheme)


def _has_tricks(path: str) -> bool:
    return bool(_SEGMENT_TRICKS.search(path)) or bool({".", ".."} & set(path.split("/")))


def _check_host(host: str) -> None:
    if host in LOOPBACK:
        return
    if ":" in host:
        _check_ipv6(host)
    elif _NUMBER.fullmatch(host.rsplit(".", 1)[-1]):
        # A last label that is a number makes the whole host an IPv4 address, in whatever base and length.
        _check_address(_ipv4(host))
    elif not _NAME.fullmatch(host):
        raise ValueError("url: expected a host name of letters, digits, hyphens and dots")
    elif host in _METADATA_NAMES:
        raise ValueError("url: expected a host that is not a metadata service")


def _ipv4(host: str) -> ipaddress.IPv4Address:
    try:
        return ipaddress.IPv4Address(host)
    except ValueError:
        raise ValueError("url: expected an IPv4 address as four decimal numbers") from None


def _check_ipv6(host: str) -> None:
    try:
        address = ipaddress.IPv6Address(host)
    except ValueError:
        raise ValueError("url: expected an IPv6 address") from None
    if any(address in network for network in _EMBEDS_IPV4) or address in _COMPATIBLE:
        raise ValueError("url: expected an IPv6 address that does not embed an IPv4 address")
    _check_address(address)


def _check_address(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    if address in _METADATA_ADDRESSES or address.is_link_local:
        raise ValueError("url: expected a host that is not link-local or a metadata service")
    if address.is_unspecified or address.is_multicast or address.is_reserved:
        raise ValueError("url: expected the address of one host")
