"""What an applicant does with number and query code: look at the progress, correct, bring a promised paper, withdraw, print
the papers that were written to him. Number and code come in the body of a form and stay in a cookie of these pages."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from engine.cases import (
    ACCEPTED,
    MOST_BYTES,
    Asked,
    Files,
    FilesNotTaken,
    Progress,
    StageState,
    act_as_applicant,
    case_of_applicant,
    check_files,
    paper_of_applicant,
)
from engine.cases import progress as progress_of
from engine.clock import Lamp, receipt_sentence
from engine.errors import Fault
from engine.people import CaseUnknown

from ..here import here
from ..limits import guesses, often, takes_files
from . import uploads
from .held import CASE, Held, as_kept, in_fours
from .look import now, page, refusal
from .ruler import ruler
from .sheet import lay_out

pages = Blueprint("progress", __name__, url_prefix="/progress")
_NOT_FOUND = "没有找到这个办件，或者查询码不对。"
_MARKS = {StageState.DONE: "k", StageState.NOW: "n", StageState.AHEAD: "n", StageState.ENDED: "x"}


@pages.errorhandler(429)
def too_often(_: Exception) -> Response:
    """To whoever guesses; and to whoever sits behind the same address as one who does."""
    return refusal(
        429,
        "试得太多了，现在不能再试。",
        "为了保护申请人的信息，同一件办件每小时最多输错 30 次，同一网络每分钟最多查 60 次。"
        "请过一会儿再试；着急的，带上证件到窗口查询。",
    )


# ---------------------------------------------------------------- number and code
def of_applicant(view: Callable[..., Response]) -> Callable[..., Response]:
    """Only for a browser that holds number and code of a case; others are asked for them."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Response:
        held = CASE.held()
        if held is None:
            return redirect(url_for("progress.form"))
        try:
            return view(held, *args, **kwargs)
        except CaseUnknown:
            return CASE.empty(redirect(url_for("progress.form")))

    return guarded


@pages.get("")
def form() -> Response:
    """The progress of the case that this browser holds; else the question for number and code."""
    held = CASE.held()
    if held is None:
        return page("progress-form.html", part="progress", case_no="", wrong="", ran_out=CASE.came_with_something)
    try:
        with here().database.reading() as tx:
            told = progress_of(tx, held.number, held.code, now())
    except CaseUnknown:
        return CASE.empty(redirect(url_for("progress.form")))
    held = Held(held.number, held.code)
    return CASE.keep(page("progress.html", **_facts(told)), held)


@pages.post("")
@often
@guesses("case_no", refusal=404)
def opened() -> Response:
    """Number and code, tried. A wrong number and a wrong code get the same answer after the same work."""
    case_no, code = request.form.get("case_no", "").strip().upper(), as_kept(request.form.get("query_code", ""))
    try:
        with here().database.reading() as tx:
            case_of_applicant(tx, case_no, code)
    except CaseUnknown:
        return page("progress-form.html", 404, part="progress", case_no=case_no, wrong=_NOT_FOUND, ran_out=False)
    return CASE.keep(redirect(url_for("progress.form"), 303), Held(case_no, code))


@pages.post("/leave")
def leave() -> Response:
    """Forget number and code in this browser."""
    return CASE.empty(redirect(url_for("progress.form"), 303))


@pages.get("/receipt")
@of_applicant
def receipt(held: Held) -> Response:
    """Right after filing: number, code and what comes next. The code is shown here and never again."""
    if not held.fresh:
        return redirect(url_for("progress.form"))
    with here().database.reading() as tx:
        told = progress_of(tx, held.number, held.code, now())
    return page("filed.html", code=in_fours(held.code), **_facts(told))


# ---------------------------------------------------------------- what the applicant brings
@pages.get("/correction")
@of_applicant
def correction(held: Held) -> Response:
    """The list of what is asked for."""
    return _brings(held, "correction", lambda told: told.asked)


@pages.post("/correction")
@often
@takes_files
@of_applicant
def corrected(held: Held) -> Response:
    """The applicant brings what was asked for; a new five-day clock runs from the receipt."""
    return _brought(held, "correction", "receive_correction", lambda told: told.asked, {"channel": "web"})


@pages.get("/promised")
@of_applicant
def promised(held: Held) -> Response:
    """The papers that he promised at a tolerant acceptance."""
    return _brings(held, "promised", lambda told: told.promised)


@pages.post("/promised")
@often
@takes_files
@of_applicant
def promise_kept(held: Held) -> Response:
    """He brings a promised paper."""
    return _brought(held, "promised", "bring_material", lambda told: told.promised, {})


def _brings(held: Held, kind: str, wanted: Callable[[Progress], tuple[Asked, ...]]) -> Response:
    with here().database.reading() as tx:
        told = progress_of(tx, held.number, held.code, now())
    if not wanted(told):
        return redirect(url_for("progress.form"))
    return CASE.keep(_bring_page(told, kind, wanted(told)), Held(held.number, held.code))


