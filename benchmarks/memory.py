"""What a serving process weighs after it has served many cases.

    .venv/bin/python -m benchmarks.memory [CASES [URL]]

Method. The application in a process of its own, made as `lianshen serve` makes it, with the watch that turns lamps and does
jobs; eight threads ask it, as the web server's threads would, each through the whole application: session, forgery, schema, act,
answer. Every case is filed, accepted, decided and delivered: an act of filing, three claims and three completions, on a diagram
of its own of three steps. Printed is the resident set (VmRSS) in MB at the beginning, when all is warm, and at every quarter;
`peak_mb` is VmHWM. The database is a new SQLite file (WAL, synchronous=FULL) where no URL is given.
"""

from __future__ import annotations

import io
import json
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask

from api.app import create_app, set_aside
from api.opening import seal_of
from engine.catalogue import publish
from engine.config import Settings
from engine.people import office_by_code, officer_by_login, start_session
from engine.store import tables
from engine.supervision import Watch
from tests.drawings import matter
from tests.hall import FOUNDED, Hall

from .work import hall

CASES = 20_000
THREADS = 8
WARM = 200
STEPS = (("accept", "zhao", {}), ("grant", "sun", {}), ("delivered", "zhao", {"method": "pickup", "receiver": "王强"}))


def main() -> None:
    cases = int(sys.argv[1]) if len(sys.argv) > 1 else CASES
    for row in measure(quick=False, cases=cases, url=sys.argv[2] if len(sys.argv) > 2 else ""):
        print(json.dumps(row, ensure_ascii=False))


def measure(quick: bool, cases: int = CASES, url: str = "") -> list[dict[str, Any]]:
    """One row: the resident set at the beginning, after every quarter of the cases, and the peak, in MB."""
    cases = 200 if quick else cases
    with tempfile.TemporaryDirectory() as folder, _serving(url or f"sqlite:///{folder}/memory.db", Path(folder)) as app:
        seen = {"0": _weight("VmRSS")}
        warm = min(WARM, cases)
        _serve(app, warm)
        seen["warm"] = _weight("VmRSS")
        for quarter in range(1, 5):
            _serve(app, cases // 4)
            seen[str(cases * quarter // 4)] = _weight("VmRSS")
            print(seen, file=sys.stderr)
        return [{"name": "memory", "cases": cases + warm, "rss_mb": seen, "peak_mb": _weight("VmHWM")}]


@contextmanager
def _serving(url: str, home: Path) -> Iterator[Flask]:
    made = replace(hall(url), now=datetime.now(UTC))
    _publish(made)
    settings = Settings(home=home, database=url, secret="of the benchmark, long enough for it")
    app = create_app(settings, made.database)
    with made.database.writing() as tx:
        app.config["SESSIONS"] = {
            login: start_session(tx, officer_by_login(tx, login), made.now) for _, login, _ in STEPS
        }
    watch = Watch(made.database, lambda: datetime.now(UTC), seal_of(settings), 5)
    watch.start()
    set_aside()
    try:
        yield app
    finally:
        watch.stop()
        made.database.close()


def _publish(made: Hall) -> None:
    bundle = matter(
        "SHORT",
        "filed:start intake:intake(accept) decide:decide(grant) deliver:deliver end:end",
        "filed>intake intake>decide decide>deliver deliver>end",
    )
    with made.database.writing() as tx:
        publish(tx, office_by_code(tx, "lz"), bundle, officer_by_login(tx, "wu"), "benchmark", FOUNDED)


def _serve(app: Flask, cases: int) -> None:
    failed: list[BaseException] = []

    def some() -> None:
        try:
            for _ in range(cases // THREADS):
                _one(app)
        except BaseException as wrong:
            failed.append(wrong)

    lines = [threading.Thread(target=some) for _ in range(THREADS)]
    for line in lines:
        line.start()
    for line in lines:
        line.join()
    if failed:
        raise failed[0]


def _one(app: Flask) -> None:
    filed = {"matter": "SHORT", "applicant": {"name": "王强"}, "materials": {"application": "brought"}}
    case_no = _ask(app, "zhao", "POST", "/api/cases", filed, 201)["case_no"]
    for outcome, login, details in STEPS:
        at = f"/api/tasks/{_open_task(app, case_no)}"
        _ask(app, login, "POST", f"{at}/claim")
        body = {"outcome": outcome, "details": details, "request_id": f"{case_no}-{outcome}"}
        _ask(app, login, "POST", f"{at}/complete", body)


def _open_task(app: Flask, case_no: str) -> int:
    c, t = tables.cases, tables.tasks
    mine = sa.select(t.c.id).join(c, c.c.id == t.c.case_id).where(c.c.case_no == case_no, t.c.state == "open")
    with app.extensions["lianshen"].database.reading() as tx:
        return int(tx.value(mine))


def _ask(app: Flask, login: str, method: str, path: str, body: Any = None, status: int = 200) -> Any:
    """One request, as a web server hands it to the application."""
    sent = b"" if body is None else json.dumps(body).encode()
    cookie = SimpleCookie({"lianshen_session": app.config["SESSIONS"][login]})
    told: list[str] = []
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "CONTENT_TYPE": "application/json" if sent else "",
        "CONTENT_LENGTH": str(len(sent)),
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "127.0.0.1",
        "HTTP_COOKIE": cookie.output(header="", attrs=[]).strip(),
        "HTTP_X_REQUESTED_WITH": "benchmark",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(sent),
        "wsgi.errors": sys.stderr,
    }
    answer = app(environ, lambda line, headers, wrong=None: told.append(line))  # type: ignore[arg-type, return-value]
    said = b"".join(answer)
    assert told[0].startswith(str(status)), (told[0], said.decode())
    return json.loads(said)


def _weight(kind: str) -> float:
    """Megabytes, as the kernel counts them."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(kind):
            return round(int(line.split()[1]) / 1024, 1)
    raise AssertionError(kind)


if __name__ == "__main__":
    main()
