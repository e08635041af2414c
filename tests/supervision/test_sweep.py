"""The sweep: each lamp turns once, a poisoned case stops nobody, nothing is lost between sweep and act."""

from __future__ import annotations

import json
import threading
from datetime import timedelta

import sqlalchemy as sa

from engine.notices import inbox
from engine.store import Database, jobs, tables
from engine.supervision import sweep
from tests.hall import Hall
from tests.pressing import all_press


def flags(hall: Hall, case_id: int) -> list[tuple[str, str, str]]:
    j, p = tables.journal, tables.payloads
    with hall.database.reading() as tx:
        rows = tx.rows(
            sa.select(p.c.body)
            .join(j, sa.and_(j.c.stream == p.c.stream, j.c.n == p.c.n))
            .where(j.c.act == "flag", j.c.stream == f"case:{case_id}")
            .order_by(j.c.n)
        )
    told = [json.loads(r.body) for r in rows]
    return [(t["clock"], t["from"], t["to"]) for t in told]


def test_a_lamp_turns_once_at_its_moment(hall: Hall) -> None:
    case_id = hall.at("2026-03-02").accepted()  # promised due 03-05, yellow from 03-04 00:00
    hall.at("2026-03-03", "23:59").duties()
    assert ("promised", "green", "yellow") not in flags(hall, case_id)
    for _ in range(3):
        hall.at("2026-03-04", "00:00").duties()
    assert flags(hall, case_id).count(("promised", "green", "yellow")) == 1
    hall.at("2026-03-05", "16:59").duties()
    assert hall.clock(case_id, "promised").lamp == "yellow"
    hall.at("2026-03-05", "17:00").duties()
    assert hall.clock(case_id, "promised").lamp == "red"
    assert hall.clock(case_id, "promised").alert_at is None
    hall.at("2026-04-01").duties()
    assert flags(hall, case_id)[-1] == ("statutory", "yellow", "dark_red") or (
        "statutory",
        "green",
        "dark_red",
    ) in flags(hall, case_id)
    assert hall.flaws(case_id) == []


def test_eight_threads_sweep_each_lamp_once(hall: Hall) -> None:
    cases = [hall.at("2026-03-02").accepted() for _ in range(12)]
    hall.at("2026-03-06")
    turned: list[int] = []
    all_press(threading.Thread(target=lambda: turned.append(sweep(hall.database, hall.now))) for _ in range(8))
    for case_id in cases:
        assert sorted(flags(hall, case_id)) == [("promised", "green", "red"), ("step", "green", "red")]
        assert hall.flaws(case_id) == []
    assert sum(turned) == 24


def test_a_poisoned_case_is_pushed_on_and_the_round_goes_on(hall: Hall) -> None:
    sick, well = (hall.at("2026-03-02").accepted() for _ in range(2))
    with hall.database.writing() as tx:
        c = tables.clocks
        tx.execute(c.update().where(c.c.case_id == sick, c.c.kind == "promised").values(clock={"broken": True}))
    hall.at("2026-03-06")
    assert sweep(hall.database, hall.now) == 2
    assert flags(hall, sick) == []
    assert len(flags(hall, well)) == 2
    assert hall.clock(sick, "promised").alert_at == hall.now + timedelta(hours=1)


def test_a_case_that_somebody_works_on_stays_due(hall: Hall, hall_url: str) -> None:
    """Nothing is wrong with it, so it is not put off: the next round turns its lamps."""
    case_id = hall.at("2026-03-02").accepted()
    hall.at("2026-03-06")
    due, hasty = hall.clock(case_id, "promised").alert_at, Database.open(hall_url, lock_seconds=0.1)
    with hall.database.writing() as tx:
        tx.lock_case(case_id)
        assert sweep(hasty, hall.now) == 0
    assert hall.clock(case_id, "promised").alert_at == due
    assert sweep(hasty, hall.now) == 2
    hasty.close()


def test_an_act_before_the_sweep_turns_the_lamp_itself(hall: Hall) -> None:
    case_id = hall.at("2026-03-02").accepted()
    hall.at("2026-03-06").claim("qian", case_id, "review")
    assert ("promised", "green", "red") in flags(hall, case_id)
    assert sweep(hall.database, hall.now) == 0
    assert hall.acts_of(case_id)[-1] == "claim", "the lamp stands before the act"


def test_no_process_is_loaded_for_a_lamp(hall: Hall) -> None:
    case_id = hall.at("2026-03-02").accepted()
    with hall.database.writing() as tx:
        tx.execute(tables.processes.update().where(tables.processes.c.case_id == case_id).values(state=b"unreadable"))
    hall.at("2026-03-06")
    assert sweep(hall.database, hall.now) == 2


def test_who_hears_of_it(hall: Hall) -> None:
    """Yellow: handler and deciders of the window; red: also the head; dark red: also supervision. Others never."""
    case_id = hall.at("2026-03-02").accepted()
    hall.claim("qian", case_id, "review")

    def heard() -> set[str]:
        with hall.database.reading() as tx:
            return {login for login in ("zhao", "qian", "sun", "li", "zheng", "wu") if inbox(tx, hall.officer(login))}

    hall.at("2026-03-04").duties()
    assert heard() == {"qian", "sun"}
    hall.at("2026-03-31").duties()
    assert heard() == {"qian", "sun", "zheng"}
    with hall.database.reading() as tx:
        texts = [m.text for m in inbox(tx, hall.officer("zheng"))]
    assert texts == [f"{hall.case(case_id).case_no} 王强：法定时限超法定，到期日 2026-03-30"]


def test_a_notice_is_delivered_once(hall: Hall) -> None:
    case_id = hall.at("2026-03-02").accepted()
    hall.at("2026-03-06").duties()
    with hall.database.reading() as tx:
        first = inbox(tx, hall.officer("sun"))
    with hall.database.writing() as tx:
        tx.execute(
            tables.jobs.update()
            .where(tables.jobs.c.kind == "notice", tables.jobs.c.case_id == case_id)
            .values(state="waiting", try_at=hall.now)
        )
    hall.duties()
    with hall.database.reading() as tx:
        assert inbox(tx, hall.officer("sun")) == first


def test_everything_that_was_left_to_do_gets_done(hall: Hall) -> None:
    hall.at("2026-03-02").accepted()
    hall.at("2026-04-02").duties()
    with hall.database.reading() as tx:
        backlog = jobs.backlog(tx, hall.now)
    assert (backlog.due, backlog.dead) == (0, 0)