def _bring_page(
    told: Progress, kind: str, wanted: tuple[Asked, ...], faults: list[Fault] | None = None, chosen: Files | None = None
) -> Response:
    """The page on which files are chosen for each item; after a fault it says which files have to be chosen again."""
    wrong = faults or []
    return page(
        "correct.html",
        422 if wrong else 200,
        part="progress",
        told=told,
        kind=kind,
        items=uploads.places([(a.key, a.name) for a in wanted], wrong, chosen or {}),
        asked={a.key: a for a in wanted},
        faults=uploads.told(wrong),
        receipt=receipt_sentence(now(), told.time, now(), filed=False),
        accepted=ACCEPTED,
        most=MOST_BYTES,
        partly=request.form.get("partly") == "yes",
    )


def _brought(
    held: Held,
    kind: str,
    act_name: str,
    wanted: Callable[[Progress], tuple[Asked, ...]],
    details: dict[str, Any],
) -> Response:
    moment, request_id = now(), request.form.get("request_id") or None
    with here().database.reading() as tx:
        told = progress_of(tx, held.number, held.code, moment)
    items, files = wanted(told), uploads.files_of(request.files)
    # where nothing is asked for any more this may be the second click: the engine knows the first by its request id
    faults = _file_faults(items, files) if items else []
    if faults:
        return _bring_page(told, kind, items, faults, files)
    with here().database.writing() as tx:
        case_id = case_of_applicant(tx, held.number, held.code)
        act_as_applicant(
            tx, case_id, act_name, {**details, "materials": list(files)}, now=moment, request_id=request_id, files=files
        )
    return CASE.keep(redirect(url_for("progress.form", _anchor="now"), 303), Held(held.number, held.code))


def _file_faults(items: tuple[Asked, ...], files: Files) -> list[Fault]:
    """What is wrong with the files, and what is missing unless he says that he brings only a part."""
    faults: list[Fault] = []
    if not files:
        faults.append(Fault("/files", "还没有选择文件", "至少为一项选择文件"))
    elif request.form.get("partly") != "yes":
        faults += [
            Fault(f"/files/{a.key}", f"“{a.name}”还没有选择文件", "选择文件；这次交不了的，勾选“这次先交一部分”")
            for a in items
            if a.key not in files
        ]
    try:
        check_files(files)
    except FilesNotTaken as wrong:
        faults += wrong.faults
    return faults


# ---------------------------------------------------------------- withdrawing
@pages.get("/withdraw")
@of_applicant
def withdraw(held: Held) -> Response:
    """The question before a withdrawal."""
    with here().database.reading() as tx:
        told = progress_of(tx, held.number, held.code, now())
    if not told.may_withdraw:
        return redirect(url_for("progress.form"))
    return page("withdraw.html", part="progress", told=told, reason="", wrong="")


@pages.post("/withdraw")
@often
@of_applicant
def withdrawn(held: Held) -> Response:
    """The applicant takes his application back, after saying that he means it."""
    reason = request.form.get("reason", "").strip()
    with here().database.reading() as tx:
        told = progress_of(tx, held.number, held.code, now())
    if told.may_withdraw and request.form.get("sure") != "yes":
        wrong = "还没有勾选确认。"
        return page("withdraw.html", 422, part="progress", told=told, reason=reason, wrong=wrong)
    with here().database.writing() as tx:
        case_id = case_of_applicant(tx, held.number, held.code)
        request_id = request.form.get("request_id") or None
        act_as_applicant(tx, case_id, "withdraw", {"reason": reason}, now=now(), request_id=request_id)
    return CASE.keep(redirect(url_for("progress.form"), 303), Held(held.number, held.code))


# ---------------------------------------------------------------- papers
@pages.get("/papers/<int:paper_id>")
@of_applicant
def paper(held: Held, paper_id: int) -> Response:
    """A paper that was written to him, to read and to print."""
    with here().database.reading() as tx:
        found = paper_of_applicant(tx, held.number, held.code, paper_id)
    return page("paper.html", sheet=lay_out(found), back=url_for("progress.form"))


# ---------------------------------------------------------------- how it is shown
def _facts(told: Progress) -> dict[str, Any]:
    drawn = None
    if told.clock is not None:
        today = told.time.civil(now())
        drawn = ruler(told.clock, told.time, today, told.say, told.statutory)
    return {
        "part": "progress",
        "told": told,
        "ruler": drawn,
        # the time in which he corrects is his own: no lamp of ours lights it
        "has_lamp": told.lamp not in (Lamp.NONE, Lamp.DONE) and not told.asked,
        "paused": told.lamp is Lamp.GREY,
        "marks": _MARKS,
    }
