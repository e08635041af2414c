"""One call: signed, bounded in time and size, never led elsewhere. No database."""

from __future__ import annotations

import hmac
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from engine.connections import MOST_BYTES, Answer, Asking, Connection, Unanswered, call
from engine.connections.addresses import address_of, looked_up, refused, understood
from tests.other_system import Asked, OtherSystem

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
SECRET = "a-secret-of-both-sides"


def ask(url: str, timeout: int = 5, key: str = "LZ-1/3") -> Answer | Unanswered:
    asking = Asking(key, {"case_no": "LZ-1", "facts": {"name": "王强"}})
    return call(Connection("RK", "人口库", url, timeout, SECRET), asking, NOW)


def why(answer: Answer | Unanswered) -> str:
    assert isinstance(answer, Unanswered), answer
    return answer.why


def test_what_is_asked_is_signed_and_carries_its_key() -> None:
    with OtherSystem((200, {"alive": True})) as other:
        answer = ask(other.url, key="榆州-1/3")
    (asked,) = other.asked
    assert isinstance(answer, Answer)
    assert (answer.status, answer.said) == (200, {"alive": True})
    assert asked.said == {"case_no": "LZ-1", "facts": {"name": "王强"}}
    assert asked.key == "%E6%A6%86%E5%B7%9E-1/3", "a header bears no Chinese"
    stamp = asked.headers["Lianshen-Timestamp"]
    assert stamp == str(int(NOW.timestamp()))
    expected = hmac.digest(SECRET.encode(), stamp.encode() + b"." + asked.body, "sha256").hex()
    assert asked.headers["Lianshen-Signature"] == f"sha256={expected}"
    assert SECRET not in str(asked)


@pytest.mark.parametrize(
    ("status", "said", "told"),
    [
        (200, {"a": "x" * MOST_BYTES}, "答复超过 64 KB"),
        (302, {}, "对方要求转到别的地址（302），不跟随"),
        (307, {}, "对方要求转到别的地址（307），不跟随"),
    ],
)
def test_an_answer_that_is_not_taken(status: int, said: Any, told: str) -> None:
    with OtherSystem((status, said)) as other:
        other.headers["Location"] = other.url
        assert why(ask(other.url)) == told
    assert len(other.asked) == 1, "nobody followed"


@pytest.mark.parametrize("body", [b"[1]", b"alive", b'{"a": NaN}', b'{"a": 1e999}', b"\xff{}", b"[" * 50_000, b""])
def test_what_is_no_object_is_known_as_none(body: bytes) -> None:
    with OtherSystem((200, body)) as other:
        answer = ask(other.url)
    assert isinstance(answer, Answer)
    assert answer.said is None


def test_a_packed_answer_is_not_unpacked() -> None:
    with OtherSystem((200, b"\x1f\x8b")) as other:
        other.headers["Content-Encoding"] = "gzip"
        assert why(ask(other.url)) == "答复是压缩过的，没有读"


@contextmanager
def listener(*parts: bytes) -> Iterator[str]:
    """Sends these parts to whoever connects, and then says nothing until he hangs up; without parts it never even reads."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with server.accept()[0] as line:
                for part in parts:
                    line.sendall(part)
                while line.recv(4096):
                    pass

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        thread.join(60)
        assert not thread.is_alive()


def test_patience_has_one_end_for_the_whole_call() -> None:
    dripping = (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", b"{")
    with listener(*dripping) as url:
        assert why(ask(url, timeout=1)) == "超过 1 秒没有答复完"


def test_what_is_cut_off_or_no_http_is_no_answer() -> None:
    def cut(asked: Asked) -> tuple[int, Any]:
        return 200, b"{}"

    with OtherSystem(cut) as other:
        other.headers["Content-Length"] = "100"
        other.headers["Connection"] = "close"
        assert why(ask(other.url)) == "答复没有发完"
    with listener(b"220 mail ready\r\n") as url:
        assert why(ask(url)) == "答复不合 HTTP 的格式，或没有发完"


def test_nobody_there() -> None:
    with socket.socket() as silent:  # the port is his, and he does not listen
        silent.bind(("127.0.0.1", 0))
        assert why(ask(f"http://127.0.0.1:{silent.getsockname()[1]}/")) == "对方没有在听，连接被拒绝"
    with OtherSystem((200, {})) as other:
        assert why(ask(other.url.replace("http:", "https:"))) == "加密连接没有建立"


@pytest.mark.parametrize(
    "url",
    [
        "ftp://host/",
        "https://user:password@host/",
        "https://host/?key=1",
        "https://host/#a",
        "https:///path",
        "https://host:99999/",
        "https://ho st/",
        "https://办事.中国/",
        "https://a..b/",
        "https://[fe80::1%25eth0]/",
        "file:///etc/passwd",
        "host/path",
    ],
)
def test_an_address_that_is_not_understood(url: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        understood(url)


@pytest.mark.parametrize(
    ("address", "let_through"),
    [
        ("10.1.2.3", True),
        ("192.168.0.8", True),
        ("fd00::1", True),
        ("127.0.0.1", True),
        ("8.8.8.8", True),
        ("169.254.169.254", False),
        ("::ffff:169.254.169.254", False),
        ("64:ff9b::a9fe:a9fe", False),
        ("2002:a9fe:a9fe::", False),
        ("fe80::1", False),
        ("100.100.100.200", False),
        ("168.63.129.16", False),
        ("fd00:ec2::254", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
    ],
)
def test_addresses_of_clouds_are_refused_and_private_ones_let_through(address: str, let_through: bool) -> None:
    ip = address_of(address)
    assert ip is not None
    assert (refused(ip) == "") is let_through


def test_a_name_that_leads_to_this_machine_is_refused_and_the_machine_by_its_own_name_is_not() -> None:
    ip = address_of("127.0.0.1")
    assert ip is not None
    assert refused(ip, written=False) == "域名指向了本机"
    assert why(ask("http://127.1:9/")) == "不能连接 127.0.0.1：域名指向了本机", (
        "not as it is written, but as it is found"
    )
    assert looked_up(understood("http://127.0.0.1:9/")) == ["127.0.0.1"]


def test_the_secret_is_shown_by_nothing() -> None:
    connection = Connection("RK", "人口库", "http://127.0.0.1:9/", 1, SECRET)
    assert SECRET not in repr(connection)
    assert SECRET not in json.dumps(str(call(connection, Asking("k", {}), NOW)))
