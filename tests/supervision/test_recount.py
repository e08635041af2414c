"""A new holiday notice: every open date is computed again, nothing raises, nothing stays provisional without need."""

from __future__ import annotations

import json
import random
from datetime import date, timedelta
from importlib import import_module
from typing import Any

import pytest
import sqlalchemy as sa

from engine.catalogue import publish
from engine.clock import Clock, lamp, parse_notice, shipped_notices
from engine.clock.notice import NoticeNotValid
from engine.notices import inbox
from engine.people import ActNotAllowed, NoticeKnown, NoticeOfNoOffice, office_by_code, officer_by_login
from engine.store import jobs, tables
from engine.supervision import bring_shipped_notices, publish_notice
from engine.supervision.proving import prove_all_again
from engine.supervision.recount import recounting
from tests.drawings import matter
from tests.hall import Hall
from tests.next_year import NEXT_YEAR


def imports(hall: Hall, by: str = "feng") -> int:
    with hall.database.writing() as tx:
        return publish_notice(tx, office_by_code(tx, "lz"), NEXT_YEAR, officer_by_login(tx, by), hall.now)[1]


def test_open_dates_follow_the_notice(hall: Hall) -> None:
    case_id = hall.at("2026-12-08").accepted()  # statutory 20 wd reaches into January
    before = hall.clock(case_id, "statutory")
    assert before.provisional
    assert not hall.clock(case_id, "promised").provisional
    assert hall.flaws(case_id) == []
    hall.at("2026-12-10", "10:00")
    assert imports(hall) == 1
    hall.duties()
    after = hall.clock(case_id, "statutory")
    assert not after.provisional
    assert after.due_on == hall.time.calendar.add(date(2026, 12, 8), 20).on
    assert after.due_on > before.due_on, "4 January became a day off"
    j, p = tables.journal, tables.payloads
    with hall.database.reading() as tx:
        body = tx.value(
            sa.select(p.c.body).join(j, sa.and_(j.c.stream == p.c.stream, j.c.n == p.c.n)).where(j.c.act == "recount")
        )
    moved = json.loads(body)["moved"]
    assert [m["clock"] for m in moved] == ["statutory"]
    assert moved[0]["to"] == after.due_on.isoformat()
    assert hall.flaws(case_id) == []


def test_only_an_administrator_and_only_once(hall: Hall) -> None:
    with pytest.raises(ActNotAllowed):
        imports(hall, by="zhao")
    imports(hall)
    with pytest.raises(NoticeKnown):
        imports(hall)


