"""How strictly an office takes a rule: who sets it, how far down, that it is told, and what is judged by it."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from engine.cases import verify_offices
from engine.catalogue import (
    LevelTooLow,
    MatterNotPublishable,
    ReasonMissing,
    RuleUnknown,
    all_rules,
    altered_levels,
    check,
    levels_of,
    publish,
    rule_rows,
    set_level,
)
from engine.diagrams import Finding, Level
from engine.people import ActNotAllowed, office_by_code, officer_by_login
from engine.store import journal, tables
from tests.drawings import STRAIGHT, matter
from tests.hall import Hall


def unseen(inside: str = "") -> dict[str, bytes]:
    """A matter whose review is not on the picture; what is written in the extensionElements of the process."""
    bundle = matter("QT07", **STRAIGHT, extra=f"<bpmn:extensionElements>{inside}</bpmn:extensionElements>")
    drawn = re.sub(rb'<bpmndi:BPMNShape id="review_di".*?</bpmndi:BPMNShape>', b"", bundle["matter.bpmn"])
    assert drawn != bundle["matter.bpmn"]
    return bundle | {"matter.bpmn": drawn}


def sets(hall: Hall, rule: str, level: str, reason: str = "二期再接", by: str = "feng") -> None:
    with hall.database.writing() as tx:
        set_level(tx, office_by_code(tx, "lz"), officer_by_login(tx, by), rule, Level(level), reason, hall.now)


def found(hall: Hall, bundle: dict[str, bytes], rule: str) -> list[Finding]:
    with hall.database.reading() as tx:
        findings = check(tx, office_by_code(tx, "lz"), bundle, hall.now).findings
    return [f for f in findings if f.rule == rule]


def test_set_told_and_taken_back(hall: Hall) -> None:
    sets(hall, "layout-missing", "warning")
    sets(hall, "layout-missing", "warning", "again")
    with hall.database.reading() as tx:
        of = office_by_code(tx, "lz")
        (row,) = [row for row in rule_rows(tx, of.id) if row.set_at is not None]
        assert (row.card.code, row.level, row.reason, row.set_at) == (
            "layout-missing",
            Level.WARNING,
            "二期再接",
            hall.now,
        )
        assert levels_of(tx, of.id) == {"layout-missing": Level.WARNING}
        assert levels_of(tx, office_by_code(tx, "qy").id) == {}, "another office has its own"
        assert [row.card.code for row in rule_rows(tx, of.id)] == sorted(rule.code for rule in all_rules())
    sets(hall, "layout-missing", "error", "接好了")
    with hall.database.reading() as tx:
        of = office_by_code(tx, "lz")
        assert levels_of(tx, of.id) == {}
        told = [r for r in journal.read(tx, journal.Stream("office", of.id)) if r.act == "set_rule_level"]
        assert [r.actor for r in told] == ["officer:feng"] * 2, "what stood already is not told again"
        assert [r.payload for r in told] == [
            {"rule": "layout-missing", "from": "error", "to": "warning", "reason": "二期再接", "own": False},
            {"rule": "layout-missing", "from": "warning", "to": "error", "reason": "接好了", "own": True},
        ]
        assert altered_levels(tx, of) == []


@pytest.mark.parametrize(
    ("rule", "level", "reason", "by", "refused"),
    [
        ("layout-missing", "warning", "r", "wu", ActNotAllowed),
        ("layout-missing", "warning", "r", "sun", ActNotAllowed),
        ("layout-missing", "warning", " \n ", "feng", ReasonMissing),
        ("layout-missing", "warning", "长" * 501, "feng", ReasonMissing),
        ("layout-missing", "info", "r", "feng", LevelTooLow),
        ("same-person", "warning", "r", "feng", LevelTooLow),
        ("same-person", "off", "r", "feng", LevelTooLow),
        ("unverified-as-law", "warning", "r", "feng", LevelTooLow),
        ("kind-unknown", "off", "r", "feng", RuleUnknown),
        ("diagram-spins", "off", "r", "feng", RuleUnknown),
        ("rule-error", "off", "r", "feng", RuleUnknown),
    ],
    ids=[
        "a designer",
        "a head",
        "no reason",
        "a book",
        "below its floor",
        "the law",
        "the law off",
        "of a guide",
        "a reader's",
        "a refusal",
        "a broken rule",
    ],
)
def test_who_may_and_how_far(
    shared_hall: Hall, rule: str, level: str, reason: str, by: str, refused: type[Exception]
) -> None:
    with pytest.raises(refused):
        sets(shared_hall, rule, level, reason, by)
    with shared_hall.database.reading() as tx:
        assert levels_of(tx, office_by_code(tx, "lz").id) == {}


def test_check_and_publishing_are_judged_by_it(hall: Hall) -> None:
    bundle = unseen()
    assert [str(f.severity) for f in found(hall, bundle, "layout-missing")] == ["error"]
    with pytest.raises(MatterNotPublishable), hall.database.writing() as tx:
        publish(tx, office_by_code(tx, "lz"), bundle, officer_by_login(tx, "wu"), "", hall.now)
    sets(hall, "layout-missing", "warning")
    assert [str(f.severity) for f in found(hall, bundle, "layout-missing")] == ["warning"]
    with hall.database.writing() as tx:
        done = publish(tx, office_by_code(tx, "lz"), bundle, officer_by_login(tx, "wu"), "", hall.now)
    assert [f.rule for f in done.warnings if f.rule == "layout-missing"] == ["layout-missing"]


def test_a_rule_can_be_made_an_error(hall: Hall) -> None:
    """And what it tells as information is one then; or it is not asked at all."""
    bundle = matter("QT07", **STRAIGHT)
    foreign = b'id="review" xmlns:c="http://camunda.org/schema/1.0/bpmn" c:candidateGroups="nr" '
    drawn = re.sub(b'id="review" name="review"[^>]*', foreign, bundle["matter.bpmn"])
    bundle = bundle | {"matter.bpmn": drawn}
    assert [str(f.severity) for f in found(hall, bundle, "assignment-foreign")] == ["info"]
    for level, told in (("error", ["error"]), ("off", [])):
        sets(hall, "assignment-foreign", level)
        assert [str(f.severity) for f in found(hall, bundle, "assignment-foreign")] == told


def test_a_waiver_ends_with_the_day_of_the_office(hall: Hall) -> None:
    """The last day in Linzhou ends eight hours before it ends in UTC."""
    bundle = unseen('<ls:waiver rule="layout-missing" reason="二期再接" until="2026-03-02"/>')
    for moment, told in (("2026-03-02T15:59", "info"), ("2026-03-02T16:01", "error")):
        with hall.database.reading() as tx:
            now = datetime.fromisoformat(moment).replace(tzinfo=UTC)
            findings = check(tx, office_by_code(tx, "lz"), bundle, now).findings
        assert [str(f.severity) for f in findings if f.rule == "layout-missing"] == [told]
        assert [f.rule for f in findings if f.rule == "waiver-expired"] == ["waiver-expired"] * (told == "error")


@pytest.mark.parametrize("change", [{"level": "info"}, {"reason": "没有理由"}, None], ids=["level", "reason", "gone"])
def test_a_level_that_was_changed_behind_our_back_is_found(hall: Hall, change: dict[str, str] | None) -> None:
    sets(hall, "layout-missing", "warning")
    r = tables.rule_levels
    with hall.database.writing() as tx:
        assert list(verify_offices(tx)) == []
        tx.execute(r.update().values(**change) if change else r.delete())
        assert [flaw.what for flaw in verify_offices(tx)] == ["规则 layout-missing 的级别与机构的记录不符"]


def test_what_lies_below_a_floor_counts_as_the_floor(hall: Hall) -> None:
    """A later release may raise a floor; what was set before stays told as it was set."""
    sets(hall, "layout-missing", "warning")
    with hall.database.writing() as tx:
        tx.execute(tables.rule_levels.update().values(level="off"))
        of = office_by_code(tx, "lz")
        assert [row.level for row in rule_rows(tx, of.id) if row.card.code == "layout-missing"] == [Level.WARNING]
    assert [str(f.severity) for f in found(hall, unseen(), "layout-missing")] == ["warning"]
