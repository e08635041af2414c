"""No hot statement leaves the office that it is about: a database that is laid out by offices answers it in one place.

What is asked on PostgreSQL by the real functions is heard and read (tests/bound.py): every table of every statement must be bound to a
value that belongs to one office, and the values of a statement must belong to the same one. What does otherwise stands below, each
with its reason; whatever is not there fails, and what is there and not heard fails, too (docs/decisions/0033).
"""

from __future__ import annotations

import re
import sys
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy as sa

from engine.cases import Filing, claim, file_case
from engine.cases.anew import recounts
from engine.catalogue import running_version
from engine.people import Actor, office_by_code, officer_by_login
from engine.reports import Asked, Box, boxes, worklist_page
from engine.store import Prepared, jobs, tables
from engine.supervision import sweep
from engine.supervision.recount import recounting
from tests.bound import Part, parts
from tests.hall import APPLICATIONS, Hall

EVERYWHERE = frozenset(
    table.name
    for table in (
        *(tables.offices, tables.establishment, tables.calendar_notices, tables.departments, tables.windows),
        *(tables.persons, tables.officers, tables.officer_windows, tables.stand_ins, tables.remedies),
        *(tables.connections, tables.rule_levels, tables.matters, tables.versions, tables.version_files),
    )
)
"""Small, and changed a few times a year: every place holds them."""
BY_THEIR_KEY = {"blobs": "digest", "requests": "key", "sign_ins": "digest", "guesses": "digest", "heartbeats": "name"}
"""Rows of no office, each asked for by its key alone."""
OF_AN_OFFICE = frozenset(tables.metadata.tables) - EVERYWHERE - frozenset(BY_THEIR_KEY)
KINDS = {"case_id": "cases", "window_id": "windows", "officer_id": "officers", "department_id": "departments"}
"""Columns that name something of one office for as long as it is there. Not among them: `lower_id`, the case of another level."""


@dataclass(frozen=True)
class Elsewhere:
    """A statement that goes through more than one place. says: words of it. loose: the tables in it that nothing binds. why: what it is
    for, and what becomes of it where there are several places."""

    says: str
    loose: frozenset[str]
    why: str


def exception(says: str, loose: str, why: str) -> Elsewhere:
    return Elsewhere(says, frozenset(loose.split()), why)


EXCEPTIONS = (
    exception(
        "FROM clocks WHERE clocks.alert_at <=",
        "clocks",
        "the sweep finds what is due wherever it lies: no act waits for it; each place has its own stretch of the index",
    ),
    exception(
        "FROM cases JOIN processes ON cases.id = processes.case_id WHERE cases.id IN (",
        "",
        "a handful of the sweep and of the recount, read together; it is of the offices that the page of due clocks was of",
    ),
    exception("FROM clocks WHERE clocks.state = 'running' AND clocks.case_id IN (", "", "the clocks of that handful"),
    exception(
        "FROM tasks WHERE tasks.state IN ('open', 'claimed') AND tasks.case_id IN (", "", "the tasks of that handful"
    ),
    exception(
        "FROM jobs WHERE jobs.run_at <=",
        "jobs",
        "the next job that is due, whoever's it is: no act waits for it; each place has its own stretch of the index",
    ),
    exception(
        "SELECT DISTINCT clocks.case_id FROM clocks WHERE clocks.state = 'running' AND clocks.case_id >",
        "clocks",
        "the round of the recount goes through all cases that run: a few times a year, and no act waits for it",
    ),
    exception(
        "FROM cases AS other_level WHERE other_level.lower_id = cases.id",
        "case_departments cases",
        "every act on a case asks who may see it, and that may be a department of the other level, in another office: where there"
        " are several places, this comes from a row beside the case that is kept when it is sent up",
    ),
    exception(
        "SELECT cases.lower_id FROM cases WHERE cases.lower_id IS NOT NULL LIMIT 1",
        "cases",
        "whether there are cases of two levels at all: what an officer has done is shown to him as far as he may see its case, and that"
        " goes by both levels only where there are such; no act waits for it",
    ),
    exception(
        "FROM version_files JOIN blobs ON blobs.digest = version_files.digest WHERE version_files.version_id =",
        "blobs",
        "the files of a version, asked once by each process that works by it: where there are several places, each holds them as it"
        " holds the version",
    ),
)


def test_every_table_has_its_place() -> None:
    assert frozenset(tables.metadata.tables) >= EVERYWHERE | set(BY_THEIR_KEY)
    for name in OF_AN_OFFICE:
        columns = tables.metadata.tables[name].c
        assert {*KINDS, "office_id", "project_id", "matter_id", "stream"} & set(columns.keys()), name


