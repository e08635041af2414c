"""A server that is killed while a hall works through it: what was acknowledged is there once, and nothing is there by half."""

from __future__ import annotations

import queue
import threading
from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from api.operations import flaws
from engine.people import issue_token, officer_by_login
from engine.store import Database, tables
from tests.hall import ANSWERS, APPLICATIONS, Hall
from tests.journeys.processes import PATIENCE, Answer, Lost, Server, ask, command
from tests.postgres import Cluster

CASES, CLIENTS = 20, 8
KILLED_AT = (70, 150)
STEPS = (
    ("zhao", "intake", "accept", "accept", {}),
    ("qian", "review", "pass", "review", {}),
    ("sun", "decide", "grant", "decide_grant", {"text": "准予核发。"}),
    ("zhao", "certificate", "made", "make_certificate", {}),
    ("zhao", "deliver", "delivered", "deliver", {"method": "pickup", "receiver": "方淮"}),
)
WHOLE = ["receive", *(act for *_, done, _ in STEPS for act in ("claim", done)), "close"]
"""What stands in the journal of a case that has gone all the way, lamps left out."""


class Clients:
    """Eight programs that take a case each from filing to delivery, and go on where they were when the server is back."""

    def __init__(self, tokens: dict[str, str]) -> None:
        self.tokens, self.port, self.up = tokens, 0, threading.Event()
        self.cases = queue.SimpleQueue[int]()
        self.acknowledged = Counter[str]()
        self.answers: dict[tuple[str, str], tuple[str, str, Any, Any]] = {}
        self.lost, self.failed = 0, list[BaseException]()
        self._moved = threading.Condition()
        for number in range(CASES):
            self.cases.put(number)
        self.threads = [threading.Thread(target=self._work, daemon=True) for _ in range(CLIENTS)]

    def start(self, port: int) -> None:
        self.serve(port)
        for thread in self.threads:
            thread.start()

    def serve(self, port: int) -> None:
        self.port = port
        self.up.set()

    def reach(self, count: int) -> None:
        """Until so many acts are acknowledged."""
        with self._moved:
            self._moved.wait_for(lambda: self.acknowledged.total() >= count or self.failed, PATIENCE)
        assert not self.failed, self.failed
        assert self.acknowledged.total() >= count

    def join(self) -> None:
        for thread in self.threads:
            thread.join(PATIENCE)
        assert not self.failed, self.failed

    # ---- one client
    def _work(self) -> None:
        try:
            while True:
                self._case(self.cases.get_nowait())
        except queue.Empty:
            return
        except BaseException as failed:
            self.failed.append(failed)
            with self._moved:
                self._moved.notify_all()

    def _case(self, number: int) -> None:
        name = f"第{number}家公司"
        case_no = self._files(name)
        for login, step, outcome, _, details in STEPS:
            task = self._task(case_no, step)
            self._insist(login, f"{case_no} claim {step}", f"/api/tasks/{task}/claim")
            form = ANSWERS.get(f"GH02.{step}", {})
            asked = {"outcome": outcome, "answers": form, "details": details, "request_id": f"{case_no} {step}"}
            done = self._insist(login, f"{case_no} {step}", f"/api/tasks/{task}/complete", asked)
            self.answers[case_no, step] = (login, f"/api/tasks/{task}/complete", asked, done.body)

    def _files(self, name: str) -> str:
        """A filing bears no request id: who got no answer looks whether it is there before he files again."""
        materials = dict.fromkeys(("application", "project_approval", "land_contract", "parcel_map"), "brought")
        body = {"matter": "GH02", "applicant": {"name": name}, "answers": APPLICATIONS["GH02"], "materials": materials}
        while True:
            there = self._ask("zhao", "GET", f"/api/cases?query={quote(name)}").body
            assert len(there) <= 1
            if there:
                return str(there[0]["case_no"])
            try:
                filed = ask(self.port, self.tokens["zhao"], "POST", "/api/cases", body)
            except Lost:
                self._lose()
                continue
            assert filed.status == 201, filed
            self._acknowledge(f"{filed.body['case_no']} receive")
            return str(filed.body["case_no"])

    def _task(self, case_no: str, step: str) -> int:
        shown = self._ask("zhao", "GET", f"/api/cases/{case_no}").body
        (task,) = [t["id"] for t in shown["tasks"] if t["step"] == step]
        return int(task)

    def _insist(self, login: str, act: str, path: str, body: Any = None) -> Answer:
        """The same request until it is answered: the answer must be success, whether it was done before or not."""
        done = self._ask(login, "POST", path, body)
        assert done.status == 200, (act, done)
        self._acknowledge(act)
        return done

    def _ask(self, login: str, method: str, path: str, body: Any = None) -> Answer:
        while True:
            try:
                return ask(self.port, self.tokens[login], method, path, body)
            except Lost:
                self._lose()

    def _lose(self) -> None:
        self.lost += 1
        assert self.up.wait(PATIENCE)

    def _acknowledge(self, act: str) -> None:
        with self._moved:
            self.acknowledged[act] += 1
            self._moved.notify_all()


