"""The line breaks while a form with a file is on its way: what was typed is still in the browser, and the next try goes through."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Error, Page, expect

from engine.store import tables
from tests.hall import APPLICATIONS
from tests.pages.conftest import Site, fills, follow, takes

PDF = b"%PDF-1.4\n" + bytes(range(251)) * 8_000 + b"\n%%EOF\n"
SUBMIT, SAVE = "button:has-text('提交申请')", "#work button.btn[value=save]"
FILE = {"name": "图.pdf", "mimeType": "application/pdf", "buffer": PDF}


pytestmark = pytest.mark.parametrize("hall_url", ["sqlite"], indirect=True)


class Line:
    """A line between browsers and the site. While it is bad, whoever sends more than some kilobytes is reset.

    Sockets are shut first, and closed when no thread reads or writes them any more: their numbers are another file's then."""

    def __init__(self, url: str) -> None:
        self.behind, self.bad, self.broke = urlsplit(url).port, False, threading.Event()
        self.door = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.door.getsockname()[1]}"
        self.ends, self.closing = list[socket.socket](), threading.Lock()
        self.threads = list[threading.Thread]()
        self._begin(self._serve)

    def hang_up(self) -> None:
        """Nobody gets through any more, and nobody is left."""
        shut(self.door)
        self.threads[0].join(60)
        with self.closing:
            shut(*self.ends)
        for thread in self.threads:
            thread.join(60)
        assert not any(thread.is_alive() for thread in self.threads)
        self.door.close()

    def _begin(self, work: Callable[..., None], *given: socket.socket) -> threading.Thread:
        self.threads.append(threading.Thread(target=work, args=given, daemon=True))
        self.threads[-1].start()
        return self.threads[-1]

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                near = self.door.accept()[0]
                far = socket.create_connection(("127.0.0.1", self.behind))
                self.ends += near, far
                self._begin(self._connect, near, far)

    def _connect(self, near: socket.socket, far: socket.socket) -> None:
        """Both ways, until either is at its end."""
        back = self._begin(self._carry, far, near)
        self._carry(near, far)
        back.join()
        with self.closing:
            near.close()
            far.close()

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        carried, from_browser = 0, source.getsockname() == self.door.getsockname()
        with suppress(OSError):
            while said := source.recv(65536):
                carried += len(said)
                if self.bad and from_browser and carried > 256_000:
                    for end in (source, target):  # closed like this, it is a reset
                        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    self.broke.set()
                    break
                target.sendall(said)
        shut(source, target)


def shut(*ends: socket.socket) -> None:
    """Whoever waits at one of them waits no longer."""
    for end in ends:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def line(site: Site) -> Iterator[Line]:
    line = Line(site.url)
    site.url = line.url
    yield line
    line.hang_up()


def breaks(page: Page, line: Line, pressed: str) -> None:
    """Press, while the line is bad; the browser says that it broke, and one goes back when it is good again."""
    line.bad = True
    with suppress(Error):
        follow(page, pressed)
    page.wait_for_function("location.protocol === 'chrome-error:'")
    assert line.broke.is_set()
    line.bad = False
    page.go_back()


def test_an_application_that_broke_off_is_still_there(site: Site, line: Line) -> None:
    page = site.visitor()
    page.goto("/apply/lz/GH02")
    fills(page)
    page.set_input_files("#m-application", [FILE])
    breaks(page, line, SUBMIT)
    assert page.input_value("#a-name") == "临州澄江置业有限公司"
    assert page.input_value("#f-site") == APPLICATIONS["GH02"]["site"]
    assert page.is_checked("#a-kind-1")
    page.set_input_files("#m-application", [FILE])
    follow(page, SUBMIT)
    expect(page.locator("#k-no")).to_have_text("GH02-2026-00001")
    assert [f.size for f in site.hall.rows(tables.material_files, 1)] == [len(PDF)]


def test_what_was_typed_at_a_task_is_still_there(site: Site, line: Line) -> None:
    hall = site.hall
    case_id = hall.accepted()
    qian = site.officer("qian")
    takes(qian, hall, case_id, "review")
    qian.fill("#f-opinion", "写了很久的意见")
    qian.check("[name='f-checked'][value=site]")
    qian.click("#c-parcel_map ~ details summary")
    qian.set_input_files("#m-parcel_map", [FILE])
    breaks(qian, line, SAVE)
    assert hall.rows(tables.material_files, case_id) == []
    assert qian.input_value("#f-opinion") == "写了很久的意见"
    assert qian.is_checked("[name='f-checked'][value=site]")
    qian.set_input_files("#m-parcel_map", [FILE])
    follow(qian, SAVE)
    expect(qian.locator("[role=status]")).to_have_text("已保存")
    assert qian.input_value("#f-opinion") == "写了很久的意见"
    assert [f.size for f in hall.rows(tables.material_files, case_id)] == [len(PDF)]
    assert hall.flaws(case_id) == []
