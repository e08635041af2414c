"""What an act costs at the door: an officer signed in, completing a task of W1 over HTTP.

    .venv/bin/python -m benchmarks.http [ROUNDS]

Method. `lianshen serve` as its own process on the loopback, on SQLite (WAL, synchronous=FULL) and on a private PostgreSQL
(fsync on). Eight officers sign in with their passwords and keep their session cookies; one connection is kept open, as a browser
does. In each round one case of W1 is worked from intake to certificate: the task is claimed and its page is asked for over
HTTP, outside the clock; then `POST /api/tasks/…/complete` with cookie, X-Requested-With, If-Match, request id and a form of
1.1 KB is timed at the client, from the first byte sent to the last byte read. The client is a bare socket: the bytes of a request
are made before the clock and those of the answer are judged after it, because what a client's own library costs is not the
product's. After each completion the *stock engine* and the *floor* of benchmarks/complete.py are timed in the same rhythm, and
then the *frame*: a request for an address that does not exist below /api, which passes the web server, the framework and our
own hooks, and touches no database. `server_ms` is the processor time that the server process took for a completion, told by the
kernel: other work on the machine does not lengthen it.
"""

from __future__ import annotations

import json
import os
import random
import socket
import statistics
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engine.people import officer_by_login
from engine.people.sign_in import set_password
from engine.store import tables
from tests.hall import Hall
from tests.journeys.processes import Server

from .floor import Account, Beside, timed
from .places import Place, places
from .work import BY_KIND, REVIEWERS, answer, hall

ROUNDS = 10
PASSWORD = "benchmark-password"
OFFICERS = sorted({*REVIEWERS.values(), *(login for login, _ in BY_KIND.values())})


def main() -> None:
    for row in measure(quick=False, rounds=int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS):
        print(json.dumps(row, ensure_ascii=False))


def measure(quick: bool, rounds: int = ROUNDS) -> list[dict[str, Any]]:
    """A row for each database. Times in milliseconds."""
    with places() as both:
        return [_measured(place, 2 if quick else rounds) for place in both]


def _measured(place: Place, rounds: int) -> dict[str, Any]:
    url = place.url("http")
    made = replace(hall(url), now=datetime.now(UTC))  # a server knows no other day than today
    with made.database.writing() as tx:
        for login in OFFICERS:
            set_password(tx, officer_by_login(tx, login).id, PASSWORD)
    beside, rng = Beside(place), random.Random(7)
    account, frames, busy = Account("http W1", beside), list[float](), list[float]()
    with Server(url, place.folder / f"{place.db}-home") as server, closing(Client(server.port)) as client:
        sessions = {login: client.signs_in(login) for login in OFFICERS}
        for number in range(rounds + 1):
            case_id = made.file("W1").case_id
            for task in _ready(made, client, sessions, case_id):
                cookie, path, body, etag, form = task(rng)
                completion = client.written(cookie, "POST", path, body, {"If-Match": f'"{etag}"'})
                nowhere = client.written(cookie, "GET", "/api/nothing")
                before = processor(server.process.pid)
                spent = timed(client.exchange, completion)
                worked = processor(server.process.pid) - before
                client.judged(200)
                counts = bool(number and form)  # the first round prepares; a delivery brings no form and ends the case
                account.add(spent, json.dumps(form, ensure_ascii=False), counts=counts)
                frame = timed(client.exchange, nowhere)
                client.judged(404)
                if counts:
                    frames.append(frame)
                    busy.append(worked)
        assert server.stop() == 0
    beside.close()
    made.database.close()
    return account.row(frame_ms=round(statistics.median(frames), 3), server_ms=round(statistics.median(busy), 3))


