"""The work that the benchmarks do: W1, a joint approval of eleven completions, and W2, the same five times over.

W1: intake; five departments side by side, each behind a script; three signers at once (a multi-instance step); a gateway;
decision; certificate. W2: intake, five calls of a part with the eleven completions of W1's kind in it, decision, certificate.
Every completion brings a form of about 1.1 KB, which is kept as evidence. A delivery ends the case and is not counted.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.demo import fill
from engine.cases import claim, complete
from engine.catalogue import publish
from engine.people import office_by_code, officer_by_login
from engine.store import Database, migrate, tables
from tests.drawings import draw, matter
from tests.hall import FOUNDED, Hall

NOW = datetime.fromisoformat("2026-06-10T09:30:00+08:00")
WINDOWS = ("ee-1", "hurd-1", "for-1", "cad-1", "met-1")
REVIEWERS: Mapping[str, str] = {
    "ee-1": "li",
    "hurd-1": "xu",
    "for-1": "cao",
    "cad-1": "deng",
    "met-1": "zeng",
    "nr-1": "qian",
}
BY_KIND: Mapping[str, tuple[str, str]] = {
    "intake": ("zhao", "accept"),
    "decide": ("sun", "grant"),
    "certificate": ("zhao", "made"),
    "deliver": ("zhao", "delivered"),
}
FORM = {
    "id": "opinion",
    "type": "default",
    "schemaVersion": 16,
    "components": [
        {"type": "textfield", "key": "subject", "label": "事项", "validate": {"required": True, "maxLength": 200}},
        {"type": "textarea", "key": "findings", "label": "审查情况", "validate": {"required": True, "maxLength": 4000}},
        {"type": "textarea", "key": "opinion", "label": "意见", "validate": {"maxLength": 2000}},
    ],
}


def _middle(days: int) -> tuple[str, str]:
    """Five departments with so many working days each, three signers, a choice."""
    nodes = ["split:p"]
    flows = []
    for n, at in enumerate(WINDOWS):
        nodes += [f"prep{n}:script=prep{n}", f"dept{n}:review@{at}~{days}wd#opinion(pass)"]
        flows += [f"split>prep{n}", f"prep{n}>dept{n}", f"dept{n}>join"]
    nodes += ["join:p", "sign:review@nr-1~1wd#opinion*3(pass)", "agreed:x"]
    return " ".join(nodes), " ".join([*flows, "join>sign", "sign>agreed"])


def w1() -> dict[str, bytes]:
    nodes, flows = _middle(2)
    return _matter(
        "W1",
        f"filed:start intake:intake(accept) {nodes} lacking:manual@nr-1 decide:decide(grant) cert:certificate deliver:deliver end:end",
        f"filed>intake intake>split {flows} agreed>decide agreed>lacking?prep0==2 lacking>decide decide>cert cert>deliver deliver>end",
        default="agreed>decide",
    )


def w2() -> dict[str, bytes]:
    nodes, flows = _middle(1)
    part = draw(
        "W2-PART",
        f"begin:start first:review@nr-1#opinion(pass) {nodes} last:review@nr-1#opinion(pass)"
        " more:review@nr-1#opinion(pass) over:end",
        f"begin>first first>split {flows} agreed>last agreed>more?prep0==2 last>more more>over",
        default="agreed>last",
    )
    calls = " ".join(f"part{n}:part=w2-part" for n in range(5))
    line = " ".join(f"part{n}>part{n + 1}" for n in range(4))
    made = _matter(
        "W2",
        f"filed:start intake:intake(accept) {calls} decide:decide(grant) cert:certificate deliver:deliver end:end",
        f"filed>intake intake>part0 {line} part4>decide decide>cert cert>deliver deliver>end",
    )
    return {**made, "parts/w2-part.bpmn": part}


def _matter(code: str, nodes: str, flows: str, **more: str) -> dict[str, bytes]:
    return {**matter(code, nodes, flows, promised=15, **more), "forms/opinion.json": json.dumps(FORM).encode()}


def hall(url: str) -> Hall:
    """The demo hall with both matters."""
    database = Database.open(url)
    migrate(database)
    fill(database, FOUNDED)
    for bundle in (w1(), w2()):
        with database.writing() as tx:
            office = office_by_code(tx, "lz")
            publish(tx, office, bundle, officer_by_login(tx, "wu"), "benchmark", FOUNDED)
    return Hall(database, NOW)


def answer(rng: random.Random) -> dict[str, Any]:
    """A form of about 1.1 KB as UTF-8, of words that do not repeat much."""
    words = "".join(chr(rng.randrange(0x4E00, 0x9FA5)) for _ in range(330))
    return {"subject": words[:30], "findings": words[30:300], "opinion": words[300:]}


@dataclass(frozen=True)
class Task:
    id: int
    kind: str
    login: str
    outcome: str
    answers: Mapping[str, Any]
    details: Mapping[str, Any]


@dataclass
class Case:
    """One case on its way: which tasks lie open, and who finishes them."""

    hall: Hall
    matter: str
    rng: random.Random
    id: int = 0

    def begin(self) -> None:
        self.id = self.hall.file(self.matter).case_id

    def ready(self) -> Iterator[Task]:
        """One task after another, claimed by who will finish it."""
        windows = {w.id: w.code for w in self._windows()}
        while waiting := [t for t in self.hall.rows(tables.tasks, self.id) if t.state == "open"]:
            task = waiting[0]
            login, outcome = BY_KIND.get(task.kind, (REVIEWERS[windows[task.window_id]], "pass"))
            with self.hall.database.writing() as tx:
                claim(tx, officer_by_login(tx, login), task.id, now=NOW)
            details = {"method": "pickup", "receiver": "王强"} if task.kind == "deliver" else {}
            yield Task(task.id, task.kind, login, outcome, answer(self.rng) if task.form else {}, details)

    def _windows(self) -> Any:
        with self.hall.database.reading() as tx:
            return tx.rows(tables.windows.select())


def finish(hall: Hall, officer: Any, task: Task) -> None:
    """The act that is measured: one transaction through the service layer, with permission, clocks, chain and worklist."""
    with hall.database.writing() as tx:
        complete(tx, officer, task.id, task.outcome, answers=task.answers, details=task.details, now=NOW)