def told(database: Database) -> dict[str, list[str]]:
    """The acts of every case in order, without lamps; a claim and a step with the step's name as clients name them."""
    j, p, c = tables.journal, tables.payloads, tables.cases
    same = sa.and_(p.c.stream == j.c.stream, p.c.n == j.c.n)
    with database.reading() as tx:
        numbers = {f"case:{r.id}": r.case_no for r in tx.rows(sa.select(c.c.id, c.c.case_no))}
        rows = tx.rows(
            sa.select(j.c.stream, j.c.act).join(p, same).where(j.c.act != "flag").order_by(j.c.stream, j.c.n)
        )
    found: dict[str, list[str]] = {number: [] for number in numbers.values()}
    for row in rows:
        if row.stream in numbers:
            found[numbers[row.stream]].append(row.act)
    return found


def borne_out(acts: list[str]) -> set[str]:
    """The acknowledgements that these acts bear out."""
    steps = {act: step for _, step, _, act, _ in STEPS}
    claims = [f"claim {step}" for _, step, *_ in STEPS]
    done = [steps.get(act, act) for act in acts if act not in ("claim", "close")]
    return {*done, *claims[: acts.count("claim")]}


@pytest.fixture
def tokens(hall: Hall) -> dict[str, str]:
    now = datetime.now(UTC)
    with hall.database.writing() as tx:
        return {
            o: issue_token(tx, officer_by_login(tx, o), "", now, now + timedelta(1)) for o in ("zhao", "qian", "sun")
        }


def test_what_was_acknowledged_is_there_once(
    hall: Hall, hall_url: str, tokens: dict[str, str], cluster: Cluster, tmp_path: Path
) -> None:
    home, copy, clients = tmp_path / "home", tmp_path / "copy", Clients(tokens)
    with ExitStack() as running:
        server = running.enter_context(Server(hall_url, home))
        clients.start(server.port)
        for count in KILLED_AT:
            clients.reach(count)
            clients.up.clear()
            known = set(clients.acknowledged)
            server.kill()
            holds(hall.database, known)
            server = running.enter_context(Server(hall_url, home))
            clients.serve(server.port)
        assert command(hall_url, home, "backup", str(copy))[0] == 0, "while they go on"
        clients.join()
        assert clients.acknowledged.total() >= 200
        assert set(clients.acknowledged.values()) == {1}
        assert clients.lost > 0
        assert list(told(hall.database).values()) == [WHOLE] * CASES
        retries(clients, server.port)
        assert server.stop() == 0
    assert list(told(hall.database).values()) == [WHOLE] * CASES
    assert "Traceback" not in server.log.read_text("utf-8")
    assert command(hall_url, home, "verify") == (0, f"核验 {CASES} 件办件，0 处不符\n")
    restored = f"sqlite:///{copy}" if hall.database.dialect == "sqlite" else cluster.restore(copy, "killed")
    code, said = command(restored, home, "verify")
    assert (code, said.endswith("，0 处不符\n")) == (0, True), said


def holds(database: Database, known: set[str]) -> None:
    """Nobody serves: every case is as far as it came, no step left out, none twice, and nothing acknowledged is missing."""
    there = told(database)
    assert all(acts == WHOLE[: len(acts)] for acts in there.values())
    assert known <= {f"{number} {act}" for number, acts in there.items() for act in borne_out(acts)}
    assert flaws(database) == (len(there), [])


def retries(clients: Clients, port: int) -> None:
    """The very same request again is answered as the first time; another one under its id is refused."""
    for login, path, asked, first in list(clients.answers.values())[-20:]:
        again = ask(port, clients.tokens[login], "POST", path, asked)
        assert (again.status, again.body) == (200, first)
        assert ask(port, clients.tokens[login], "POST", path, {**asked, "outcome": "return"}).status == 409
