"""How far a case has come on its diagram, read from what the journal told."""

from __future__ import annotations

from datetime import date

from engine.catalogue import publish
from engine.clock import Lamp
from engine.people import office_by_code, officer_by_login
from engine.reports import Course, State, Stop, course
from tests.drawings import PARALLEL, matter
from tests.hall import Hall

EXPERTS = {"ground": "expert_review", "planned": "10wd", "reason": "新技术"}


def came(hall: Hall, case_id: int) -> Course:
    with hall.database.reading() as tx:
        return course(tx, case_id, hall.now)


def states(shown: Course) -> dict[str, str]:
    return {key: str(stop.state) for key, stop in shown.stops.items()}


def test_from_filing_to_the_step_where_it_is(hall: Hall) -> None:
    case_id = hall.at("2026-03-02").accepted("XF01")
    hall.at("2026-03-03").does("xu", case_id, "review", "pass")
    shown = came(hall, case_id)
    assert states(shown) == {
        "filed": "done",
        "intake": "done",
        "after_intake": "done",
        "review": "done",
        "expert_start": "now",
    }
    assert shown.stops["review"] == Stop(State.DONE, date(2026, 3, 3), "许诺")
    assert shown.stops["filed"].who == ""
    here = shown.stops["expert_start"]
    assert (here.who, here.words, here.lamp) == ("", "剩 1 日", Lamp.GREEN)
    assert shown.taken == {"to_intake", "intake_done", "accepted", "reviewed"}
    hall.claim("gao", case_id, "expert_start")
    assert came(hall, case_id).stops["expert_start"].who == "高远"


def test_the_way_taken_at_a_parting(hall: Hall) -> None:
    case_id = hall.at("2026-03-02").accepted("XF01")
    hall.does("xu", case_id, "review", "pass")
    hall.does("gao", case_id, "expert_start", "start", **EXPERTS)
    shown = came(hall, case_id)
    assert "expert_started" in shown.taken
    assert "expert_skipped" not in shown.taken
    assert (shown.stops["expert_end"].words, shown.stops["expert_end"].lamp) == ("暂停 专家评审", Lamp.GREY)


def test_round_by_the_applicant_and_back(hall: Hall) -> None:
    case_id = hall.file("GH02", missing=("land_contract",)).case_id
    items = [{"material": "land_contract", "problem": "没有提交"}]
    hall.does("zhao", case_id, "intake", "request_correction", items=items)
    asked = came(hall, case_id)
    assert states(asked)["correction"] == "now"
    assert states(asked)["intake"] == "done"
    hall.applicant(case_id, "receive_correction", materials=["land_contract"], channel="web")
    back = came(hall, case_id)
    assert (states(back)["correction"], states(back)["intake"]) == ("done", "now")
    assert "corrected" in back.taken


def test_late_where_a_clock_has_run_out(hall: Hall) -> None:
    case_id = hall.at("2026-03-02").accepted()
    hall.at("2026-03-09").duties()
    stop = came(hall, case_id).stops["review"]
    assert (stop.state, stop.words, stop.lamp) == (State.LATE, "超环节时限 3 日", Lamp.RED)


def test_inside_a_part_it_stands_at_the_step_that_calls_it(hall: Hall) -> None:
    case_id = hall.at("2026-03-02").accepted()
    hall.does("qian", case_id, "review", "pass")
    hall.does("sun", case_id, "decide", "grant")
    shown = came(hall, case_id)
    called = next(k for k, s in shown.stops.items() if s.state is State.NOW)
    drawn = shown.version.content.diagram.processes[shown.version.content.diagram.main].nodes[called]
    assert drawn.kind == "callActivity"
    hall.claim("zhao", case_id, "certificate")
    assert came(hall, case_id).stops[called].who == "赵敏"


def test_two_branches_and_a_join_that_waits(hall: Hall) -> None:
    with hall.database.writing() as tx:
        publish(tx, office_by_code(tx, "lz"), matter("QQ01", **PARALLEL), officer_by_login(tx, "wu"), "", hall.now)
    case_id = hall.file("QQ01").case_id
    hall.does("zhao", case_id, "intake", "accept")
    hall.does("qian", case_id, "prepare", "pass")
    both = states(came(hall, case_id))
    assert [key for key, state in both.items() if state == "now"] == ["a", "b"]
    hall.does("li", case_id, "b", "pass")
    one = states(came(hall, case_id))
    assert one["a"] == "now"
    assert one["b"] == "done"
    main = came(hall, case_id).version.content.diagram
    joins = [n.id for n in main.processes[main.main].nodes.values() if n.kind == "parallelGateway" and n.id in one]
    assert all(one[key] == "done" for key in joins), "a join is nowhere to stand"


def test_withdrawn_it_stands_nowhere(hall: Hall) -> None:
    case_id = hall.accepted()
    hall.applicant(case_id, "withdraw", reason="不办了")
    assert "now" not in states(came(hall, case_id)).values()


def test_closed_it_has_come_to_the_end(hall: Hall) -> None:
    case_id = hall.at("2026-03-02").accepted()
    hall.does("qian", case_id, "review", "pass")
    hall.does("sun", case_id, "decide", "grant")
    hall.does("zhao", case_id, "certificate", "made")
    hall.does("zhao", case_id, "deliver", "delivered", method="pickup", receiver="王强")
    shown = came(hall, case_id)
    assert set(states(shown).values()) == {"done"}
    main = shown.version.content.diagram.processes[shown.version.content.diagram.main]
    ends = [n.id for n in main.nodes.values() if n.kind == "endEvent" and n.id in shown.stops]
    assert len(ends) == 1
