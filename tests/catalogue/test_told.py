"""What the catalogue tells the rules of a matter, and that the shipped matters give them nothing to say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine.catalogue import check, read_folder
from engine.diagrams import Severity
from engine.people import office_by_code, windows
from engine.store import tables
from tests.drawings import WHOLE, matter
from tests.hall import Hall

SEEDS = Path(__file__).parents[2] / "bpmn"
OF_TIME = {"promise-not-kept", "statute-not-kept", "promise-after-statute"}
"""What the demo shows on purpose: promises that its stages and one statute of seven calendar days cannot keep on every day."""
ONE_KIND = pytest.mark.parametrize("hall_url", ["sqlite"], indirect=True)


def told(hall: Hall, bundle: dict[str, bytes]) -> list[tuple[str, str, Severity]]:
    with hall.database.reading() as tx:
        checked = check(tx, office_by_code(tx, "lz"), bundle)
    return [(f.rule, f.element, f.severity) for f in checked.findings]


def drawn(**other: str) -> dict[str, bytes]:
    """A whole matter with other nodes or flows."""
    return matter("QQ01", **{**WHOLE, **other})


def with_form(bundle: dict[str, bytes], name: str, *components: dict[str, object], at: str) -> dict[str, bytes]:
    """With a form of its own at a step."""
    form = {"id": name, "type": "default", "schemaVersion": 16, "components": list(components)}
    body = bundle["matter.bpmn"].replace(f'id="{at}"'.encode(), f'id="{at}" ls:form="{name}"'.encode(), 1)
    return {**bundle, "matter.bpmn": body, f"forms/{name}.json": json.dumps(form).encode()}


STANCE = {
    "type": "radio",
    "key": "stance",
    "label": "意见",
    "values": [{"value": "y", "label": "同意"}, {"value": "n", "label": "不同意"}],
    "validate": {"required": True},
}
WHY = {"type": "textarea", "key": "opinion", "label": "理由"}


@ONE_KIND
def test_no_shipped_matter_has_a_finding_but_those_of_time(hall: Hall) -> None:
    with hall.database.reading() as tx:
        office = office_by_code(tx, "lz")
        found = {
            (file.parent.name, finding.rule, finding.element)
            for file in sorted(SEEDS.glob("*/guide.yaml"))
            for finding in check(tx, office, read_folder(file.parent)).findings
        }
    assert {one for one in found if one[1] not in OF_TIME} == set()


@ONE_KIND
def test_a_form_that_says_no_asks_why(hall: Hall) -> None:
    must, may = ({**WHY, "validate": {"required": required}} for required in (True, False))
    assert told(hall, with_form(drawn(), "stance", STANCE, must, at="review")) == []
    said = [("refusal-without-reason", "review", Severity.WARNING)]
    assert told(hall, with_form(drawn(), "stance", STANCE, may, at="review")) == said
    assert told(hall, with_form(drawn(), "stance", STANCE, at="review")) == said


@ONE_KIND
def test_a_payment_where_the_guide_takes_no_fee(hall: Hall) -> None:
    paying = drawn(
        nodes=WHOLE["nodes"] + " pay:payment",
        flows=WHOLE["flows"].replace("review>decide", "review>pay pay>decide"),
    )
    assert ("fee-not-published", "pay", Severity.ERROR) in told(hall, paying)
    priced = {**paying, "guide.yaml": paying["guide.yaml"].replace("不收费".encode(), "按标准收取".encode())}
    assert "fee-not-published" not in {rule for rule, *_ in told(hall, priced)}


@ONE_KIND
def test_the_office_sends_one_message_and_the_certificate_is_promised(hall: Hall) -> None:
    waiting = drawn(
        nodes=WHOLE["nodes"] + " paper:wait=bank_slip",
        flows=WHOLE["flows"].replace("deliver>end", "deliver>paper paper>end"),
    )
    assert ("event-never-thrown", "paper", Severity.ERROR) in told(hall, waiting)
    uncertified = drawn(flows=WHOLE["flows"].replace("decide>certificate certificate>deliver", "decide>deliver"))
    assert ("decision-not-served", "end", Severity.WARNING) in told(hall, uncertified)


@ONE_KIND
def test_the_channel_may_be_asked_for(hall: Hall) -> None:
    asked = drawn(
        nodes=WHOLE["nodes"] + " x:x",
        flows=WHOLE["flows"].replace("review>decide", "review>x x>decide?channel=='web' x>review"),
    )
    assert "condition-asks-unknown" not in {rule for rule, *_ in told(hall, asked)}
    other = {**asked, "matter.bpmn": asked["matter.bpmn"].replace(b"channel", b"chanel")}
    assert "condition-asks-unknown" in {rule for rule, *_ in told(hall, other)}


@ONE_KIND
def test_a_window_where_one_person_is_left(hall: Hall) -> None:
    """Two accounts of one natural person are one; who has left does not count."""
    alone = ("same-person", "decide", Severity.WARNING)
    bundle = read_folder(SEEDS / "GH02")
    assert alone not in told(hall, bundle)
    seats, officers = tables.officer_windows, tables.officers
    with hall.database.writing() as tx:
        here = next(w.id for w in windows(tx, office_by_code(tx, "lz").id) if w.code == "nr-1")
        tx.execute(sa.delete(seats).where(seats.c.window_id == here, seats.c.officer_id != hall.officer("qian").id))
    assert alone in told(hall, bundle)
    hall.hire("qian-2", "qian", like="qian")
    with hall.database.writing() as tx:
        person = sa.select(officers.c.person_id).where(officers.c.login == "qian").scalar_subquery()
        tx.execute(officers.update().where(officers.c.login == "qian-2").values(person_id=person))
    assert alone in told(hall, bundle)
    hall.hire("newcomer", "another", like="qian")
    assert alone not in told(hall, bundle)
