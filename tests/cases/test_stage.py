"""A stage of joint approval: its matters are cases of their own, heard by message, clocks by the law's arithmetic."""

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from engine.cases import ActNotUnderstood, MatterOfStage, case_facts, consequences, look_at, matters_of, open_child
from engine.cases.decisions import StillMissing
from engine.cases.stage import MattersOpen, NotStartableTolerantly, all_paused, demand_concluded
from engine.store import tables
from tests.hall import Hall
from tests.joint import Joint, step


def filed(hall: Hall, **answers: Any) -> Joint:
    """The first stage of the filing route, for land that is auctioned."""
    return Joint.filing(hall.at("2026-03-02"), **{"land": "auctioned", **answers})


def test_one_acceptance_accepts_every_matter_that_is_not_held_back(hall: Hall) -> None:
    stage = filed(hall)
    hall.at("2026-03-03")
    stage.accepted(held=[{"matter": "ZR01", "reason": "等待土地市场公告"}])
    mandatory = {code: stage.words()[code] for code in ("TZ01", "ZR01", "GH02")}
    assert mandatory == {"TZ01": "办理中", "ZR01": "暂缓", "GH02": "等待前置"}
    assert {stage.words()[code] for code in ("HP02", "SL01")} == {"等待前置"}
    one = stage.child("TZ01")
    assert (one.phase, one.accepted_on, one.acceptance_mode) == ("accepted", date(2026, 3, 3), "joint")
    assert one.received_on == date(2026, 3, 2)
    promised, statutory = (hall.clock(stage.filed.case_id, kind) for kind in ("stage_promised", "stage_statutory"))
    assert (promised.due_on, statutory.due_on) == (date(2026, 3, 24), date(2026, 5, 9))
    hall.at("2026-03-06").acts("chen", stage.filed.case_id, "release_matter", matter="ZR01")
    hall.duties()
    released = stage.child("ZR01")
    assert (released.accepted_on, released.received_on) == (date(2026, 3, 6), date(2026, 3, 6))
    assert stage.flaws() == []


def test_a_stage_from_filing_to_its_end(hall: Hall) -> None:
    stage = filed(hall)
    stage.accepted()
    stage.ends("TZ01")
    assert stage.words()["GH02"] == "等待前置", "the land contract is not there yet"
    assert stage.words()["HP02"] == "办理中", "the stage does not wait for it"
    hall.at("2026-03-10")
    stage.ends("ZR01")
    assert stage.words()["GH02"] == "办理中", "its prerequisites are granted"
    project = [m for m in hall.rows(tables.materials, stage.child("GH02").id) if m.key == "project_approval"]
    assert [(m.state, m.source_id) for m in project] == [("brought", stage.child("TZ01").id)], "without an upload"
    assert hall.clock(stage.filed.case_id, "stage_promised") is not None
    hall.at("2026-03-12")
    stage.ends("GH02")
    assert hall.clock(stage.filed.case_id, "stage_promised") is None, "all mandatory matters have ended"
    hall.at("2026-03-16")
    stage.concludes()
    row = hall.case(stage.filed.case_id)
    assert (row.phase, row.result, row.decided_on) == ("closed", "granted", date(2026, 3, 16))
    stopped = [c for c in hall.rows(tables.clocks, row.id) if c.kind == "stage_statutory"]
    assert stopped[0].clock["stopped_on"] == "2026-03-12"
    assert stage.flaws() == []


def test_a_refusal_stops_only_what_depends_on_it(hall: Hall) -> None:
    stage = filed(hall)
    stage.accepted()
    with hall.database.reading() as tx:
        told = consequences(look_at(tx, stage.filed.case_id, hall.now), "TZ01")
    assert [(c.code, c.started) for c in told] == [("GH02", False), ("HP02", False), ("SL01", False)]
    stage.ends("TZ01", "refuse")
    words = stage.words()
    assert words["ZR01"] == "办理中"
    assert {words[code] for code in ("GH02", "HP02", "SL01")} == {"未启动（前置事项 TZ01 未获准予）"}
    stage.ends("ZR01")
    stage.concludes()
    assert hall.case(stage.filed.case_id).result == "partly"
    assert stage.flaws() == []


