"""What a durable act costs: completing a task, against the least that any system must do.

    .venv/bin/python -m benchmarks.complete [ROUNDS]

Method. The demo hall in a temporary database, on SQLite and on a private PostgreSQL, both as durable as in an office
(`places.py`). In each round one case of W1 and one of W2 are worked from intake to certificate; each completion is timed from
the first statement to the committed transaction: permission, form, law, process, clocks, tasks, possession, journal, notices.
Choosing and claiming the task and writing the form are outside the clock. After each completion the *floor* is timed in the
same rhythm (`floor.py`). The ratio is the median of all completions by the median of the floors between them: absolute
milliseconds move with the machine.

`complete 10k` and `complete fresh` are two cases of a third matter, whose review may be returned to itself any number of
times: one has been through 10,000 acts (claim, complete, claim …, all of them by the services, many to a transaction, which
only saves commits), the other through ten; then both go on with the same acts, by turns.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from engine.cases import claim, complete
from engine.catalogue import publish
from engine.people import Officer, office_by_code, officer_by_login
from engine.store import tables
from tests.drawings import matter
from tests.hall import FOUNDED, Hall

from .floor import postgresql_floor, sqlite_floor, timed
from .places import Place
from .race import Lane, race
from .rows import table, verdicts
from .work import FORM, NOW, Case, Task, answer, finish, hall

__all__ = ["enter", "postgresql_floor", "sqlite_floor", "timed"]

ROUNDS, QUICK = 15, 5
PAST, AT_ONCE = 10_000, 500
"""Acts of a long case, and how many of them share a transaction while it is made."""


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else QUICK
    rows = race([enter], False, rounds)
    for line in table(rows, verdicts(rows)):
        print(line)


@contextmanager
def enter(place: Place, quick: bool) -> Iterator[list[Lane]]:
    made = hall(place.url("complete"))
    rng = random.Random(7)
    long, fresh = loops(made, rng)
    long.past(PAST)
    fresh.past(10)
    yield [Whole("complete W1", made, "W1", rng), Whole("complete W2", made, "W2", rng), fresh, long]
    made.database.close()


@dataclass
class Whole:
    """One case after another, each from intake to certificate."""

    name: str
    hall: Hall
    matter: str
    rng: random.Random

    def case(self) -> Iterator[tuple[float, str]]:
        case = Case(self.hall, self.matter, self.rng)
        case.begin()
        for task in case.ready():
            officer = self.hall.officer(task.login)
            spent = timed(finish, self.hall, officer, task)
            if task.kind != "deliver":
                yield spent, json.dumps(answer(self.rng), ensure_ascii=False)


# ---------------------------------------------------------------- a case of ten thousand acts
@dataclass
class Loop:
    """The one case of LOOP that goes round and round; a turn of the race is eleven completions, as many as W1 has."""

    name: str
    hall: Hall
    rng: random.Random
    officer: Officer
    case_id: int

    def past(self, acts: int) -> None:
        """Bring the case to so many acts in its journal."""
        head = tables.cases.c.journal_n
        done = 0
        while done < acts:
            with self.hall.database.writing() as tx:
                row = tx.row(tables.cases.select().with_only_columns(head).where(tables.cases.c.id == self.case_id))
                assert row is not None
                done = row.journal_n
                for _ in range(min(AT_ONCE, acts - done + 1) // 2):
                    task = self._claimed(tx)
                    complete(tx, self.officer, task.id, task.outcome, answers=task.answers, details={}, now=NOW)

    def case(self) -> Iterator[tuple[float, str]]:
        for _ in range(11):
            with self.hall.database.writing() as tx:
                task = self._claimed(tx)
            spent = timed(finish, self.hall, self.officer, task)
            yield spent, json.dumps(answer(self.rng), ensure_ascii=False)

    def _claimed(self, tx: Any) -> Task:
        t = tables.tasks
        row = tx.row(t.select().where(t.c.case_id == self.case_id, t.c.state == "open"))
        assert row is not None
        claim(tx, self.officer, row.id, now=NOW)
        return Task(row.id, row.kind, self.officer.login, "return", answer(self.rng), {})


def loops(made: Hall, rng: random.Random) -> tuple[Loop, Loop]:
    """Two cases of a matter whose review is returned to itself: accepted, under review."""
    bundle = matter(
        "LOOP",
        "filed:start intake:intake(accept) again:x check:review@nr-1~1wd#opinion(pass,return) done:x"
        " decide:decide(grant) deliver:deliver end:end",
        "filed>intake intake>again again>check check>done done>again?outcome=='return' done>decide decide>deliver deliver>end",
        promised=15,
        default="done>decide",
    )
    with made.database.writing() as tx:
        files = {**bundle, "forms/opinion.json": json.dumps(FORM).encode()}
        publish(tx, office_by_code(tx, "lz"), files, officer_by_login(tx, "wu"), "benchmark", FOUNDED)
    qian = made.officer("qian")
    cases = []
    for _ in range(2):
        case_id = made.file("LOOP").case_id
        made.does("zhao", case_id, "intake", "accept", {})
        cases.append(case_id)
    return Loop("complete 10k", made, rng, qian, cases[0]), Loop("complete fresh", made, rng, qian, cases[1])


if __name__ == "__main__":
    main()
