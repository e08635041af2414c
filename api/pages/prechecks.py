"""The pre-check of drafts (网上预审) at a window: before anything is filed, at the applicant's wish, and binding nobody."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from engine.cases import PRECHECKERS, applicant_form, draft_of_department, drafts_asked, precheck
from engine.catalogue import APPLICATION, offered_matter
from engine.people import office

from ..here import here
from . import fields
from .look import now, officer, officers_only, page

pages = Blueprint("prechecks", __name__, url_prefix="/prechecks")
PAGE = 50
VERDICTS = {"ok": "可以提交", "fail": "需要修改"}


@pages.get("")
@officers_only(*PRECHECKERS)
def listing() -> Response:
    """The drafts that wait for this officer's department."""
    with here().database.reading() as tx:
        found = drafts_asked(tx, officer(), limit=PAGE + 1)
        of = office(tx, officer().office_id)
        names = {d.filing.matter: offered_matter(tx, of, d.filing.matter).version.name for d in found}
    return page("prechecks.html", drafts=found[:PAGE], names=names, further=len(found) > PAGE, most=PAGE)


@pages.get("/<int:draft_id>")
@officers_only(*PRECHECKERS)
def one(draft_id: int) -> Response:
    """A draft as its applicant has written it."""
    return _page(draft_id, "", "", "")


@pages.post("/<int:draft_id>")
@officers_only(*PRECHECKERS)
def checked(draft_id: int) -> Response:
    """Say whether it can be filed like this, and why not."""
    verdict, opinion = request.form.get("verdict", ""), request.form.get("opinion", "").strip()
    if verdict not in VERDICTS or not opinion or len(opinion) > 2000:
        return _page(draft_id, verdict, opinion, "选择结论，写明意见（不超过 2000 个字）。")
    with here().database.writing() as tx:
        draft_of_department(tx, officer(), draft_id)
        precheck(tx, officer(), draft_id, verdict, opinion, now())
    return redirect(url_for("prechecks.listing"), 303)


def _page(draft_id: int, verdict: str, opinion: str, wrong: str) -> Response:
    with here().database.reading() as tx:
        found = draft_of_department(tx, officer(), draft_id)
        matter = offered_matter(tx, office(tx, found.office_id), found.filing.matter)
    application = matter.version.content.forms[APPLICATION]
    who = applicant_form(application, str(found.filing.applicant.get("kind", "")))
    return page(
        "precheck.html",
        422 if wrong else 200,
        module="prechecks.listing",
        draft=found,
        matter=matter,
        who=fields.written(who, found.filing.applicant),
        answers=fields.written(application, found.filing.answers),
        verdicts=VERDICTS,
        verdict=verdict,
        opinion=opinion,
        wrong=wrong,
    )