def test_summing_up_waits_for_every_matter(hall: Hall) -> None:
    stage = filed(hall)
    stage.accepted()
    with hall.database.reading() as tx, pytest.raises(MattersOpen):
        demand_concluded(look_at(tx, stage.filed.case_id, hall.now))


def test_a_tolerant_start_needs_a_rule(hall: Hall) -> None:
    stage = filed(hall)
    with pytest.raises(NotStartableTolerantly):
        stage.accepted(tolerant=["GH02"])
    assert stage.words() == {}, "nothing half done"
    assert hall.case(stage.filed.case_id).phase == "received"


def test_what_is_not_in_the_stage_cannot_be_held(hall: Hall) -> None:
    with pytest.raises(ActNotUnderstood) as wrong:
        filed(hall).accepted(held=[{"matter": "ZZ99", "reason": "?"}])
    assert "本阶段没有事项“ZZ99”" in wrong.value.faults[0].sentence


def test_jobs_may_run_twice(hall: Hall) -> None:
    stage = filed(hall)
    stage.accepted()
    j = tables.jobs
    with hall.database.writing() as tx:
        tx.execute(j.update().values(state="waiting", leased_until=None))
    hall.duties()
    assert stage.words()["TZ01"] == "办理中"
    assert stage.child("TZ01").accepted_on is not None  # one, or it raises
    stage.ends("TZ01")
    before = hall.acts_of(stage.filed.case_id)
    with hall.database.writing() as tx:
        tx.execute(j.update().values(state="waiting", leased_until=None))
    hall.duties()
    assert hall.acts_of(stage.filed.case_id) == before
    assert stage.flaws() == []


def test_the_stage_pauses_only_while_every_open_matter_does(hall: Hall) -> None:
    stage = filed(hall)
    hall.at("2026-03-03")
    stage.accepted(held=[{"matter": "TZ01", "reason": "补正中"}])
    case_id = stage.child("ZR01").id
    hall.at("2026-03-04")
    hall.acts("sun", case_id, "start_special", ground="auction", planned="10wd", reason="土地拍卖")
    hall.duties()
    assert hall.clock(stage.filed.case_id, "stage_promised").lamp == "grey"
    with hall.database.reading() as tx:
        shown = case_facts(tx, hall.officer("chen"), stage.filed.case_id, hall.now).time
    assert (shown.due, shown.margin) == ("", "法定 45 个工作日"), (
        "no day is known while it is paused without a planned length"
    )
    hall.at("2026-03-09").acts("sun", case_id, "end_special", result="通过")
    hall.duties()
    promised = hall.clock(stage.filed.case_id, "stage_promised")
    assert promised.due_on == date(2026, 3, 27), "three working days later: 5, 6 and 9 March are not counted"
    assert stage.flaws() == []


def test_a_withdrawn_stage_takes_its_matters_with_it(hall: Hall) -> None:
    stage = filed(hall)
    stage.accepted()
    hall.applicant(stage.filed.case_id, "withdraw")
    hall.duties()
    assert {hall.case(stage.child(code).id).phase for code in ("TZ01", "ZR01")} == {"withdrawn"}
    assert hall.case(stage.filed.case_id).phase == "withdrawn"
    assert stage.words()["GH02"] == "未启动"
    assert stage.flaws() == []


