"""What a durable act costs: completing a task, against the least that any system must do.

    .venv/bin/python -m benchmarks.complete [ROUNDS]

Method. The demo hall in a temporary database, on SQLite and on a private PostgreSQL, both as durable as in an office
(`places.py`). In each round one case of W1 and one of W2 are worked from intake to certificate; each completion is timed from
the first statement to the committed transaction: permission, form, law, process, clocks, tasks, possession, journal, notices.
Choosing and claiming the task and writing the form are outside the clock. After each completion the *floor* is timed in the
same rhythm (`floor.py`). The ratio is the median of all completions by the median of the floors between them: absolute
milliseconds move with the machine.

`complete unknown` is W1 again, with all that is known of its diagram (`engine/runtime/known.py`) put aside during each completion: what
the first case of a way pays.

`complete 10k` and `complete fresh` are two cases of a third matter, whose review may be returned to itself any number of
times. Both have been through some claims and completions by the services; then the last of them are repeated in the one case,
row by row and chained (`longer.py`), until it has 10,000 past acts and still verifies; then both go on with the same acts, by
turns.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from api.app import set_aside
from engine.cases import claim, verify_case
from engine.catalogue import publish, running_version
from engine.people import Officer, office_by_code, officer_by_login
from engine.store import Tx, tables
from tests.drawings import matter
from tests.hall import FOUNDED, Hall

from .floor import postgresql_floor, sqlite_floor, timed
from .longer import lengthen
from .places import Place
from .race import Lane, race
from .rows import table, verdicts
from .work import FORM, NOW, Case, Task, answer, finish, hall

__all__ = ["enter", "postgresql_floor", "sqlite_floor", "timed"]

ROUNDS, QUICK = 15, 5
PAST, BY_HAND = 10_000, 24
"""Acts of a long case, and how many of them are done one by one."""


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
    long.repeated(PAST)
    set_aside()  # as the server does before it answers anybody
    wholes = [Whole("complete W1", made, "W1", rng), Whole("complete W2", made, "W2", rng)]
    yield [*wholes, Unknown("complete unknown", made, "W1", rng), fresh, long]
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
            spent = self.finished(officer, task)
            if task.kind != "deliver":
                yield spent, json.dumps(answer(self.rng), ensure_ascii=False)

    def finished(self, officer: Officer, task: Task) -> float:
        """Milliseconds."""
        return timed(finish, self.hall, officer, task)


class Unknown(Whole):
    """The same, as if no case had come this way before."""

    def finished(self, officer: Officer, task: Task) -> float:
        with self.hall.database.reading() as tx:
            known = running_version(tx, office_by_code(tx, "lz").id, self.matter).content.plan.known
        aside = known.places, known.acts
        known.places, known.acts = {}, {}
        try:
            return super().finished(officer, task)
        finally:
            known.places, known.acts = aside


# ---------------------------------------------------------------- a case of ten thousand acts
@dataclass
class Loop:
    """The one case of LOOP that goes round and round; a turn of the race is eleven completions, as many as W1 has."""

    name: str
    hall: Hall
    rng: random.Random
    officer: Officer
    case_id: int

    def repeated(self, acts: int) -> None:
        """Bring the case to so many past acts."""
        with self.hall.database.writing() as tx:
            lengthen(tx, self.case_id, acts)
            flaws = list(verify_case(tx, self.case_id))
            assert flaws == [], flaws[:3]
        if self.hall.database.dialect == "postgresql":  # its own daemon would have looked long ago
            with self.hall.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("VACUUM (ANALYZE)")

    def case(self) -> Iterator[tuple[float, str]]:
        for _ in range(11):
            with self.hall.database.writing() as tx:
                task = self._claimed(tx)
            spent = timed(finish, self.hall, self.officer, task)
            yield spent, json.dumps(answer(self.rng), ensure_ascii=False)

    def _claimed(self, tx: Tx) -> Task:
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
    both = []
    for name in ("complete 10k", "complete fresh"):
        case_id = made.file("LOOP").case_id
        made.does("zhao", case_id, "intake", "accept", {})
        both.append(loop := Loop(name, made, rng, qian, case_id))
        while made.case(case_id).journal_n < BY_HAND:
            list(loop.case())
    return both[0], both[1]


if __name__ == "__main__":
    main()
