"""The start page and the guides: what one can get done here, how, by when, with what, and where (行政许可法 第30条)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from flask import Blueprint, request
from werkzeug.wrappers import Response

from engine.catalogue import APPLICATION, Offered, offered, offered_matter, time_proof
from engine.clock import receipt_sentence
from engine.people import Office, departments, office_by_code, office_time, offices, remedy_text, windows
from engine.store import Tx

from ..here import here
from . import demo, fields, guides, words
from .diagram import draw
from .look import now, page

pages = Blueprint("public", __name__)


@dataclass(frozen=True)
class Hall:
    """An office with what one can get done there, by department; empty departments are left out."""

    name: str
    code: str
    hours: str
    departments: tuple[tuple[str, tuple[guides.Line, ...]], ...]

    @property
    def nothing_is_verified(self) -> bool:
        """Whether one sentence above the list says what would stand beside every line."""
        return not any(line.verified for _, lines in self.departments for line in lines)


@pages.get("/")
def home() -> Response:
    """What one can get done, by office and department; the way to one's progress."""
    query = request.args.get("q", "").strip()[:60]
    with here().database.reading() as tx:
        halls = [_hall(tx, of, query.split()) for of in offices(tx)]
        offers = demo.accounts(tx)
    found = [hall for hall in halls if hall.departments]
    return page(
        "home.html",
        part="guides",
        halls=found,
        site=halls[0] if halls else None,
        query=query,
        count=sum(len(lines) for hall in found for _, lines in hall.departments),
        accounts=offers,
    )


@pages.get("/guides/<office>/<code>")
def guide(office: str, code: str) -> Response:
    """The whole guide of a matter."""
    with here().database.reading() as tx:
        of = office_by_code(tx, office)
        one = offered_matter(tx, of, code)
        names = {o.version.code: o.version.name for o in offered(tx, of)}
        known = departments(tx, of.id)
        window = next((w.name for w in windows(tx, of.id) if w.code == one.version.guide.contact.get("window")), "")
        remedy = remedy_text(tx, of.id, "decide_refuse") or ""
        receipt = receipt_sentence(now(), office_time(tx, of), now(), filed=False)
        held = guides.held_of(time_proof(tx, of, one.version), one.version.guide)
    facts = _guide_facts(of, one, names, known)
    return page("guide.html", window=window, remedy=remedy, receipt=receipt, held=held, **facts)


@pages.get("/guides/<office>/<code>/form", defaults={"kind": "form"})
@pages.get("/guides/<office>/<code>/sample", defaults={"kind": "sample"})
def blank(office: str, code: str, kind: str) -> Response:
    """The application form on paper: empty, or filled in with a fictional example (示范文本)."""
    with here().database.reading() as tx:
        of = office_by_code(tx, office)
        one = offered_matter(tx, of, code)
    form, answers = one.version.content.forms[APPLICATION], one.version.guide.sample if kind == "sample" else {}
    shown = fields.shown(form, answers)
    answered = dict(fields.written(form, answers))
    return page(
        "guide-form.html", part="guides", office=of, one=one, questions=shown, words=answered, sample=kind == "sample"
    )


def _hall(tx: Tx, of: Office, searched: list[str]) -> Hall:
    lines = [line for one in offered(tx, of) if guides.finds(line := guides.line_of(one), searched)]
    stages = sorted((line for line in lines if line.stage), key=lambda line: line.code)
    others = groupby((line for line in lines if not line.stage), lambda line: line.department)
    grouped = [("投资项目并联审批", tuple(stages))] if stages else []
    grouped += [(name, tuple(among)) for name, among in others]
    return Hall(of.name, of.code, guides.hours_words(of.hours), tuple(grouped))


def _guide_facts(of: Office, one: Offered, names: Mapping[str, str], known: Mapping[str, str]) -> dict[str, Any]:
    guide = one.version.guide
    return {
        "part": "guides",
        "office": of,
        "one": one,
        "guide": guide,
        "type": guides.type_of(guide),
        "promise": guides.promise_of(guide),
        "statute": guides.statute_of(guide),
        "visits": guides.visits_of(guide),
        "online": guides.is_online(guide),
        "channels": guides.channels_of(guide),
        "contact_verified": guides.contact_is_verified(guide),
        "papers": guides.papers_of(one, names),
        "before": guides.before_of(guide, names),
        "matters": guides.matters_of(one, names),
        "limits": guides.limits_of(guide),
        "flow": guides.flow_of(one, known),
        "hours": guides.hours_words(of.hours),
        "drawing": draw(one.version.content.diagram, title=f"{one.version.name}流程图", told="内容与上面的步骤相同。"),
        "since": words.whole_day(one.since.astimezone(of.zone).date()),
    }
