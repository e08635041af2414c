"""Applying online without an account: one page a matter, files with it; or a draft first, which a window may look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from engine.cases import (
    ACCEPTED,
    MOST_BYTES,
    MOST_FILES,
    MOST_TOGETHER,
    Draft,
    DraftUnknown,
    Files,
    FilesNotTaken,
    Filing,
    applicant_form,
    ask_precheck,
    change_draft,
    check_files,
    draft,
    file_case,
    file_draft,
    save_draft,
)
from engine.catalogue import APPLICATION, Offered, offered, offered_matter
from engine.clock import receipt_sentence
from engine.errors import Fault, NotValid
from engine.people import APPLICANT, Office, office, office_by_code, office_time
from engine.store import Tx
from forms import Form, FormNotAnswered, judge

from ..here import here
from ..limits import guesses, often, takes_files
from . import fields, guides, uploads, words
from .held import CASE, DRAFT, Held, as_kept, in_fours
from .look import now, page, refusal

pages = Blueprint("applying", __name__)
WHO = "a-"
_NO_DRAFT = "没有找到这份草稿，或者草稿码不对。"


@dataclass
class Typed:
    """What somebody has typed so far, and what is wrong with it."""

    who: Mapping[str, Any] = field(default_factory=dict)
    answers: Mapping[str, Any] = field(default_factory=dict)
    files: Files = field(default_factory=dict)
    who_faults: list[Fault] = field(default_factory=list)
    answer_faults: list[Fault] = field(default_factory=list)
    other_faults: list[Fault] = field(default_factory=list)

    @property
    def is_wrong(self) -> bool:
        return bool(self.who_faults or self.answer_faults or self.other_faults)


@pages.errorhandler(429)
def too_often(_: Exception) -> Response:
    return refusal(
        429, "提交得太多了，现在不能再提交。", "同一网络每分钟最多提交 60 次。请过一会儿再试；着急的，到窗口办理。"
    )


# ---------------------------------------------------------------- one matter
@pages.get("/apply/<office>/<code>")
def form(office: str, code: str) -> Response:
    """The empty application."""
    with here().database.reading() as tx:
        of = office_by_code(tx, office)
        return _page(tx, of, _online(tx, of, code), Typed())


@pages.post("/apply/<office>/<code>")
@often
@takes_files
def submitted(office: str, code: str) -> Response:
    """File the application, or keep it as a draft; what is wrong is said on the same page and nothing typed is lost."""
    with here().database.reading() as tx:
        of = office_by_code(tx, office)
        one = _online(tx, of, code)
    typed = _typed(one)
    if request.form.get("do") in ("save", "ask"):
        with here().database.writing() as tx:
            draft_id, draft_code = save_draft(tx, of, _as_draft(one, typed), now())
            if request.form["do"] == "ask":
                ask_precheck(tx, draft_id, draft_code, now())
        return DRAFT.keep(redirect(url_for("applying.drafts"), 303), Held(str(draft_id), draft_code, fresh=True))
    if not _judge(typed, one):
        return _again(of, one, typed)
    try:
        with here().database.writing() as tx:
            filed = file_case(tx, of, _filing(one, typed), APPLICANT, now(), request_id=_click())
    except NotValid as wrong:
        typed.other_faults = list(wrong.faults)
        return _again(of, one, typed)
    return CASE.keep(redirect(url_for("progress.receipt"), 303), Held(filed.case_no, filed.query_code, fresh=True))


# ---------------------------------------------------------------- drafts
@pages.get("/drafts")
def drafts() -> Response:
    """The draft that this browser holds; else the question for its number and code."""
    held = DRAFT.held()
    found = _held_draft(held)
    if held is None or found is None:
        return page("draft-form.html", part="", number="", wrong="", ran_out=DRAFT.came_with_something)
    with here().database.reading() as tx:
        of = office(tx, found.office_id)
        one = offered_matter(tx, of, found.filing.matter)
        time = office_time(tx, of)
    told: dict[str, Any] = {
        "part": "",
        "draft": found,
        "office": of,
        "one": one,
        "saved": words.moment(found.saved_at, time.zone),
    }
    answer = page("draft.html", code=in_fours(held.code) if held.fresh else "", **told)
    return DRAFT.keep(answer, held)


@pages.post("/drafts")
@often
@guesses("draft_id", refusal=404)
def opened() -> Response:
    """Number and code of a draft, tried; a wrong number and a wrong code are alike."""
    number, code = request.form.get("draft_id", "").strip(), as_kept(request.form.get("code", ""))
    if _held_draft(Held(number, code)) is None:
        return page("draft-form.html", 404, part="", number=number, wrong=_NO_DRAFT, ran_out=False)
    return DRAFT.keep(redirect(url_for("applying.drafts"), 303), Held(number, code))


@pages.post("/drafts/leave")
def leave() -> Response:
    """Forget the draft in this browser; it stays where it is."""
    return DRAFT.empty(redirect(url_for("applying.drafts"), 303))


@pages.post("/drafts/ask")
@often
def asked() -> Response:
    """Ask the window to look at the draft before it is filed."""
    held = DRAFT.held()
    if held is not None and _held_draft(held) is not None:
        with here().database.writing() as tx:
            ask_precheck(tx, int(held.number), held.code, now())
    return redirect(url_for("applying.drafts"), 303)


@pages.get("/drafts/form")
def draft_form() -> Response:
    """The application as the draft has it."""
    found = _held_draft(DRAFT.held())
    if found is None or found.filed_as is not None:
        return redirect(url_for("applying.drafts"))
    with here().database.reading() as tx:
        of = office(tx, found.office_id)
        one = _online(tx, of, found.filing.matter)
        return _page(tx, of, one, Typed(found.filing.applicant, found.filing.answers), found)


@pages.post("/drafts/form")
@often
@takes_files
def draft_submitted() -> Response:
    """Write the draft anew, or file what stands on the page."""
    held = DRAFT.held()
    found = _held_draft(held)
    if held is None or found is None:
        return redirect(url_for("applying.drafts"), 303)
    with here().database.reading() as tx:
        of = office(tx, found.office_id)
        one = _online(tx, of, found.filing.matter)
    typed = _typed(one)
    if request.form.get("do") in ("save", "ask"):
        with here().database.writing() as tx:
            change_draft(tx, found.id, held.code, _as_draft(one, typed), now())
            if request.form["do"] == "ask":
                ask_precheck(tx, found.id, held.code, now())
        return DRAFT.keep(redirect(url_for("applying.drafts"), 303), held)
    if not _judge(typed, one):
        return _again(of, one, typed, found)
    with here().database.writing() as tx:
        filing = _filing(one, typed)
        filed = file_draft(tx, of, found.id, held.code, APPLICANT, now(), filing=filing, request_id=_click())
    return CASE.keep(redirect(url_for("progress.receipt"), 303), Held(filed.case_no, filed.query_code, fresh=True))


# ---------------------------------------------------------------- how it works
def _online(tx: Tx, of: Office, code: str) -> Offered:
    """The matter, if one can apply for it online."""
    one = offered_matter(tx, of, code)
    if not guides.is_online(one.version.guide):
        abort(404)
    return one


def _typed(one: Offered) -> Typed:
    application = one.version.content.forms[APPLICATION]
    return Typed(
        who=fields.answers_of(_who_form(one, request.form.get(f"{WHO}kind", "")), request.form, WHO),
        answers=fields.answers_of(application, request.form),
        files=uploads.files_of(request.files),
    )


def _judge(typed: Typed, one: Offered) -> bool:
    """Whether the engine will take it; every fault is kept with its place."""
    who = _who_form(one, str(typed.who.get("kind", "")))
    typed.who, typed.who_faults = _judged(who, typed.who)
    typed.answers, typed.answer_faults = _judged(one.version.content.forms[APPLICATION], typed.answers)
    try:
        check_files(typed.files)
    except FilesNotTaken as wrong:
        typed.other_faults = list(wrong.faults)
    return not typed.is_wrong


def _judged(form: Form, answers: Mapping[str, Any]) -> tuple[Mapping[str, Any], list[Fault]]:
    try:
        return judge(form, answers), []
    except FormNotAnswered as wrong:
        return answers, list(wrong.faults)


def _filing(one: Offered, typed: Typed) -> Filing:
    who = {key: value for key, value in typed.who.items() if key != "project_code"}
    code = typed.who.get("project_code")
    return Filing(one.version.code, who, typed.answers, {}, "web", code, typed.files)


def _as_draft(one: Offered, typed: Typed) -> Filing:
    """What was typed, unjudged and without files."""
    return Filing(one.version.code, typed.who, typed.answers, {}, "web")


def _click() -> str | None:
    """The id of this page; one that is too short to be ours would make a code that can be guessed."""
    given = request.form.get("request_id", "")
    return given if len(given) >= 16 else None


def _held_draft(held: Held | None) -> Draft | None:
    if held is None or not held.number.isdecimal() or len(held.number) > 15:
        return None
    try:
        with here().database.reading() as tx:
            return draft(tx, int(held.number), held.code)
    except DraftUnknown:
        return None


def _again(of: Office, one: Offered, typed: Typed, found: Draft | None = None) -> Response:
    with here().database.reading() as tx:
        return _page(tx, of, one, typed, found)


def _page(tx: Tx, of: Office, one: Offered, typed: Typed, found: Draft | None = None) -> Response:
    """The application with what was typed, and with what is wrong on top and at its place."""
    who, application = _who_form(one, str(typed.who.get("kind", ""))), one.version.content.forms[APPLICATION]
    names = {o.version.code: o.version.name for o in offered(tx, of)}
    papers = guides.papers_of(one, names)
    faults = [
        *fields.told(typed.who_faults, who, WHO),
        *fields.told(typed.answer_faults, application),
        *uploads.told(typed.other_faults),
    ]
    answer = page(
        "apply.html",
        422 if faults else 200,
        part="guides",
        office=of,
        one=one,
        guide=one.version.guide,
        promise=guides.promise_of(one.version.guide),
        hours=guides.hours_words(of.hours),
        who=fields.shown(who, typed.who, typed.who_faults, WHO),
        questions=fields.shown(application, typed.answers, typed.answer_faults),
        papers={p.key: p for p in papers},
        places=uploads.places([(p.key, p.name) for p in papers], typed.other_faults, typed.files if faults else {}),
        faults=faults,
        receipt=receipt_sentence(now(), office_time(tx, of), now(), filed=False),
        limits={"accepted": ACCEPTED, "bytes": MOST_BYTES, "together": MOST_TOGETHER, "files": MOST_FILES},
        draft=found,
    )
    if not faults and found is None:
        answer.headers["Cache-Control"] = "no-cache"  # nothing of anybody is in it, and going back finds what was typed
    return answer


def _who_form(one: Offered, kind: str) -> Form:
    return applicant_form(one.version.content.forms[APPLICATION], kind)
