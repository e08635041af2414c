"""What an act costs at the door: an officer signed in, completing a task of W1 over HTTP.

    .venv/bin/python -m benchmarks.http [ROUNDS]

Method. `lianshen serve` as its own process on the loopback, on SQLite (WAL, synchronous=FULL) and on a private PostgreSQL
(fsync on). Eight officers sign in with their passwords and keep their session cookies; one connection is kept open, as a browser
does. In each round one case of W1 is worked from intake to certificate: the task is claimed and its page is asked for over
HTTP, outside the clock; then `POST /api/tasks/…/complete` with cookie, X-Requested-With, If-Match, request id and a form of
1.1 KB is timed at the client, from the first byte sent to the last byte read. After each completion the *floor* of
benchmarks/complete.py is timed in the same rhythm, and then the *frame*: a request for an address that does not exist below
/api, which passes the web server, the framework and our own hooks, and touches no database. `server_ms` is the processor
time that the server process took for a completion, told by the kernel: other work on the machine does not lengthen it.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import statistics
import sys
import tempfile
from collections.abc import Iterator
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
from tests.postgres import Cluster

from .complete import postgresql_floor, sqlite_floor, timed
from .work import BY_KIND, REVIEWERS, answer, hall

ROUNDS = 10
PASSWORD = "benchmark-password"
OFFICERS = sorted({*REVIEWERS.values(), *(login for login, _ in BY_KIND.values())})


def main() -> None:
    for row in measure(quick=False, rounds=int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS):
        print(json.dumps(row, ensure_ascii=False))


def measure(quick: bool, rounds: int = ROUNDS) -> list[dict[str, Any]]:
    """A row for each database. Times in milliseconds."""
    cluster = Cluster.start(durable=True)
    cluster.sql("CREATE DATABASE http")
    try:
        with tempfile.TemporaryDirectory() as folder:
            urls = [f"sqlite:///{folder}/http.db", cluster.url("http")]
            return [_measured(url, Path(folder) / url[:4], 2 if quick else rounds) for url in urls]
    finally:
        cluster.stop()


def _measured(url: str, home: Path, rounds: int) -> dict[str, Any]:
    made = replace(hall(url), now=datetime.now(UTC))  # a server knows no other day than today
    with made.database.writing() as tx:
        for login in OFFICERS:
            set_password(tx, officer_by_login(tx, login).id, PASSWORD)
    floor = sqlite_floor(url) if url.startswith("sqlite") else postgresql_floor(url)
    rng = random.Random(7)
    took, floors, frames, busy = [], [], [], []
    with Server(url, home) as server, closing(Client(server.port)) as client:
        sessions = {login: client.signs_in(login) for login in OFFICERS}
        for number in range(rounds + 1):
            case_id = made.file("W1").case_id
            for task in _ready(made, client, sessions, case_id):
                cookie, path, body, etag, form = task(rng)
                before = processor(server.process.pid)
                spent = timed(client.completes, cookie, path, body, etag)
                worked = processor(server.process.pid) - before
                least = timed(floor, json.dumps(form, ensure_ascii=False))
                frame = timed(client.ask, cookie, "GET", "/api/nothing", None, {}, 404)
                if number and form:  # the first round prepares; a delivery brings no form and ends the case
                    took.append(spent)
                    floors.append(least)
                    frames.append(frame)
                    busy.append(worked)
        assert server.stop() == 0
    made.database.close()
    middle, least = statistics.median(took), statistics.median(floors)
    return {
        "name": "http W1",
        "db": "sqlite" if url.startswith("sqlite") else "postgresql",
        "median_ms": round(middle, 3),
        "mean_ms": round(statistics.mean(took), 3),
        "floor_ms": round(least, 3),
        "floor_kind": "transaction" if url.startswith("sqlite") else "one statement",
        "ratio": round(middle / least, 2),
        "frame_ms": round(statistics.median(frames), 3),
        "server_ms": round(statistics.median(busy), 3),
        "count": len(took),
    }


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
            return cookie, f"{path}/complete", json.dumps(body).encode(), etag, form if counted else {}

        yield brought


class Client:
    """One kept connection, as a browser holds it."""

    def __init__(self, port: int) -> None:
        self._line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def signs_in(self, login: str) -> str:
        """By the password; what comes back is the cookie of the session."""
        asked = json.dumps({"login": login, "password": PASSWORD}).encode()
        headers = {"Content-Type": "application/json", "X-Requested-With": "benchmark"}
        self._line.request("POST", "/api/sessions", asked, headers)
        got = self._line.getresponse()
        got.read()
        assert got.status == 201, got.status
        return got.headers["Set-Cookie"].partition(";")[0]

    def completes(self, cookie: str, path: str, body: bytes, etag: str) -> None:
        self.ask(cookie, "POST", path, body, {"If-Match": f'"{etag}"'})

    def ask(
        self,
        cookie: str,
        method: str,
        path: str,
        body: bytes | None = None,
        more: dict[str, str] | None = None,
        status: int = 200,
    ) -> Any:
        headers = {"Cookie": cookie, "X-Requested-With": "benchmark", **(more or {})}
        if body is not None:
            headers["Content-Type"] = "application/json"
        self._line.request(method, path, body, headers)
        got = self._line.getresponse()
        said = got.read()
        assert got.status == status, (got.status, said.decode())
        return json.loads(said)

    def close(self) -> None:
        self._line.close()


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