# ---------------------------------------------------------------- the hot acts
@pytest.mark.parametrize("hall_url", ["postgresql"], indirect=True)
def test_no_hot_statement_leaves_its_office(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    # like a process that has just begun: what an earlier test has read of the versions would not be asked any more
    monkeypatch.setattr(sys.modules["engine.catalogue.version"], "_made", OrderedDict())
    heard = Heard(hall)
    with heard.asking("an application is filed and a case is worked to its end"):
        city = hall.at("2026-03-02").file("GH02").case_id
        hall.does("zhao", city, "intake", "accept")
        hall.does("qian", city, "review", "pass")
        hall.does("sun", city, "decide", "grant")
        hall.does("zhao", city, "certificate", "made")
        hall.does("zhao", city, "deliver", "delivered", method="pickup", receiver="王强")
    with heard.asking("cases of two offices lie side by side"):
        hall.accepted()
        county = _file_in_the_county(hall)
        hall.does("qy-mu", county, "intake", "accept")
    with heard.asking("a task is claimed"):
        review = hall.task(county, "site_visit")
        with hall.database.writing() as tx:
            claim(tx, officer_by_login(tx, "qy-mu"), review.id, now=hall.now)
    with heard.asking("lists"), hall.database.reading() as tx:
        for login in ("qian", "qy-mu"):
            who = officer_by_login(tx, login)
            boxes(tx, who, hall.now)
            for box in Box:
                worklist_page(tx, who, hall.now, Asked(box), limit=1)
    hall.at("2026-04-01")
    with heard.asking("lamps turn"):
        assert sweep(hall.database, hall.now) > 2
    with heard.asking("jobs are done"):
        assert hall.duties()[1] > 2
    with heard.asking("dates are counted anew"), hall.database.reading() as tx:
        told = {"region": "CN", "number": "X", "year": 2026, "after": 0, "again": False}
        job = jobs.Job(0, "recount_all", None, told, hall.now, 1)
        recounts(tx, recounting(hall.database).ready(tx, job, hall.now).case_ids, "X", hall.now)
    with hall.database.reading() as tx:
        offices = {row.office_id for row in tx.rows(sa.select(tables.cases.c.office_id))}
    assert len(offices) == 2, "whatever is mixed up must be seen"
    assert len(heard.statements) > 60
    assert heard.elsewhere() == []
    assert heard.met == set(EXCEPTIONS), "an exception that nobody needs any more is taken off the list"


@pytest.mark.parametrize("hall_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    "statement",
    [
        "SELECT tasks.id FROM tasks WHERE tasks.state = 'open' ORDER BY tasks.due_on LIMIT 50",
        "SELECT tasks.id FROM tasks WHERE tasks.case_id = %(a)s OR tasks.state = 'open'",
        "SELECT tasks.id FROM tasks WHERE NOT (tasks.case_id = %(a)s)",
        "SELECT tasks.id FROM tasks WHERE tasks.case_id > %(a)s",
        "SELECT tasks.id FROM tasks JOIN cases ON cases.id > tasks.case_id WHERE tasks.case_id = %(a)s",
        "SELECT cases.id FROM cases JOIN cases AS other ON other.lower_id = cases.id WHERE cases.id = %(a)s",
        "SELECT cases.id FROM cases WHERE cases.id IN (SELECT clocks.case_id FROM clocks WHERE clocks.lamp = 'red')",
        "SELECT cases.id FROM cases WHERE cases.id IN (SELECT other.lower_id FROM cases AS other WHERE other.id = %(a)s)",
        "SELECT cases.id FROM cases WHERE cases.id = %(a)s AND EXISTS (SELECT 1 FROM journal WHERE journal.n = 1)",
        "SELECT tasks.id FROM tasks, windows WHERE tasks.window_id = windows.id AND windows.kind = 'joint'",
        "SELECT a.id FROM (SELECT tasks.id, tasks.case_id FROM tasks LIMIT 5) AS a JOIN cases ON cases.id = a.case_id",
        "UPDATE clocks SET lamp = 'red' WHERE clocks.alert_at <= now()",
        "WITH part_0 AS (UPDATE cases SET revision = 1) UPDATE tasks SET lamp = 'red' WHERE tasks.id = %(a)s",
        "INSERT INTO jobs (kind, run_at) VALUES (%(b)s, %(c)s)",
    ],
)
def test_a_statement_that_nothing_binds_is_heard(hall: Hall, statement: str) -> None:
    """The reading itself: each of these would ask every place."""
    heard = Heard(hall)
    heard.statements[" ".join(statement.split())] = ["", {"a": 1, "b": "x", "c": None}]
    assert len(heard.elsewhere()) == 1


@pytest.mark.parametrize("hall_url", ["postgresql"], indirect=True)
def test_an_act_that_asks_without_its_case_is_heard(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mutation of the product: the tasks of an act are asked for by what they are, and no longer by whose."""
    from engine.cases import case

    t = tables.tasks
    monkeypatch.setattr(case, "_TASKS", Prepared(sa.select(t).where(t.c.state == "open").order_by(t.c.id)))
    intake = hall.task(hall.file("GH02").case_id, "intake")
    heard = Heard(hall)
    with heard.asking("a task is claimed"), hall.database.writing() as tx:
        claim(tx, officer_by_login(tx, "zhao"), intake.id, now=hall.now)
    assert any("FROM tasks" in told for told in heard.elsewhere())


@pytest.mark.parametrize("hall_url", ["postgresql"], indirect=True)
def test_values_of_two_offices_are_heard(hall: Hall) -> None:
    """Bound each by a value, and not by one of the same office."""
    first, second = hall.accepted(), _file_in_the_county(hall)
    heard = Heard(hall)
    both = "SELECT tasks.id FROM tasks JOIN clocks ON clocks.case_id = %(b)s WHERE tasks.case_id = %(a)s"
    heard.statements[both] = ["", {"a": first, "b": first}]
    assert heard.elsewhere() == []
    heard.statements[both] = ["", {"a": first, "b": second}]
    assert len(heard.elsewhere()) == 1


def _file_in_the_county(hall: Hall) -> int:
    with hall.database.writing() as tx:
        office = office_by_code(tx, "qy")
        brought = {m.key: "brought" for m in running_version(tx, office.id, "LY01").guide.materials}
        filing = Filing("LY01", {"name": "王强"}, APPLICATIONS["LY01"], brought, "window")
        return file_case(tx, office, filing, Actor("officer", officer_by_login(tx, "qy-mu")), hall.now).case_id


# ---------------------------------------------------------------- what is heard, and whose it is
def _belongs(table: str, column: str) -> str | None:
    """Whose a row is that has a given value in this column."""
    if BY_THEIR_KEY.get(table) == column:
        return "nobody"
    if table not in OF_AN_OFFICE:
        return "offices" if column == "office_id" else None
    if column in KINDS:
        return KINDS[column]
    return {"office_id": "offices", "stream": "stream", "id": table}.get(column)


@dataclass
class Heard:
    """Every statement that was asked while somebody listened, once for each of what it was asked with."""

    hall: Hall
    statements: dict[Any, Any] = field(default_factory=dict)
    met: set[Elsewhere] = field(default_factory=set)

    @contextmanager
    def asking(self, act: str) -> Iterator[None]:
        def note(_: Any, __: Any, statement: str, given: Any, *___: Any) -> None:
            said = " ".join(statement.split())
            self.statements[said, repr(given)] = [act, given or {}]

        engine = self.hall.database.engine
        sa.event.listen(engine, "before_cursor_execute", note)
        try:
            yield
        finally:
            sa.event.remove(engine, "before_cursor_execute", note)

    def elsewhere(self) -> list[str]:
        """What goes through more than one place, and is no exception."""
        whose, read, told = _Whose(self.hall), dict[str, list[Part]](), []
        for key, (act, given) in self.statements.items():
            said = key if isinstance(key, str) else key[0]
            if said not in read:
                read[said] = parts(said, _belongs, EVERYWHERE)
            loose = frozenset(table for part in read[said] for table in part.loose)
            offices = whose.offices([one for part in read[said] for one in part.given], given)
            if not loose and len(offices) <= 1:
                continue
            excepted = [one for one in EXCEPTIONS if one.says in said and one.loose == loose]
            if len(excepted) != 1 or (loose and len(offices) > 1):
                told.append(f"{act}: {said} (nothing binds {sorted(loose)}, offices {sorted(offices)})")
            self.met |= set(excepted)
        return told


class _Whose:
    """To which office a value belongs."""

    def __init__(self, hall: Hall) -> None:
        self.hall = hall
        self._known: dict[str, Mapping[int, int]] = {}

    def offices(self, given: list[tuple[str, tuple[str, ...]]], values: Mapping[str, Any]) -> set[int]:
        found = set[int]()
        for kind, names in given:
            for name in names:
                some = values[name] if isinstance(values[name], list | tuple) else [values[name]]
                found |= {office for value in some if (office := self._office(kind, value)) is not None}
        return found

    def _office(self, kind: str, value: Any) -> int | None:
        if value is None or kind == "nobody":
            return None
        if kind == "offices":
            return int(value)
        if kind == "stream":
            stream, number = re.fullmatch(r"(case|office):(\d+)", value).groups()  # type: ignore[union-attr]
            return int(number) if stream == "office" else self._office("cases", int(number))
        return self._of(kind).get(value)

    def _of(self, table: str) -> Mapping[int, int]:
        if table not in self._known:
            t, c = tables.metadata.tables[table].c, tables.cases.c
            with self.hall.database.reading() as tx:
                if "office_id" in t:
                    asked = sa.select(t.id, t.office_id)
                else:
                    asked = sa.select(t.id, c.office_id).join(c.id.table, c.id == t.case_id)
                self._known[table] = dict(tuple(row) for row in tx.rows(asked))  # type: ignore[misc]
        return self._known[table]
