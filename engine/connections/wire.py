"""One call of another system: asked once, signed, bounded in time and in size. The only module that opens a socket to anybody.

`http.client` of the standard library and no more: it follows no redirects, reads no proxies from the environment, keeps no
cookies, and lets the connection be made to the very address that was looked at.
"""

from __future__ import annotations

import hmac
import http.client
import io
import json
import math
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from time import monotonic
from typing import Any
from urllib.parse import quote

from .addresses import AddressRefused, Target, looked_up, understood
from .book import Connection

MOST_BYTES = 64 * 1024
_CHUNK = 16 * 1024


@dataclass(frozen=True)
class Asking:
    """What is asked. key: the same for every try, so that who is asked twice knows it."""

    key: str
    body: Mapping[str, Any]


@dataclass(frozen=True)
class Answer:
    """What came back. said: its JSON object, None where it was none. digest: of the very bytes, for the record."""

    status: int
    said: Mapping[str, Any] | None
    digest: str


@dataclass(frozen=True)
class Unanswered:
    """Nothing that can be used came back; why in words, without a word of what the other side wrote. lasting: asking again now
    would change nothing."""

    why: str
    lasting: bool = False


def call(connection: Connection, asking: Asking, now: datetime) -> Answer | Unanswered:
    """Ask once and wait at most as long as the connection says, from the first packet to the last. Raises nothing for what
    the network or the other side does."""
    body = json.dumps(asking.body, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()
    target = understood(connection.url)
    try:
        return _asked(target, connection, _headers(connection, asking, body, now), body)
    except AddressRefused as refused:
        return Unanswered(str(refused).rstrip("。"))
    except TimeoutError:
        return Unanswered(f"超过 {connection.timeout} 秒没有答复完")
    except ssl.SSLCertVerificationError:
        return Unanswered("对方的证书不可信")
    except ssl.SSLError:
        return Unanswered("加密连接没有建立")
    except socket.gaierror:
        return Unanswered(f"找不到主机 {target.host}")
    except ConnectionRefusedError:
        return Unanswered("对方没有在听，连接被拒绝")
    except http.client.HTTPException:
        return Unanswered("答复不合 HTTP 的格式，或没有发完")
    except OSError as failed:
        return Unanswered(f"连接中断（{type(failed).__name__}）")


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What proves who asks, and that nothing was changed on the way: HMAC-SHA256 over the timestamp, a point and the body."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, sha256).hexdigest()


def _headers(connection: Connection, asking: Asking, body: bytes, now: datetime) -> dict[str, str]:
    timestamp = str(int(now.timestamp()))
    return {
        "Content-Type": "application/json; charset=utf-8",
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "User-Agent": "lianshen",
        "Connection": "close",
        "Idempotency-Key": quote(asking.key, safe="/-._~"),
        "Lianshen-Timestamp": timestamp,
        "Lianshen-Signature": f"sha256={signature(connection.secret, timestamp, body)}",
    }


def _asked(target: Target, connection: Connection, headers: Mapping[str, str], body: bytes) -> Answer | Unanswered:
    patience = _Patience(monotonic() + connection.timeout)
    line = _Line(target, patience)
    try:
        line.request("POST", target.path, body, dict(headers))
        return _read(line.getresponse())
    finally:
        line.hang_up()


def _read(response: http.client.HTTPResponse) -> Answer | Unanswered:
    if 300 <= response.status < 400:
        return Unanswered(f"对方要求转到别的地址（{response.status}），不跟随")
    if response.getheader("Content-Encoding", "identity").lower() != "identity":
        return Unanswered("答复是压缩过的，没有读")
    body = response.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        return Unanswered(f"答复超过 {MOST_BYTES // 1024} KB")
    if response.length:
        return Unanswered("答复没有发完")
    return Answer(response.status, _object(body), sha256(body).hexdigest())


def _object(body: bytes) -> Mapping[str, Any] | None:
    """The JSON object of an answer; what JSON has no word for (NaN, Infinity) is none."""
    try:
        said = json.loads(body.decode(), parse_constant=_no_number, parse_float=_number)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def _no_number(text: str) -> float:
    raise ValueError(text)


def _number(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _no_number(text)


@cache
def _trust() -> ssl.SSLContext:
    """The authorities of the machine (SSL_CERT_FILE adds a hall's own); names are checked, old protocols are not spoken."""
    return ssl.create_default_context()


# ---------------------------------------------------------------- patience: one measure for the whole call
@dataclass(frozen=True)
class _Patience:
    ends: float

    def left(self) -> float:
        """Raises TimeoutError when there is none."""
        left = self.ends - monotonic()
        if left <= 0:
            raise TimeoutError
        return left


class _Line(http.client.HTTPConnection):
    """A connection to the very address that was looked at, under its name."""

    def __init__(self, target: Target, patience: _Patience) -> None:
        super().__init__(target.host, target.port)
        self.target, self.patience = target, patience
        self.wire: socket.socket | None = None
        if target.port == {"http": 80, "https": 443}[target.scheme]:
            self.default_port = target.port  # so that the header names the host alone

    def connect(self) -> None:
        self.wire = _connected(looked_up(self.target), self.target.port, self.patience)
        if self.target.scheme == "https":
            self.wire.settimeout(self.patience.left())
            self.wire = _trust().wrap_socket(self.wire, server_hostname=self.target.host)
        self.sock = _Patient(self.wire, self.patience)  # what HTTPConnection asks of a socket

    def hang_up(self) -> None:
        if self.wire is not None:
            self.wire.close()


def _connected(addresses: list[str], port: int, patience: _Patience) -> socket.socket:
    """The first that answers; each gets an even share of the time that is left."""
    for count, address in enumerate(addresses):
        try:
            return socket.create_connection((address, port), patience.left() / (len(addresses) - count))
        except OSError:
            if count == len(addresses) - 1:
                raise
    raise socket.gaierror


class _Patient:
    """A socket whose every wait ends when the patience of the whole call does: who sends a byte now and then gains nothing."""

    def __init__(self, sock: socket.socket, patience: _Patience) -> None:
        self.sock, self.patience = sock, patience

    def sendall(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            self.sock.settimeout(self.patience.left())
            view = view[self.sock.send(view[:_CHUNK]) :]

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Reader(self.sock.recv_into, self._wait))

    def _wait(self) -> None:
        self.sock.settimeout(self.patience.left())

    def close(self) -> None:
        """The answer is still to be read when HTTPConnection has done with it; `_asked` hangs up."""


class _Reader(io.RawIOBase):
    def __init__(self, receive: Callable[[Any], int], wait: Callable[[], None]) -> None:
        self._receive, self._wait = receive, wait

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._wait()
        return self._receive(buffer)
