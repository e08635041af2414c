"""Departments together on one case: the countersign by every rule, its rounds and its list; opinions and silence."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from engine.cases import TaskOver, claim, complete, opinions_on, opinions_owed, return_targets, send_back, signers_of
from engine.cases.joint import OpinionOwed, SignerKnown, SignerNotRemovable, SignerOnlySigns
from engine.catalogue import publish
from engine.diagrams.pattern import standard
from engine.people import office_by_code, officer_by_login
from engine.store import journal, tables
from tests.hall import Hall
from tests.joint import step

FORM = {"type": "default", "schemaVersion": 16, "components": [{"type": "textfield", "key": "name", "label": "名称"}]}
GUIDE = """code: XC01
name: 会签事项
department: nr
type: "{type}"
kind: promised
two_person: false
basis: {{text: 示例数据, src: P}}
limits:
  promised: {{lim: [15, wd, accepted], src: P}}
  statutory: {{lim: [20, wd, accepted], src: P}}
materials: [{{key: application, name: 申请表, rule: R, src: P}}]
fee: {{text: 不收费, src: P}}
result: {{name: 结果}}
channels: [window, web]
"""
SIGNERS = {"ee": "li", "hurd": "xu", "ndrc": "he"}


def accepted(hall: Hall, signers: str, rule: str, more: str = "", *, kind: str = "10") -> int:
    """A case that has come to its countersign."""
    text = f"intake 受理 nr nr-1\ncountersign 会签 nr 3wd signers={signers} rule={rule} {more}\n"
    text += "check 审核 nr returns\ndecide 决定 nr\ncertificate"
    drawn = standard("XC01", "会签事项", text)
    form = json.dumps({**FORM, "id": "application"}).encode()
    with hall.database.writing() as tx:
        f, b = tables.version_files, tables.blobs
        rows = tx.rows(sa.select(f.c.name, b.c.body).join(b, b.c.digest == f.c.digest).where(f.c.name.like("parts/%")))
        bundle = {"guide.yaml": GUIDE.format(type=kind).encode(), "matter.bpmn": drawn, "forms/application.json": form}
        publish(
            tx,
            office_by_code(tx, "lz"),
            {**bundle, **{r.name: r.body for r in rows}},
            officer_by_login(tx, "wu"),
            "",
            hall.now,
        )
    case_id = hall.file("XC01", by="zhao", answers={"name": "一"}).case_id
    hall.does("zhao", case_id, "intake", "accept")
    return case_id


def asked(hall: Hall, case_id: int) -> dict[str, Any]:
    """The tasks of the signers who are asked, by department."""
    t, d = tables.tasks, tables.departments
    with hall.database.reading() as tx:
        rows = tx.rows(
            sa.select(t.c.id, d.c.code)
            .join(d, d.c.id == t.c.department_id)
            .where(t.c.case_id == case_id, t.c.kind == "countersign", t.c.state.in_(["open", "claimed"]))
        )
        return {r.code: r.id for r in rows}


def signs(hall: Hall, case_id: int, department: str, verdict: str = "agree", opinion: str = "") -> None:
    task_id = asked(hall, case_id)[department]
    with hall.database.writing() as tx:
        claim(tx, officer_by_login(tx, SIGNERS[department]), task_id, now=hall.now)
        given = {"opinion": opinion or ("" if verdict == "agree" else "须满足条件")}
        complete(
            tx, officer_by_login(tx, SIGNERS[department]), task_id, verdict, answers={}, details=given, now=hall.now
        )


def outcome(hall: Hall, case_id: int) -> str | None:
    """What the countersign came to, None while it is open."""
    with hall.database.reading() as tx:
        told = [
            r.payload
            for r in journal.read(tx, journal.Stream("case", case_id))
            if r.act in ("countersign", "remove_signer")
        ]
        return next((str(p["settles"]) for p in reversed(told) if p and p.get("settles")), None)


def test_all_sign_and_one_objection_objects(hall: Hall) -> None:
    case_id = accepted(hall, "ee,hurd,ndrc", "all")
    assert set(asked(hall, case_id)) == {"ee", "hurd", "ndrc"}
    signs(hall, case_id, "ee")
    signs(hall, case_id, "hurd", "object")
    assert outcome(hall, case_id) is None, "all are heard"
    signs(hall, case_id, "ndrc", "conditions")
    assert outcome(hall, case_id) == "object"
    with hall.database.reading() as tx:
        rows = signers_of(tx, case_id)
    assert [(r.department, r.verdict, r.signer != "") for r in rows] == [
        ("生态环境局", "agree", True),
        ("住房和城乡建设局", "object", True),
        ("发展和改革委员会", "conditions", True),
    ]
    assert hall.flaws(case_id) == []


def test_any_first_signature_is_the_answer(hall: Hall) -> None:
    case_id = accepted(hall, "ee,hurd", "any")
    late = asked(hall, case_id)["ee"]
    signs(hall, case_id, "hurd", "conditions")
    assert outcome(hall, case_id) == "conditions"
    assert asked(hall, case_id) == {}
    with hall.database.writing() as tx, pytest.raises(TaskOver):
        claim(tx, officer_by_login(tx, "li"), late, now=hall.now)
    assert hall.flaws(case_id) == []


def test_in_turn_one_after_another(hall: Hall) -> None:
    case_id = accepted(hall, "ee,hurd,ndrc", "in_turn")
    order = []
    for department in ("ee", "hurd"):
        order.append(set(asked(hall, case_id)))
        signs(hall, case_id, department)
    assert order == [{"ee"}, {"hurd"}]
    signs(hall, case_id, "ndrc", "object")
    assert outcome(hall, case_id) == "object"
    assert hall.flaws(case_id) == []


@pytest.mark.parametrize(
    ("verdicts", "told"),
    [
        ((("ee", "agree"), ("hurd", "agree")), "agree"),  # 1 + 2 of 4 carry it before the last one signs
        ((("hurd", "object"),), "object"),  # 2 are left, 3 are needed
        ((("ndrc", "object"), ("hurd", "conditions"), ("ee", "agree")), "conditions"),
    ],
)
def test_a_weighted_vote_ends_early(hall: Hall, verdicts: tuple[tuple[str, str], ...], told: str) -> None:
    case_id = accepted(hall, "ee,hurd:2,ndrc", "vote", "threshold=3")
    for number, (department, verdict) in enumerate(verdicts, 1):
        assert outcome(hall, case_id) is None, number
        signs(hall, case_id, department, verdict)
    assert outcome(hall, case_id) == told
    assert asked(hall, case_id) == {}
    assert hall.flaws(case_id) == []


def test_a_second_round_after_a_return(hall: Hall) -> None:
    case_id = accepted(hall, "ee,hurd", "all")
    signs(hall, case_id, "ee", "object")
    signs(hall, case_id, "hurd")
    task = hall.claim("sun", case_id, "check")
    with hall.database.writing() as tx:
        send_back(tx, officer_by_login(tx, "sun"), task, "countersign", "按意见修改后再会签", now=hall.now)
    assert set(asked(hall, case_id)) == {"ee", "hurd"}
    signs(hall, case_id, "ee")
    signs(hall, case_id, "hurd")
    assert outcome(hall, case_id) == "agree"
    with hall.database.reading() as tx:
        assert [(r.round, r.verdict) for r in signers_of(tx, case_id)] == [
            (1, "object"),
            (1, "agree"),
            (2, "agree"),
            (2, "agree"),
        ]
    while hall.case(case_id).closed_at is None:
        step(hall, case_id)
    assert hall.flaws(case_id) == []


def test_signers_are_added_and_removed(hall: Hall) -> None:
    case_id = accepted(hall, "ee,hurd", "all")
    with pytest.raises(SignerKnown):
        hall.acts("sun", case_id, "add_signer", department="ee")
    hall.acts("sun", case_id, "add_signer", department="ndrc")
    gone = asked(hall, case_id)["hurd"]
    signs(hall, case_id, "ee")
    with pytest.raises(SignerNotRemovable, match="已经签署"):
        hall.acts("sun", case_id, "remove_signer", department="ee", reason="无关")
    hall.acts("sun", case_id, "remove_signer", department="hurd", reason="与本件无关")
    with hall.database.writing() as tx, pytest.raises(TaskOver):
        claim(tx, officer_by_login(tx, SIGNERS["hurd"]), gone, now=hall.now)  # somebody removed does not vote
    signs(hall, case_id, "ndrc")
    assert outcome(hall, case_id) == "agree"
    assert hall.flaws(case_id) == []


def test_removing_the_last_who_is_waited_for_settles_it(hall: Hall) -> None:
    case_id = accepted(hall, "ee,hurd", "all")
    signs(hall, case_id, "ee", "conditions")
    hall.acts("sun", case_id, "remove_signer", department="hurd", reason="与本件无关")
    assert outcome(hall, case_id) == "conditions"
    assert hall.flaws(case_id) == []


def test_a_signer_only_signs(hall: Hall) -> None:
    case_id = accepted(hall, "ee,hurd", "all")
    task_id = asked(hall, case_id)["ee"]
    with hall.database.writing() as tx:
        claim(tx, officer_by_login(tx, "li"), task_id, now=hall.now)
        assert return_targets(tx, officer_by_login(tx, "li"), task_id, hall.now) == ()
        with pytest.raises(SignerOnlySigns):
            send_back(tx, officer_by_login(tx, "li"), task_id, "intake", "不同意", now=hall.now)


# ---------------------------------------------------------------- opinions
def test_an_opinion_is_asked_answered_and_flagged_when_late(hall: Hall) -> None:
    case_id = hall.at("2026-03-02").accepted("GH01")
    hall.acts("qian", case_id, "ask_opinion", department="ee", question="是否涉及饮用水源保护区", reply="1wd")
    with pytest.raises(OpinionOwed):
        hall.acts("qian", case_id, "ask_opinion", department="ee", question="再问", reply="3wd")
    assert hall.clock(case_id, "opinion", "opinion:1").due_on == date(2026, 3, 3)
    hall.at("2026-03-04").duties()
    assert hall.clock(case_id, "opinion", "opinion:1").lamp == "red"
    assert hall.task(case_id, "review").lamp != "red", "another department's debt lights no lamp here"
    with hall.database.reading() as tx:
        assert [o.question for o in opinions_owed(tx, officer_by_login(tx, "li").department_id)] == [
            "是否涉及饮用水源保护区"
        ]
    hall.acts("li", case_id, "answer_opinion", answer="conditions", text="不得向河道排污")
    with hall.database.reading() as tx:
        (one,) = opinions_on(tx, case_id)
    assert (one.answer, one.answered_by, one.words) == ("conditions", "李原", "附条件同意")
    assert hall.flaws(case_id) == []


def test_an_opinion_on_a_decided_case_is_owed_no_longer(hall: Hall) -> None:
    case_id = hall.at("2026-03-02").accepted("GH02")
    hall.acts("qian", case_id, "ask_opinion", department="ee", question="有无意见", reply="3wd")
    asked_of = hall.officer("li").department_id
    with hall.database.reading() as tx:
        assert [o.case_id for o in opinions_owed(tx, asked_of)] == [case_id]
    hall.does("qian", case_id, "review", "pass")
    hall.does("sun", case_id, "decide", "grant")
    with hall.database.reading() as tx:
        assert opinions_owed(tx, asked_of) == []
    assert hall.clock(case_id, "opinion", "opinion:1") is None


@pytest.mark.parametrize(
    ("kind", "basis", "answer"), [("10", "本市规则第八条", "silent"), ("01", "本市规则第八条", None), ("10", "", None)]
)
def test_silence_counts_only_by_rule_and_never_for_a_licence(
    hall: Hall, kind: str, basis: str, answer: str | None
) -> None:
    hall.at("2026-03-02")
    case_id = accepted(hall, "ee,hurd", "all", kind=kind)
    with hall.database.writing() as tx:
        tx.execute(tables.offices.update().where(tables.offices.c.code == "lz").values(silence_basis=basis))
    hall.acts("sun", case_id, "ask_opinion", department="ndrc", question="有无意见", reply="3wd")
    hall.at("2026-03-06").duties()
    with hall.database.reading() as tx:
        (one,) = opinions_on(tx, case_id)
    assert one.answer == answer
    assert answer is None or one.text == basis
    assert set(asked(hall, case_id)) == {"ee", "hurd"}, "a signature is never deemed"
    assert hall.flaws(case_id) == []
