"""Publishing: all checks together, the very bytes, idempotent by content, never over what one has not seen."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from engine.catalogue import (
    MatterNotPublishable,
    MatterUnknown,
    Published,
    VersionOutdated,
    VersionUnknown,
    called_parts_only,
    check,
    content_hash,
    export,
    matters,
    publish,
    publish_seeds,
    read_folder,
    running_version,
    versions,
    write_folder,
)
from engine.people import ActNotAllowed, office_by_code, officer_by_login
from engine.store import tables
from tests.drawings import PARALLEL, STRAIGHT, WHOLE, matter
from tests.hall import Hall
from tests.pressing import all_press

SEEDS = Path(__file__).parents[2] / "bpmn"


def publishes(hall: Hall, bundle: dict[str, bytes], *, by: str = "wu", over: int | None = None) -> Published:
    with hall.database.writing() as tx:
        return publish(tx, office_by_code(tx, "lz"), bundle, officer_by_login(tx, by), "说明", hall.now, over=over)


def findings(hall: Hall, bundle: dict[str, bytes]) -> list[tuple[str, str]]:
    with hall.database.reading() as tx:
        return [(f.rule, f.file) for f in check(tx, office_by_code(tx, "lz"), bundle).findings]


def test_a_version_is_its_bytes(hall: Hall, tmp_path: Path) -> None:
    bundle = matter("QQ01", **STRAIGHT)
    first = publishes(hall, bundle)
    assert (first.version.number, first.new) == (1, True)
    with hall.database.reading() as tx:
        chosen, files = export(tx, office_by_code(tx, "lz"), "QQ01")
        assert files == bundle
    write_folder(files, tmp_path / "QQ01")
    assert read_folder(tmp_path / "QQ01") == bundle
    assert content_hash(files) == chosen.content.hash


def test_seeds_come_back_byte_for_byte(hall: Hall, tmp_path: Path) -> None:
    for folder in ("TZ01", "GH02", "XF01"):
        with hall.database.reading() as tx:
            _, files = export(tx, office_by_code(tx, "lz"), folder)
        write_folder(files, tmp_path / folder)
        for file in sorted((SEEDS / folder).rglob("*")):
            if file.is_file():
                assert (tmp_path / folder / file.relative_to(SEEDS / folder)).read_bytes() == file.read_bytes()
    assert (tmp_path / "parts" / "delivery.bpmn").read_bytes() == (SEEDS / "parts" / "delivery.bpmn").read_bytes()


def test_the_same_content_again_changes_nothing(hall: Hall) -> None:
    publishes(hall, matter("QQ01", **STRAIGHT))
    again = publishes(hall, matter("QQ01", **STRAIGHT))
    assert (again.version.number, again.new) == (1, False)
    with hall.database.reading() as tx:
        assert len(versions(tx, office_by_code(tx, "lz"), "QQ01")) == 1


def test_publishing_names_what_it_replaces(hall: Hall) -> None:
    publishes(hall, matter("QQ01", **STRAIGHT))
    changed = matter("QQ01", **PARALLEL)
    for over in (None, 2):
        with pytest.raises(VersionOutdated, match="第 1 版"):
            publishes(hall, changed, over=over)
    assert publishes(hall, changed, over=1).version.number == 2
    back = publishes(hall, matter("QQ01", **STRAIGHT), over=2)
    assert (back.version.number, back.new) == (1, True), "an old content runs again under its old number"


def test_running_cases_stay_on_their_version(hall: Hall) -> None:
    hall.hire("all", "x-1", like="zhao", roles=["clerk", "reviewer", "approver"])
    publishes(hall, matter("QQ01", **STRAIGHT))
    case_id = hall.file("QQ01").case_id
    publishes(hall, matter("QQ01", **PARALLEL), over=1)
    hall.does("all", case_id, "intake", "accept")
    assert hall.pool("all") == ["review"]
    other = hall.file("QQ01").case_id
    hall.does("all", other, "intake", "accept")
    assert "prepare" in hall.pool("all")


def test_two_designers_at_once_one_wins(hall: Hall) -> None:
    publishes(hall, matter("QQ01", **STRAIGHT))
    answers: list[Any] = []
    barrier = threading.Barrier(2)

    def press(days: int) -> None:
        barrier.wait()
        try:
            answers.append(publishes(hall, matter("QQ01", **STRAIGHT, promised=days), over=1).version.number)
        except VersionOutdated as outdated:
            answers.append(outdated)

    all_press(threading.Thread(target=press, args=(days,)) for days in (5, 6))
    assert sorted(type(a).__name__ for a in answers) == ["VersionOutdated", "int"]


def test_only_designers_publish(hall: Hall) -> None:
    with pytest.raises(ActNotAllowed):
        publishes(hall, matter("QQ01", **STRAIGHT), by="zhao")


def test_a_publication_is_journalled(hall: Hall) -> None:
    publishes(hall, matter("QQ01", **STRAIGHT))
    with hall.database.reading() as tx:
        row = tx.execute(sa.select(tables.journal).where(tables.journal.c.actor == "officer:wu")).one()
    assert row.act == "publish"


# ---------------------------------------------------------------- what is refused
def changed(bundle: dict[str, bytes], file: str, old: str, new: str) -> dict[str, bytes]:
    text = bundle[file].decode()
    assert old in text
    return {**bundle, file: text.replace(old, new).encode()}


GOOD = matter("QQ01", **STRAIGHT)
BAD = [
    (changed(GOOD, "guide.yaml", "department: nr", "department: moon"), "department-unknown"),
    (changed(GOOD, "guide.yaml", "kind: promised", "kind: slow"), "guide-not-understood"),
    (changed(GOOD, "guide.yaml", "[8, wd, accepted]", "[8, wd, tomorrow]"), "guide-not-understood"),
    (changed(GOOD, "guide.yaml", "name: 测试", "nick: 测试"), "guide-not-understood"),
    (changed(GOOD, "guide.yaml", "expert_review", "coffee_break"), "guide-not-understood"),
    ({k: v for k, v in GOOD.items() if not k.startswith("forms")}, "application-form-missing"),
    (
        changed(GOOD, "forms/application.json", '"components": []', '"components": [{"type": "iframe"}]'),
        "form-not-understood",
    ),
    (changed(GOOD, "matter.bpmn", 'ls:window="nr-1"', 'ls:window="nr-9"'), "step-without-window"),
    (changed(GOOD, "matter.bpmn", 'code="pass"', 'code="maybe"'), "outcome-unknown"),
    (
        changed(
            GOOD,
            "matter.bpmn",
            '<ls:outcome code="accept"/>',
            '<ls:outcome code="accept"/><ls:outcome code="refuse_acceptance"/>',
        ),
        None,
    ),
    ({**GOOD, "matter.bpmn": b"<not xml"}, None),
    ({**GOOD, "guide.yaml": b"a: &a [*a]"}, "guide-not-understood"),
    ({**GOOD, "guide.yaml": b"\xff\xfe"}, "guide-not-understood"),
]


@pytest.mark.parametrize(("bundle", "rule"), BAD)
def test_a_fault_is_found_and_nothing_is_published(hall: Hall, bundle: dict[str, bytes], rule: str | None) -> None:
    found = findings(hall, bundle)
    assert found
    if rule is not None:
        assert rule in {r for r, _ in found}
    with pytest.raises(MatterNotPublishable) as refused:
        publishes(hall, bundle)
    assert all(f.sentence and f.remedy and f.code for f in refused.value.faults)
    with hall.database.reading() as tx:
        assert "QQ01" not in {m.code for m in matters(tx, office_by_code(tx, "lz"))}


def test_all_faults_come_together(hall: Hall) -> None:
    bundle = changed(GOOD, "matter.bpmn", 'ls:window="nr-1"', 'ls:window="nr-9"')
    bundle = changed(bundle, "forms/application.json", '"components": []', '"components": [{"type": "iframe"}]')
    files = {file for _, file in findings(hall, bundle)}
    assert {"matter.bpmn", "forms/application.json"} <= files


def test_a_drawn_refusal_needs_its_remedy(hall: Hall) -> None:
    with hall.database.writing() as tx:
        tx.execute(tables.remedies.delete().where(tables.remedies.c.decision == "decide_refuse"))
        bundle = read_folder(SEEDS / "GH02")
        bundle["guide.yaml"] += b"\n# changed\n"
    assert ("remedy-missing", "matter.bpmn") in findings(hall, bundle)


def test_a_promise_that_can_end_after_the_statute_is_a_warning(hall: Hall) -> None:
    """ZJ04: 3 working days against 7 calendar days; over a long holiday the promise ends later."""
    bundle = changed(GOOD, "guide.yaml", "promised: {lim: [8, wd, accepted]", "promised: {lim: [3, wd, accepted]")
    bundle = changed(
        bundle,
        "guide.yaml",
        "lim: [20, wd, accepted], basis: 行政许可法 第42条, src: S, ext: [10, wd, head], pause: [expert_review]",
        "lim: [7, cd, accepted], src: P",
    )
    done = publishes(hall, bundle)
    (warning,) = [w for w in done.warnings if w.rule == "promise-after-statute"]
    assert "晚" in warning.sentence


def test_a_good_matter_has_no_finding(hall: Hall) -> None:
    assert findings(hall, matter("QQ01", **WHOLE)) == []


# ---------------------------------------------------------------- seeds and parts
def test_starting_again_publishes_nothing(hall: Hall) -> None:
    with hall.database.writing() as tx:
        assert publish_seeds(tx, office_by_code(tx, "lz"), SEEDS, hall.now) == []


def test_what_a_designer_published_is_not_overwritten_by_the_seed(hall: Hall) -> None:
    bundle = read_folder(SEEDS / "TZ01")
    bundle["guide.yaml"] += b"\n# changed by wu\n"
    publishes(hall, bundle, over=1)
    with hall.database.writing() as tx:
        publish_seeds(tx, office_by_code(tx, "lz"), SEEDS, hall.now)
        assert running_version(tx, office_by_code(tx, "lz").id, "TZ01").number == 2


def test_an_office_runs_what_its_departments_can(hall: Hall) -> None:
    with hall.database.reading() as tx:
        assert [m.code for m in matters(tx, office_by_code(tx, "qy"))] == ["JN01", "LY01", "TZ01", "TZ02", "TZ03"]
        with pytest.raises(MatterUnknown, match="青垣县"):
            running_version(tx, office_by_code(tx, "qy").id, "GH02")
        with pytest.raises(VersionUnknown):
            export(tx, office_by_code(tx, "lz"), "GH02", 9)


def test_a_county_gets_what_its_level_draws_otherwise_where_the_city_runs_it(hall: Hall) -> None:
    m = tables.matters
    with hall.database.writing() as tx:
        city, county = (office_by_code(tx, code) for code in ("lz", "qy"))
        up = running_version(tx, county.id, "LY01").guide.escalates
        assert up is not None
        assert (up.level, up.matter) == ("city", "LY01")
        assert running_version(tx, city.id, "LY01").guide.escalates is None
        tx.execute(tables.offices.update().where(tables.offices.c.id == county.id).values(parent_id=None))
        tx.execute(m.update().where(m.c.office_id == county.id, m.c.code == "LY01").values(code="LY09"))
        (alone,) = [p for p in publish_seeds(tx, county, SEEDS, hall.now) if p.version.code == "LY01"]
        assert alone.version.guide.escalates is None, "nobody above: the general one"


COUNTY = read_folder(SEEDS / "county/LY01")
UP = "escalates: {level: city, matter: LY01}"


@pytest.mark.parametrize(
    ("bundle", "rule"),
    [
        (changed(COUNTY, "guide.yaml", "level: city", "level: province"), "upper-office-missing"),
        (changed(COUNTY, "guide.yaml", UP, UP.replace("LY01", "LY09")), "upper-matter-not-running"),
        (changed(COUNTY, "guide.yaml", UP, UP.replace("LY01", "LY09")), "escalation-not-drawn"),
        (changed(COUNTY, "guide.yaml", UP, ""), "escalation-unknown"),
        (changed(COUNTY, "guide.yaml", UP, "escalates: city"), "guide-not-understood"),
        (changed(COUNTY, "forms/application.json", '"key": "agency"', '"key": "writer"'), "upper-asks-more"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_matter_is_sent_up_only_where_it_is_decided(hall: Hall, bundle: dict[str, bytes], rule: str) -> None:
    with hall.database.reading() as tx:
        assert rule in [f.rule for f in check(tx, office_by_code(tx, "qy"), bundle).findings]


def test_the_countys_own_is_good_and_the_city_has_nobody_above(hall: Hall) -> None:
    with hall.database.reading() as tx:
        assert check(tx, office_by_code(tx, "qy"), COUNTY).findings == ()
        assert "upper-office-missing" in [f.rule for f in check(tx, office_by_code(tx, "lz"), COUNTY).findings]


def test_a_part_that_is_not_called_makes_no_new_version(hall: Hall) -> None:
    bundle = read_folder(SEEDS / "TZ01")
    bundle["parts/other.bpmn"] = bundle["parts/delivery.bpmn"].replace(b"part-delivery", b"part-other")
    with hall.database.writing() as tx:
        done = publish(tx, office_by_code(tx, "lz"), bundle, officer_by_login(tx, "wu"), "", hall.now)
    assert not done.new


@pytest.mark.parametrize("how", ["as drawn", "by number", "only named", "in UTF-16"])
def test_the_parts_that_are_called_come_along_however_the_call_is_written(hall: Hall, how: str) -> None:
    """The check reads a drawing once, with the parts whose names stand in it: what it keeps is what is called."""
    bundle = read_folder(SEEDS / "GH02")
    bundle["parts/other.bpmn"] = bundle["parts/delivery.bpmn"].replace(b"part-delivery", b"part-other")
    text, wanted = bundle["matter.bpmn"].decode(), {"parts/certificate.bpmn", "parts/delivery.bpmn"}
    assert text.count('"part-delivery"') == 1
    if how == "by number":
        bundle["matter.bpmn"] = text.replace('"part-delivery"', '"part-d&#101;livery"').encode()
    elif how == "only named":
        bundle["matter.bpmn"] = f"{text}<!-- part-other -->".encode()
    elif how == "in UTF-16":
        bundle["matter.bpmn"] = text.replace('encoding="UTF-8"', 'encoding="UTF-16"').encode("utf-16")
    with hall.database.reading() as tx:
        done = check(tx, office_by_code(tx, "lz"), bundle)
    assert {name for name in done.bundle if name.startswith("parts/")} == wanted
    assert dict(done.bundle) == called_parts_only(bundle)
    assert done.findings == ()


# ---------------------------------------------------------------- decisions
ASKS = '<bpmn:businessRuleTask id="grade" xmlns:z="http://camunda.org/schema/zeebe/1.0"><bpmn:extensionElements>'
ASKS += '<z:calledDecision decisionId="grade" resultVariable="size"/></bpmn:extensionElements></bpmn:businessRuleTask>'
GRADE = b"""<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="f" name="f" namespace="n">
<decision id="grade" name="grade"><literalExpression><text>if area &lt; 500 then "small" else "large"</text>
</literalExpression></decision></definitions>"""


def test_a_decision_is_published_with_the_drawing_that_asks_it(hall: Hall) -> None:
    drawn = matter("QQ01", **STRAIGHT)
    asking = drawn["matter.bpmn"].replace(b"</bpmn:process>", f"{ASKS}</bpmn:process>".encode())
    rules = {rule for rule, file in findings(hall, {**drawn, "matter.bpmn": asking}) if file == "matter.bpmn"}
    assert "decision-unknown" in rules
    with_file = findings(hall, {**drawn, "matter.bpmn": asking, "decisions/grade.dmn": GRADE})
    assert "decision-unknown" not in {rule for rule, _ in with_file}
    broken = findings(
        hall, {**drawn, "matter.bpmn": asking, "decisions/grade.dmn": GRADE.replace(b"area &lt;", b"today() &lt;")}
    )
    assert ("decision-text-refused", "decisions/grade.dmn") in broken
    first = publishes(hall, {**drawn, "decisions/grade.dmn": GRADE})
    assert publishes(hall, {**drawn, "decisions/grade.dmn": GRADE}, over=1).new is False
    changed = publishes(hall, {**drawn, "decisions/grade.dmn": GRADE.replace(b"500", b"600")}, over=1)
    assert (first.version.number, changed.version.number) == (1, 2)
    with hall.database.reading() as tx:
        assert export(tx, office_by_code(tx, "lz"), "QQ01", 1)[1]["decisions/grade.dmn"] == GRADE


# ---------------------------------------------------------------- the time proof
def test_the_publishing_tells_what_its_time_proof_was(hall: Hall) -> None:
    publishes(hall, GOOD)
    j, p = tables.journal, tables.payloads
    with hall.database.reading() as tx:
        body = tx.value(
            sa.select(p.c.body)
            .join(j, sa.and_(j.c.stream == p.c.stream, j.c.n == p.c.n))
            .where(j.c.actor == "officer:wu", j.c.act == "publish")
        )
    time = json.loads(body)["time"]
    assert (time["decided"], time["kept"], time["promised"]["kept"]) == (True, True, True)
    assert time["promised"]["limit"] == "8wd"
    assert time["from"] == "2018-01-01"
    assert hall.flaws(hall.accepted()) == []


@pytest.mark.parametrize(
    ("review", "rule", "good"), [("9wd", "promise-not-kept", True), ("30wd", "statute-not-kept", False)]
)
def test_step_limits_that_cannot_keep_promise_or_statute(hall: Hall, review: str, rule: str, good: bool) -> None:
    drawn = {**STRAIGHT, "nodes": STRAIGHT["nodes"].replace("review:review(", f"review:review~{review}(")}
    with hall.database.reading() as tx:
        checked = check(tx, hall.office, matter("QQ01", **drawn))
    found = {f.rule: f for f in checked.findings}
    assert checked.good == good
    assert rule in found
    assert found[rule].way is not None
    assert checked.proof is not None
    assert not checked.proof.straight.kept