def test_notices_of_a_new_release_count_anew_too(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    """A release that ships next year's notice: at its first start the open dates follow, and at the next nothing happens."""
    case_id = hall.at("2026-12-08").accepted()
    shipped = (*shipped_notices(), parse_notice(NEXT_YEAR))
    monkeypatch.setattr(import_module("engine.people.offices"), "shipped_notices", lambda: shipped)
    with hall.at("2026-12-10", "10:00").database.writing() as tx:
        assert bring_shipped_notices(tx, hall.now) == 1
    hall.duties()
    assert hall.clock(case_id, "statutory").due_on == hall.time.calendar.add(date(2026, 12, 8), 20).on
    assert not hall.clock(case_id, "statutory").provisional
    assert hall.flaws(case_id) == []
    with hall.database.writing() as tx:
        assert bring_shipped_notices(tx, hall.now) == 0


def test_a_notice_of_a_region_without_an_office_is_a_mistake(hall: Hall) -> None:
    """A wrong code would be kept and nobody's days would follow it."""
    notice = {**NEXT_YEAR, "region": "CN-51-34"}
    with hall.database.writing() as tx, pytest.raises(NoticeOfNoOffice):
        publish_notice(tx, hall.office, notice, officer_by_login(tx, "feng"), hall.now)
    with hall.database.writing() as tx:
        tx.execute(tables.offices.update().where(tables.offices.c.code == "qy").values(region="CN-51-34-01"))
        publish_notice(tx, hall.office, notice, officer_by_login(tx, "feng"), hall.now)


def test_whose_administrator_he_must_be(hall: Hall) -> None:
    """The city's may bring one in for its county, the county's not for the city; what it says is not read before."""
    hall.hire("qy-admin", "qy-900", like="qy-bai", roles=["admin"])
    with hall.database.writing() as tx:
        city, county = office_by_code(tx, "lz"), office_by_code(tx, "qy")
        for of, login in ((city, "qy-admin"), (city, "zhao"), (county, "zhao")):
            with pytest.raises(ActNotAllowed):
                publish_notice(tx, of, b"nothing", officer_by_login(tx, login), hall.now)
        with pytest.raises(NoticeNotValid):
            publish_notice(tx, county, b"nothing", officer_by_login(tx, "feng"), hall.now)


def test_deemed_acceptance_follows_too(hall: Hall) -> None:
    """Received 28 December: the five days run into January; the notice takes 1 and 4 January away, so silence accepts later."""
    case_id = hall.at("2026-12-28").file("GH02").case_id
    imports(hall)
    hall.duties()
    due = hall.clock(case_id, "notice").due_on
    assert due == hall.time.calendar.add(date(2026, 12, 28), 5).on == date(2027, 1, 6)
    hall.at("2027-01-06", "23:00").duties()
    assert hall.case(case_id).phase == "received"
    hall.at("2027-01-07", "06:00").duties()
    assert hall.case(case_id).accepted_on == date(2026, 12, 28)


def test_working_day_timers_of_a_process_follow(hall: Hall) -> None:
    """A drawn wait of six working days, counted again when the calendar comes."""
    hall.hire("all", "x-1", like="zhao", roles=["clerk", "reviewer", "approver"])
    nodes = "start:start intake:intake(accept) pause:timer=6wd decide:decide(grant) deliver:deliver end:end"
    flows = "start>intake intake>pause pause>decide decide>deliver deliver>end"
    with hall.database.writing() as tx:
        publish(tx, office_by_code(tx, "lz"), matter("QT01", nodes, flows), officer_by_login(tx, "wu"), "", hall.now)
    case_id = hall.at("2026-12-28").file("QT01").case_id
    hall.does("all", case_id, "intake", "accept")
    imports(hall)
    hall.duties()
    hall.at("2027-01-05", "18:00").duties()
    assert hall.pool("all") == [], "by weekends alone the wait would be over on 5 January"
    hall.at("2027-01-07", "18:00").duties()
    assert hall.pool("all") == ["decide"]
    assert hall.flaws(case_id) == []


# ---------------------------------------------------------------- all cases, some at a time
SHOWN = ("due_on", "due_at", "provisional", "lamp", "alert_at")


def running(hall: Hall) -> dict[int, Any]:
    c = tables.clocks
    with hall.database.reading() as tx:
        return {r.id: r for r in tx.rows(sa.select(c).where(c.c.state == "running").order_by(c.c.id))}


def recounts(hall: Hall) -> dict[int, list[dict[str, Any]]]:
    """What was told of each case."""
    j, p = tables.journal, tables.payloads
    joined = sa.select(j.c.stream, p.c.body).join(p, sa.and_(p.c.stream == j.c.stream, p.c.n == j.c.n))
    told: dict[int, list[dict[str, Any]]] = {}
    with hall.database.reading() as tx:
        for row in tx.rows(joined.where(j.c.act == "recount").order_by(j.c.stream, j.c.n)):
            told.setdefault(int(row.stream.removeprefix("case:")), []).append(json.loads(row.body))
    return told


def busy_december(hall: Hall, rng: random.Random) -> list[int]:
    """Cases of every age: received, accepted, paused, prolonged, in another matter, one with a timer of working days."""
    nodes = "start:start intake:intake(accept) pause:timer=6wd decide:decide(grant) deliver:deliver end:end"
    flows = "start>intake intake>pause pause>decide decide>deliver deliver>end"
    hall.hire("all", "x-1", like="zhao", roles=["clerk", "reviewer", "approver"])
    with hall.database.writing() as tx:
        publish(tx, office_by_code(tx, "lz"), matter("QT01", nodes, flows), officer_by_login(tx, "wu"), "", hall.now)
    made = list[int]()
    for day in sorted(rng.choices(range(1, 29), k=6)):
        hall.at(f"2026-12-{day:02}")
        made += [hall.accepted(), hall.file("GH02").case_id, hall.accepted("XF01")]
        if rng.random() < 0.5:
            hall.acts("sun", made[-3], "extend", span=f"{rng.randrange(1, 11)}wd", reason="情况复杂")
    timed = hall.file("QT01").case_id
    hall.does("all", timed, "intake", "accept")
    return [*made, timed]


def test_every_clock_is_what_it_is_when_counted_alone(hall: Hall) -> None:
    """Twenty cases of every age, some of whose lamps are due; what is told of each is what moved."""
    busy_december(hall, random.Random(2))
    hall.at("2026-12-28", "16:00").duties()
    before = running(hall)
    hall.at("2026-12-28", "17:30")
    imports(hall)
    hall.duties()
    after = running(hall)
    assert after.keys() == before.keys()
    moved: dict[int, list[dict[str, Any]]] = {}
    for row in after.values():
        clock, was = Clock.from_json(row.clock), before[row.id]
        due, state = clock.due(hall.time), lamp(clock, hall.time, hall.now)
        assert (row.due_on, row.provisional) == ((due.on, due.provisional) if due else (None, False))
        assert (row.due_at, row.lamp, row.alert_at) == (clock.due_at(hall.time), state.lamp, state.next_at)
        if (row.due_on, row.provisional) != (was.due_on, was.provisional):
            told = {"clock": row.kind, "subject": row.subject, "provisional": row.provisional}
            days = {"from": was.due_on.isoformat(), "to": row.due_on.isoformat()}
            moved.setdefault(row.case_id, []).append({**told, **days})
    told_of = recounts(hall)
    assert len(moved) > 5
    assert {one: told[0]["moved"] for one, told in told_of.items() if told[0]["moved"]} == moved
    assert all(len(told) == 1 for told in told_of.values())
    assert [flaw for case_id in {row.case_id for row in after.values()} for flaw in hall.flaws(case_id)] == []


def test_whoever_dies_on_the_way_is_followed_by_another(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    """It had counted half of them and told nobody; the next begins where its job began, and nothing is told twice."""
    cases = [hall.at("2026-12-08").accepted() for _ in range(6)]
    for name, some in (("SOME", 4), ("TOGETHER", 2)):
        monkeypatch.setattr(import_module("engine.supervision.recount"), name, some)
    hall.at("2026-12-08", "10:00")
    imports(hall)
    job = jobs.take(hall.database, hall.now, only=["recount_all"])
    assert job is not None
    errand = recounting(hall.database)
    with hall.database.reading() as tx:
        found = errand.ready(tx, job, hall.now)
    assert list(found.case_ids) == cases[:4]
    errand.go(found, hall.now)  # and dies before it is back
    assert sorted(recounts(hall)) == cases[:4]
    hall.duties()
    assert sorted(recounts(hall)) == cases[:4], "its lease has not run out"
    hall.later(minutes=6).duties()
    told = recounts(hall)
    assert sorted(told) == cases
    assert [len(rows) for rows in told.values()] == [1] * 6
    assert [flaw for case_id in cases for flaw in hall.flaws(case_id)] == []


def test_who_was_at_work_when_the_notice_came_is_seen_at_the_second_look(hall: Hall) -> None:
    """His act had read the old calendar and is kept after all had been counted."""
    case_id = hall.at("2026-12-08").accepted()
    old = hall.clock(case_id, "statutory")
    hall.at("2026-12-08", "10:00")
    imports(hall)
    hall.duties()
    new = hall.clock(case_id, "statutory")
    assert new.due_on > old.due_on
    with hall.database.writing() as tx:
        c = tables.clocks
        was = {name: getattr(old, name) for name in SHOWN}
        tx.execute(c.update().where(c.c.id == old.id).values(**was))
    hall.later(minutes=4).duties()
    assert hall.clock(case_id, "statutory").due_on == old.due_on
    hall.later(minutes=2).duties()
    assert hall.clock(case_id, "statutory").due_on == new.due_on
    with hall.database.reading() as tx:
        assert jobs.backlog(tx, hall.later(days=1).now).due == 0


# ---------------------------------------------------------------- the time proof of what runs
def told(hall: Hall, login: str = "wu") -> list[str]:
    with hall.database.reading() as tx:
        return [m.text for m in inbox(tx, hall.officer(login))]


def test_the_designer_hears_once_which_promise_no_longer_holds(hall: Hall) -> None:
    """Six weeks off in March: thirty calendar days pass in them, six working days do not. What counts in working days alone holds
    whatever the calendar says, and what did not hold before is no news (ZJ04)."""
    march = [(date(2027, 3, 1) + timedelta(n)).isoformat() for n in range(42)]
    off = NEXT_YEAR["off"] + [day for day in march if date.fromisoformat(day).weekday() < 5]  # type: ignore[operator]
    with hall.at("2026-12-10", "10:00").database.writing() as tx:
        publish_notice(tx, hall.office, {**NEXT_YEAR, "off": sorted(off)}, officer_by_login(tx, "feng"), hall.now)
    assert told(hall) == []
    hall.duties()
    lines = told(hall)
    assert {line.split()[0] for line in lines} == {"AJ01", "HP01", "HP02"}
    line = next(line for line in lines if line.startswith("HP02"))
    assert line.startswith(
        "HP02 环境影响报告表审批：按放假通知 测试〔2026〕1号 重新核算，各环节都按时限办也守不住了。2027-02-26 收到的件"
    )
    assert told(hall, "zhao") == []
    with hall.database.writing() as tx:
        assert prove_all_again(tx, parse_notice({**NEXT_YEAR, "off": sorted(off)}), hall.now) == 0
    hall.later(days=1).duties()
    assert told(hall) == lines


def test_an_ordinary_notice_breaks_no_promise(hall: Hall) -> None:
    hall.at("2026-12-10", "10:00")
    imports(hall)
    hall.duties()
    assert told(hall) == []
