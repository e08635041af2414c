"""SQLite finds due work by its partial indexes: what is done and over costs a round nothing."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from engine.clock import Lamp
from engine.people import Officer, officer_by_login
from engine.reports import Asked, Box, CasesAsked, boxes, case_list, desks, lamp_counts, worklist_page
from engine.reports.search import Search
from engine.store import Tx, jobs
from engine.supervision import sweep
from engine.supervision.sweep import due
from tests.hall import Hall

TABLES = tuple(f"SCAN {table}" for table in ("cases", "clocks", "jobs", "tasks"))


def plan_of(connection: Connection, text: str, given: Any) -> list[str]:
    """The steps by which the database would answer, one behind the other; on PostgreSQL if the tables were large."""
    if connection.dialect.name == "sqlite":
        given = given if isinstance(given, dict) else tuple(given)
        return [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", given)]
    for way in ("seqscan", "bitmapscan", "sort"):  # the only ones for a table of a few rows
        connection.exec_driver_sql(f"SET enable_{way} = off")
    return [row[0] for row in connection.exec_driver_sql(f"EXPLAIN {text}", given)]


def asked_of_a_pool(hall: Hall, ask: Callable[[Tx, Officer], object]) -> list[tuple[str, Any]]:
    """Every statement about the pool that zhao's question needs, with what it is asked with. What is asked to know zhao is none of them;
    but whoever listens must do so before the transaction begins."""
    asked: list[tuple[str, Any]] = []
    sa.event.listen(hall.database.engine, "before_cursor_execute", lambda *given: asked.append((given[2], given[3])))
    with hall.database.reading() as tx:
        zhao = officer_by_login(tx, "zhao")
        asked.clear()
        ask(tx, zhao)
    return [(text, given) for text, given in asked if "window_id = " in text]


def test_a_page_of_due_clocks_is_read_along_their_index(hall: Hall) -> None:
    """Page after page, without sorting and without the rows themselves; on PostgreSQL if the table were large."""
    hall.accepted()
    asked: list[tuple[str, Any]] = []
    sa.event.listen(hall.database.engine, "before_cursor_execute", lambda *given: asked.append((given[2], given[3])))
    with hall.database.reading() as tx:
        due(tx, hall.now, None, 1000)
        due(tx, hall.now, SimpleNamespace(alert_at=hall.now, id=7), 1000)
    pages = [(text, given) for text, given in asked if "LIMIT" in text]
    assert len(pages) == 2
    with hall.database.engine.connect() as connection:
        for text, given in pages:
            plan = plan_of(connection, text, given)
            if hall.database.dialect == "postgresql":
                assert "Index Only Scan using ix_clocks_alert" in plan[1]
                assert not any("Sort" in step for step in plan)
            else:
                assert len(plan) == 1
                assert plan[0].startswith("SEARCH clocks USING COVERING INDEX ix_clocks_alert"), plan


def test_a_page_and_its_counts_are_read_along_the_index_of_the_pool(hall: Hall) -> None:
    """Not from the top of the table, where all lies that was done long ago, however much of it is this pool's."""
    hall.file("GH02")
    hall.file("GH02")
    of_pool = asked_of_a_pool(hall, lambda tx, zhao: worklist_page(tx, zhao, hall.now, Asked(Box.POOL), limit=1))
    assert len(of_pool) == 3  # the lamps, the lines, the days in which the page ends
    with hall.database.engine.connect() as connection:
        for n, (text, given) in enumerate(of_pool):
            plan = plan_of(connection, text, given)
            if hall.database.dialect == "postgresql":
                read = [step for step in plan if " on tasks" in step]
                way = "Index Scan" if n == 1 else "Index Only Scan"  # whoever counts needs no row
                assert [step for step in read if f"{way} using ix_tasks_pool_due" not in step] == []
            else:
                read = [step for step in plan if " tasks " in step]
                assert all(step.startswith("SEARCH tasks USING INDEX ix_tasks_pool_due") for step in read), plan
            assert read