def _ready(made: Hall, client: Client, sessions: dict[str, str], case_id: int) -> Iterator[Any]:
    """One task after another, claimed and looked at by who will finish it; each is told what it brings and where to."""
    with made.database.reading() as tx:
        windows = {w.id: w.code for w in tx.rows(tables.windows.select())}
    while waiting := [t for t in made.rows(tables.tasks, case_id) if t.state == "open"]:
        task = waiting[0]
        login, outcome = BY_KIND.get(task.kind, (REVIEWERS[windows[task.window_id]], "pass"))
        cookie, path = sessions[login], f"/api/tasks/{task.id}"
        client.ask(cookie, "POST", f"{path}/claim")
        etag = client.ask(cookie, "GET", path)["etag"]

        def brought(
            rng: random.Random,
            task: Any = task,
            cookie: str = cookie,
            path: str = path,
            etag: str = etag,
            outcome: str = outcome,
        ) -> Any:
            form = answer(rng)
            details = {"method": "pickup", "receiver": "王强"} if task.kind == "deliver" else {}
            body = {
                "outcome": outcome,
                "answers": form if task.form else {},
                "details": details,
                "request_id": f"benchmark-{task.id}",
            }
            counted = task.kind != "deliver"
            said = json.dumps(body, ensure_ascii=False).encode()  # as a browser does
            return cookie, f"{path}/complete", said, etag, form if counted else {}

        yield brought


class Client:
    """One kept connection, as a browser holds it."""

    def __init__(self, port: int) -> None:
        self._host = f"127.0.0.1:{port}"
        self._line = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._head, self._said = b"", b""

    def signs_in(self, login: str) -> str:
        """By the password; what comes back is the cookie of the session."""
        asked = json.dumps({"login": login, "password": PASSWORD}).encode()
        self.exchange(self.written("", "POST", "/api/sessions", asked))
        self.judged(201)
        return self._told("Set-Cookie").partition(";")[0]

    def ask(self, cookie: str, method: str, path: str) -> Any:
        self.exchange(self.written(cookie, method, path))
        return self.judged(200)

    def written(
        self, cookie: str, method: str, path: str, body: bytes = b"", more: Mapping[str, str] | None = None
    ) -> bytes:
        """A request as it goes over the line."""
        told = {"Host": self._host, "Accept-Encoding": "identity", "X-Requested-With": "benchmark", **(more or {})}
        told |= {"Cookie": cookie} if cookie else {}
        told |= {"Content-Type": "application/json"} if body else {}
        told |= {"Content-Length": str(len(body))} if method == "POST" else {}
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {words}" for name, words in told.items())]
        return "\r\n".join([*lines, "", ""]).encode() + body

    def exchange(self, request: bytes) -> None:
        """Send it and read its answer to the last byte."""
        self._line.sendall(request)
        got = b""
        while b"\r\n\r\n" not in got:
            got += self._more()
        self._head, _, self._said = got.partition(b"\r\n\r\n")
        whole = int(self._told("Content-Length"))
        while len(self._said) < whole:
            self._said += self._more()
        assert len(self._said) == whole, "more than was announced"

    def judged(self, status: int) -> Any:
        """What was answered, after the clock has stopped."""
        line = self._head.partition(b"\r\n")[0].decode()
        assert line.split()[:2] == ["HTTP/1.1", str(status)], (line, self._said.decode())
        return json.loads(self._said)

    def close(self) -> None:
        self._line.close()

    def _more(self) -> bytes:
        came = self._line.recv(65536)
        assert came, "the server has hung up"
        return came

    def _told(self, name: str) -> str:
        for line in self._head.decode().split("\r\n")[1:]:
            known, _, words = line.partition(": ")
            if known.casefold() == name.casefold():
                return words
        raise AssertionError(f"no {name} in {self._head.decode()}")


def processor(process: int) -> float:
    """Milliseconds of processor time that a process and the processes that it started have taken so far, to the nanosecond."""
    spent = 0
    for one in _family(process):
        for thread in os.scandir(f"/proc/{one}/task"):
            spent += int(Path(thread.path, "schedstat").read_text().split()[0])
    return spent / 1e6


def _family(process: int) -> list[int]:
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [process, *(int(child) for child in children)]


if __name__ == "__main__":
    main()
