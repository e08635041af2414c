"""Addresses: what may be registered, and what may be connected to when the time comes.

A hall's own systems live in private networks and on the machine itself, so these are let through; what is never the address of a
system of somebody's is not: link-local addresses and the places where clouds keep the credentials of a machine, which only a
deceived name would lead to. A name is looked up once, and what was looked at is what is connected to.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from ..errors import NotNow

_PORTS = {"http": 80, "https": 443}
_OF_CLOUDS = frozenset(
    map(ipaddress.ip_address, ("100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254"))
)
"""Where clouds answer a machine about itself, outside of the link-local network."""
_SHARED = ipaddress.ip_network("64:ff9b::/96")
_NAME = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))*\.?")
_IP = ipaddress.IPv4Address | ipaddress.IPv6Address


class AddressRefused(NotNow):
    code = "address-refused"
    sentence = "不能连接 {address}：{why}。"
    remedy = "核对对接登记的网址和域名解析。"


@dataclass(frozen=True)
class Target:
    """Where a call goes. written: the host is an address, or localhost: nobody's name server is asked."""

    scheme: str
    host: str
    port: int
    path: str
    written: bool


def understood(url: str) -> Target:
    """The target of a registered address. Raises ValueError with the reason in words."""
    if not url.isascii() or any(ord(c) <= 32 or ord(c) == 127 for c in url):
        raise ValueError("只能有不带空格的英文字符，中文域名请写成 xn-- 的样子")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError("不是一个网址") from None
    if parts.scheme not in _PORTS:
        raise ValueError("只能是 http 或 https")
    if not host or "%" in host or not (address_of(host) or _NAME.fullmatch(host)) or len(host) > 253:
        raise ValueError("没有写主机，或主机名不对")
    if parts.username is not None or parts.password is not None:
        raise ValueError("网址里不写用户名和密码")
    if parts.query or parts.fragment or url.endswith(("?", "#")):
        raise ValueError("网址里不带 ? 和 # 之后的部分")
    if port == 0:
        raise ValueError("端口不对")
    return Target(parts.scheme, host, port or _PORTS[parts.scheme], _path(parts), _written(host))


def _path(parts: SplitResult) -> str:
    return parts.path or "/"


def _written(host: str) -> bool:
    return host == "localhost" or address_of(host) is not None


def address_of(host: str) -> _IP | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def looked_up(target: Target) -> list[str]:
    """The addresses of a target in the order in which they are tried. Raises AddressRefused when one of them is not to be
    connected to, OSError when there are none."""
    found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
    for text in addresses:
        why = refused(ipaddress.ip_address(text.partition("%")[0]), written=target.written)
        if why:
            raise AddressRefused(address=text, why=why)
    return addresses


def refused(address: _IP, *, written: bool = True) -> str:
    """Why nobody connects there; empty where one may. written: the address itself was registered, no name led to it."""
    address = _meant(address)
    if address in _OF_CLOUDS or address.is_link_local:
        return "是云平台元数据或链路本地地址"
    if address.is_unspecified or address.is_multicast or (address.is_reserved and not address.is_loopback):
        return "不是一台机器的地址"
    if address.is_loopback and not written:
        return "域名指向了本机"
    return ""


def _meant(address: _IP) -> _IP:
    """The IPv4 address that an IPv6 one only carries."""
    if isinstance(address, ipaddress.IPv6Address):
        carried = address.ipv4_mapped or address.sixtofour
        if carried is None and address in _SHARED:
            carried = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        return carried or address
    return address