def test_a_matter_ends_with_its_stage_whenever_it_hears_of_it(hall: Hall) -> None:
    """The workers stood still over the weekend; on one matter somebody had worked on, not knowing."""
    stage = filed(hall)
    stage.accepted()
    hall.at("2026-03-06", "16:00").applicant(stage.filed.case_id, "withdraw")
    withdrawn_at = hall.now
    hall.at("2026-03-07")
    step(hall, stage.child("ZR01").id)
    worked_at = hall.now
    hall.at("2026-03-10").duties()
    assert [hall.case(stage.child(code).id).closed_at for code in ("TZ01", "ZR01")] == [withdrawn_at, worked_at]
    stopped = [c.clock["stopped_on"] for c in hall.rows(tables.clocks, stage.child("TZ01").id) if c.kind == "statutory"]
    assert stopped == ["2026-03-06"]
    assert stage.matters()["TZ01"].ended_on == date(2026, 3, 6)
    assert stage.flaws() == []


def test_a_stage_that_ends_takes_what_it_has_not_heard_of_yet(hall: Hall) -> None:
    """Withdrawn before any message came: no case is opened afterwards, and one that was opened goes with it."""
    early = filed(hall)
    hall.does("chen", early.filed.case_id, "intake", "accept")
    hall.applicant(early.filed.case_id, "withdraw")
    hall.duties()
    assert {m.ending for m in early.matters().values()} == {"not_started"}
    c = tables.cases
    with hall.database.reading() as tx:
        assert tx.rows(sa.select(c.c.id).where(c.c.master_id == early.filed.case_id)) == []
    late = filed(hall)
    hall.does("chen", late.filed.case_id, "intake", "accept")
    with hall.database.writing() as tx:
        at = hall.case(late.filed.case_id).accepted_at.isoformat()
        open_child(tx, late.filed.case_id, {"matter": "TZ01", "tolerant": False, "at": at}, hall.now)
    assert late.matters()["TZ01"].child_id is None, "the stage has not heard of it"
    hall.applicant(late.filed.case_id, "withdraw")
    hall.duties()
    assert late.child("TZ01").phase == "withdrawn"
    assert early.flaws() == late.flaws() == []


def test_a_matter_that_nobody_needs_is_dropped(hall: Hall) -> None:
    stage = filed(hall)
    stage.accepted()
    assert stage.words()["GH02"] == "等待前置"
    hall.acts("chen", stage.filed.case_id, "drop_matter", matter="GH02", reason="申请人放弃")
    stage.ends("TZ01")
    stage.ends("ZR01")
    stage.concludes()
    assert hall.case(stage.filed.case_id).result == "partly"
    assert stage.flaws() == []


def test_spans_in_which_every_open_matter_is_paused() -> None:
    def matter(opened: int, ended: int | None, *pauses: tuple[int, int | None]) -> Any:
        day = lambda n: None if n is None else date(2026, 3, n)  # noqa: E731
        spans = tuple((day(s), day(e)) for s, e in pauses)
        ending = "granted" if ended else None
        fixed = (1, "t", "AA01", False, "open", "", False, None, day(opened), None, 0)
        return MatterOfStage(*fixed, spans, ending, None, day(ended))  # type: ignore[arg-type]

    def spans(*matters: Any) -> list[tuple[int, int | None]]:
        return [(s.day, e.day if e else None) for s, e in all_paused(matters)]

    assert spans() == []
    assert spans(matter(2, None)) == []
    assert spans(matter(2, None, (4, 9))) == [(4, 9)]
    assert spans(matter(2, None, (4, None)), matter(2, 6)) == [(6, None)], "from the day after the other one ended"
    assert spans(matter(2, None, (4, 10)), matter(2, None, (6, 12))) == [(6, 10)]
    assert spans(matter(2, None, (4, 10)), matter(8, None)) == [(4, 8)], "one that opens later goes on from its own day"
    assert spans(matter(2, None, (4, 6), (6, 8))) == [(4, 8)]


def test_matters_of_a_case_of_its_own(hall: Hall) -> None:
    case_id = hall.at("2026-03-02").accepted("GH02")
    with hall.database.reading() as tx:
        assert matters_of(tx, case_id) == []
    assert step(hall, case_id).phase == "accepted"


