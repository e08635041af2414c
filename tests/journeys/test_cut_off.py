"""A line that breaks in the middle of an upload: the really running server keeps nothing by half, and the next try is whole."""

from __future__ import annotations

import http.client
import re
import socket
import struct
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine.people import officer_by_login, set_password
from engine.store import tables
from tests.hall import APPLICATIONS, Hall
from tests.journeys.processes import PATIENCE, Server, command

BIG = b"%PDF-1.4\n" + bytes(range(251)) * 12_000 + b"\n%%EOF\n"
PASSWORD = "a-password-of-this-test"


@dataclass
class Browser:
    """Somebody's browser down to its bytes: what it remembers, what it sends, and where the line breaks."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)

    def page(self, path: str) -> str:
        return self._told("GET", path, b"", {})[1]

    def sends(self, path: str, fields: dict[str, str], file: tuple[str, bytes] | None = None) -> tuple[int, str]:
        return self._told("POST", path, *self._form(fields, file))

    def breaks_off(self, path: str, fields: dict[str, str], file: tuple[str, bytes], *, how: str) -> None:
        """Half of the form is on its way, in the middle of the file, when the line breaks: politely, or by a reset."""
        body, headers = self._form(fields, file)
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as line:
            told = "".join(f"{k}: {v}\r\n" for k, v in {**headers, "Content-Length": len(body)}.items())
            line.sendall(f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{told}\r\n".encode() + body[: len(body) // 2])
            if how == "reset":
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            else:
                line.shutdown(socket.SHUT_WR)
                assert line.recv(12) in (b"", b"HTTP/1.1 400"), "the server has seen that it is not whole"

    def _form(self, fields: dict[str, str], file: tuple[str, bytes] | None) -> tuple[bytes, dict[str, str]]:
        parts = [f'Content-Disposition: form-data; name="{n}"\r\n\r\n{v}'.encode() for n, v in fields.items()]
        if file:
            head = f'Content-Disposition: form-data; name="{file[0]}"; filename="图.pdf"\r\n\r\n'
            parts.append(head.encode() + file[1])
        whole = b"".join(b"--edge\r\n" + part + b"\r\n" for part in parts) + b"--edge--\r\n"
        return whole, {"Content-Type": "multipart/form-data; boundary=edge", **self._cookie()}

    def _cookie(self) -> dict[str, str]:
        return {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())} if self.cookies else {}

    def _told(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)) as line:
            line.request(method, path, body or None, {**self._cookie(), **headers})
            answer = line.getresponse()
            for one in answer.headers.get_all("Set-Cookie", []):
                name, _, value = one.partition(";")[0].partition("=")
                self.cookies[name] = value
            return answer.status, answer.headers.get("Location") or answer.read().decode()


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found is not None, page
    return found[1]


def kept(hall: Hall) -> dict[str, int]:
    """How many rows of everything that an act writes."""
    written = (
        "cases",
        "tasks",
        "journal",
        "payloads",
        "blobs",
        "material_files",
        "materials",
        "drafts",
        "papers",
        "jobs",
    )
    with hall.database.reading() as tx:
        count = sa.func.count()
        return {n: int(tx.value(sa.select(count).select_from(tables.metadata.tables[n]))) for n in written}


def orphans(hall: Hall) -> int:
    """Contents in the store that no material and no version names."""
    b, m, v = tables.blobs, tables.material_files, tables.version_files
    named = sa.select(m.c.digest).union(sa.select(v.c.digest))
    with hall.database.reading() as tx:
        return len(tx.rows(sa.select(b.c.digest).where(b.c.digest.not_in(named))))


@pytest.mark.parametrize("hall_url", ["sqlite"], indirect=True)
def test_a_broken_line_leaves_nothing_by_half(hall: Hall, hall_url: str, tmp_path: Path) -> None:
    """An applicant's and an officer's upload, each broken off twice, then made whole. The database hears nothing of what
    broke, so one kind of it is enough."""
    with hall.database.writing() as tx:
        set_password(tx, officer_by_login(tx, "zhao").id, PASSWORD)
    with Server(hall_url, tmp_path / "home") as server:
        wang = Browser(server.port)
        page = wang.page("/apply/lz/GH02")
        typed = {f"f-{k}": str(v) for k, v in APPLICATIONS["GH02"].items()}
        who = {"a-kind": "enterprise", "a-name": "临州某公司", "a-identity": "91990000MA0000000X", "do": "file"}
        form = {**typed, **who, **{n: hidden(page, n) for n in ("csrf_token", "request_id")}}
        file, before = ("m-application", BIG), kept(hall)
        for how in ("closed", "reset"):
            wang.breaks_off("/apply/lz/GH02", form, file, how=how)
            assert "建设用地规划许可证核发" in wang.page("/apply/lz/GH02"), "the others are served"
            assert kept(hall) == before
        assert wang.sends("/apply/lz/GH02", form, file) == (303, "/progress/receipt"), "the same form goes through"
        case_id, hall.now = 1, datetime.now(UTC)
        assert [f.size for f in hall.rows(tables.material_files, case_id)] == [len(BIG)]

        zhao = Browser(server.port)
        proof = hidden(zhao.page("/sign-in"), "csrf_token")
        assert zhao.sends("/sign-in", {"csrf_token": proof, "login": "zhao", "password": PASSWORD})[0] == 302
        task = hall.claim("zhao", case_id, "intake")
        page = zhao.page(f"/tasks/{task}")
        form = {n: hidden(page, n) for n in ("csrf_token", "request_id", "etag")} | {"do": "save", "opinion": "齐全"}
        file, before = ("m-parcel_map", BIG + b"%"), kept(hall)
        for how in ("closed", "reset"):
            zhao.breaks_off(f"/tasks/{task}", form, file, how=how)
            assert "放回待签收" in zhao.page(f"/tasks/{task}")
            assert kept(hall) == before
        assert zhao.sends(f"/tasks/{task}", form, file)[0] == 303
        assert [f.key for f in hall.rows(tables.material_files, case_id)] == ["application", "parcel_map"]
        assert server.stop() == 0
    assert "Traceback" not in server.log.read_text("utf-8")
    assert orphans(hall) == 0
    assert command(hall_url, tmp_path, "verify") == (0, "核验 1 件办件，0 处不符\n")


@pytest.mark.parametrize("hall_url", ["sqlite"], indirect=True)
def test_half_a_form_is_no_form(hall: Hall, hall_url: str, tmp_path: Path) -> None:
    """What came looks whole, only its end is missing: it is refused, and not taken for all that was meant."""
    with Server(hall_url, tmp_path / "home") as server:
        wang = Browser(server.port)
        form = f"csrf_token={hidden(wang.page('/sign-in'), 'csrf_token')}&login=zhao&password=x"
        for missing, status in ((0, b"403"), (4, b"400")):
            with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as line:
                cookie = wang.cookies["lianshen_form"]
                told = f"Host: 127.0.0.1\r\nCookie: lianshen_form={cookie}\r\nConnection: close\r\n"
                told += "Content-Type: application/x-www-form-urlencoded\r\n"
                told += f"Content-Length: {len(form) + missing}\r\n"
                line.sendall(f"POST /sign-in HTTP/1.1\r\n{told}\r\n{form}".encode())
                line.shutdown(socket.SHUT_WR)
                assert line.recv(12) == b"HTTP/1.1 " + status
        assert server.stop() == 0