def test_a_pool_is_narrowed_by_a_matter_within_its_index(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a matter that is common elsewhere and rare here: no task and no case is looked at that is of another."""
    monkeypatch.setattr(desks, "FEW", 0)
    hall.file("GH02")
    of_matter = Asked(Box.POOL, matter="GH02")

    def ask(tx: Tx, zhao: Officer) -> None:
        worklist_page(tx, zhao, hall.now, of_matter, limit=1)
        lamp_counts(tx, zhao, hall.now, of_matter)

    of_pool = asked_of_a_pool(hall, ask)
    assert len(of_pool) == 11  # of each stretch where the round ends and what is in it; and the lamps
    with hall.database.engine.connect() as connection:
        for text, given in of_pool:
            plan = plan_of(connection, text, given)
            # SQLite goes to the row when a column is asked that the index has not, and says no more than which index it is
            word = "Index Only Scan using" if hall.database.dialect == "postgresql" else "USING INDEX"
            read = [step for step in plan if " on tasks" in step or step.startswith(("SEARCH tasks", "SCAN tasks"))]
            assert read
            assert [step for step in read if f"{word} ix_tasks_pool_due" not in step] == []
            assert not any("cases" in step for step in plan)


def test_an_act_finds_what_runs_and_lies_open_however_long_the_case_has_been(hall: Hall) -> None:
    """Not among all the tasks and clocks that there were."""
    asked: list[tuple[str, Any]] = []
    case_id = hall.accepted()
    sa.event.listen(hall.database.engine, "before_cursor_execute", lambda *given: asked.append((given[2], given[3])))
    hall.claim("qian", case_id, "review")
    (question,) = [one for one in asked if "running_clocks" in one[0]]
    plan = planned(hall, *question)
    assert [step for step in plan if " ix_tasks_case" in step]
    assert [step for step in plan if " ix_clocks_case (case_id=? AND state=?)" in step or " uq_clocks_running" in step]


def test_cases_of_a_rare_lamp_are_found_by_the_index_of_lamps(hall: Hall) -> None:
    hall.accepted()
    asked: list[tuple[str, Any]] = []
    sa.event.listen(hall.database.engine, "before_cursor_execute", lambda *given: asked.append((given[2], given[3])))
    with hall.database.reading() as tx:
        case_list(tx, officer_by_login(tx, "zhou"), CasesAsked(lamp=Lamp.RED))
    (question,) = [one for one in asked if "clocks.lamp = 'red'" in one[0]]
    assert [step for step in planned(hall, *question) if " ix_clocks_lamp" in step]


def planned(hall: Hall, text: str, given: Any) -> list[str]:
    with hall.database.engine.connect() as connection:
        return plan_of(connection, text, given)


def test_a_round_through_a_pool_lies_between_two_places_in_its_index(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it ends is told by the index alone, and what stands outside it is not looked at."""
    monkeypatch.setattr(Search, "common", True)
    hall.file("GH02")
    named = asked_of_a_pool(
        hall, lambda tx, zhao: worklist_page(tx, zhao, hall.now, Asked(Box.POOL, query="王"), limit=1)
    )
    rounds = [(text, given) for text, given in named if "due_on IS NOT NULL" in text and "WITH" not in text]
    assert len(rounds) == 8  # of each stretch that has days where the round ends, and what is in it
    with hall.database.engine.connect() as connection:
        for text, given in rounds:
            plan = plan_of(connection, text, given)
            if hall.database.dialect == "postgresql":
                bounds = [step for step in plan if "Index Cond" in step and "lamp" in step]
                assert bounds
                assert all("ROW(due_on, id) > ROW(" in step for step in bounds), plan
                assert not any("Seq Scan" in step or "Bitmap" in step for step in plan)
            else:
                read = [step for step in plan if " tasks " in step]
                assert read
                assert all("ix_tasks_pool_due (window_id=? AND lamp=? AND due_on>" in step for step in read), plan


@pytest.mark.parametrize("hall_url", ["sqlite"], indirect=True)
def test_nothing_due_is_found_by_walking_through_a_table(hall: Hall) -> None:
    asked: list[tuple[str, Any]] = []

    def note(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        if statement.startswith("SELECT") and any(f"FROM {t} " in statement for t in ("jobs", "clocks", "tasks")):
            asked.append((statement, parameters))

    hall.file("GH02")
    sa.event.listen(hall.database.engine, "before_cursor_execute", note)
    sweep(hall.database, hall.now)
    jobs.take(hall.database, hall.now)
    with hall.database.reading() as tx:
        zhao = officer_by_login(tx, "zhao")
        boxes(tx, zhao, hall.now)
        jobs.backlog(tx, hall.now)
        for box in Box:
            worklist_page(tx, zhao, hall.now, Asked(box))
    sa.event.remove(hall.database.engine, "before_cursor_execute", note)
    assert len(asked) >= 6
    for statement, parameters in asked:
        with hall.database.engine.connect() as connection:
            plan = plan_of(connection, statement, parameters)
        # an index of jobs holds no more than what is not done
        whole = [step for step in plan if step.startswith(TABLES) and "INDEX ix_jobs" not in step]
        assert whole == [], statement