def test_a_tolerant_start_is_one_no_longer_when_the_result_is_there(hall: Hall) -> None:
    stage = filed(hall)
    stage.accepted(tolerant=["HP02"])
    started = stage.matters()["HP02"]
    assert (started.state, started.tolerant, started.reason) == (
        "open",
        True,
        "容缺启动，等待：企业投资项目备案或企业投资项目核准",
    )
    approval = [m for m in hall.rows(tables.materials, stage.child("HP02").id) if m.key == "project_approval"]
    assert [m.state for m in approval] == ["promised"]
    decided = hall.at("2026-03-03", "15:20").now
    stage.decides("TZ01")
    hall.at("2026-03-05").duties()
    converted = stage.matters()["HP02"]
    assert (converted.state, converted.tolerant, converted.reason) == ("open", False, "")
    assert hall.acts_of(stage.filed.case_id).count("convert_matter") == 1
    approval = [m for m in hall.rows(tables.materials, stage.child("HP02").id) if m.key == "project_approval"]
    told = [(m.state, m.source_id, m.brought_at) for m in approval]
    assert told == [("brought", stage.child("TZ01").id, decided)], "since it was decided, not since the worker came"
    assert stage.flaws() == []


def test_a_tolerant_start_converts_by_a_result_of_another_stage(hall: Hall) -> None:
    """The second stage starts the design before the land permit of the first one; nothing else waits in it."""
    first = Joint.filing(hall.at("2026-03-02"), project="P-1", land="auctioned").accepted()
    second = Joint.filing(hall, "BA02", project="P-1").accepted(tolerant=["GH03"])
    with hall.database.writing() as tx:  # only what was started tolerantly is left
        s = tables.stage_matters
        tx.execute(
            s.update()
            .where(s.c.case_id == second.filed.case_id, s.c.state == "waiting")
            .values(state="held", reason="")
        )
    assert second.matters()["GH03"].tolerant
    for code in ("TZ01", "ZR01", "GH02"):
        first.ends(code)
    assert not second.matters()["GH03"].tolerant


def test_what_counts_from_receipt_counts_from_the_complete_papers(hall: Hall) -> None:
    """A corrected stage: its matters were received with the correction, as a matter of its own would be."""
    stage = filed(hall)
    items = [{"material": "project", "problem": "没有盖章"}]
    hall.does("chen", stage.filed.case_id, "intake", "request_correction", items=items)
    hall.at("2026-03-05").applicant(stage.filed.case_id, "receive_correction", materials=["project"], channel="web")
    stage.accepted()
    child = stage.child("TZ01")
    assert (child.received_on, child.accepted_on) == (date(2026, 3, 5), date(2026, 3, 5))
    assert hall.clock(child.id, "promised").due_on == date(2026, 3, 5), "the same day is not over before it began"


def test_a_result_that_is_revoked_leaves_a_gap_where_it_was_a_material(hall: Hall) -> None:
    """Not decided yet: nothing can be granted. Decided already: it stays, and the record says on what it was built."""
    stage = filed(hall)
    stage.accepted()
    stage.ends("TZ01")
    stage.ends("ZR01")
    stage.ends("HP02")
    land, built = stage.child("GH02").id, stage.child("HP02").id
    hall.hire("head", "x-9", like="he", roles=["head"])
    hall.acts("head", stage.child("TZ01").id, "revoke", reasons="以欺骗手段取得", basis="行政许可法 第69条")
    hall.duties()
    assert hall.case(stage.child("TZ01").id).result == "revoked"
    papers = {m.key: m.state for m in hall.rows(tables.materials, land)}
    assert papers["project_approval"] == "promised"
    assert "result_revoked" in hall.acts_of(land)
    assert "result_revoked" in hall.acts_of(built)
    assert hall.case(built).result == "granted"
    with pytest.raises(StillMissing):
        stage.ends("GH02")
    assert stage.flaws() == []
