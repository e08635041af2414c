"""One task on the desk: its materials, form and clock, and whatever its holder may do with it; and the acts on a case that no
step draws. Everything works without script; what was typed is never lost."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from engine.cases import (
    ACCEPTED,
    ACTS,
    ActNotUnderstood,
    CaseFacts,
    Consequence,
    Dossier,
    FilesNotTaken,
    Manner,
    Offer,
    Paper,
    TaskNotYours,
    TaskOver,
    TaskStale,
    act,
    add_files,
    case_facts,
    case_id_of,
    check_files,
    claim,
    colleagues,
    complete,
    give_back,
    keep_draft,
    open_dossier,
    papers,
    return_targets,
    send_back,
    transfer,
)
from engine.errors import Fault, LianshenError, NotFound, NotValid
from engine.reports import Asked, Box, other_levels, record, refusal_would_stop, stage_of_case, worklist
from forms import Form, judge

from ..here import here
from ..limits import takes_files
from . import details, fields, uploads
from .look import AT_WINDOWS, SEES_CASES, now, officer, officers_only, page, today
from .ruler import ruler

pages = Blueprint("task", __name__)
MOST_NEIGHBOURS = 200
NO_FORM = Form("none", ())


# ---------------------------------------------------------------- the task
@pages.get("/tasks/<int:task_id>")
@officers_only(*AT_WINDOWS)
def show(task_id: int) -> Response:
    """任务页。"""
    return _task_page(_dossier(task_id), {})


@pages.post("/tasks/<int:task_id>")
@officers_only(*AT_WINDOWS)
@takes_files
def work(task_id: int) -> Response:
    """What was pressed on the task page: save, bring files, or finish with an outcome. Files that were chosen are kept
    first, whatever was pressed."""
    seen, pressed = _dossier(task_id), request.form.get("do", "save")
    typed = _typed(seen)
    files = uploads.files_of(request.files)
    try:
        if files:
            check_files(files)
            with here().database.writing() as tx:
                add_files(tx, officer(), seen.case.id, files, now())
        if pressed == "save":
            return _save(seen, typed)
        return _finish(seen, typed, pressed)
    except NotFound:
        raise
    except (TaskStale, TaskOver, TaskNotYours) as lost:
        return _lost(task_id, lost, _words_typed(seen, typed))
    except LianshenError as refused:
        return _task_page(_dossier(task_id), typed, refused)


@pages.route("/tasks/<int:task_id>/do/<string:outcome>", methods=["GET", "POST"])
@officers_only(*AT_WINDOWS)
def do(task_id: int, outcome: str) -> Response:
    """An outcome that asks for more before it acts."""
    seen = _dossier(task_id)
    offer = next((o for o in seen.outcomes if o.code == outcome), None)
    if request.method == "GET":
        if offer is None or not offer.asks:
            return redirect(url_for("task.show", task_id=task_id), 303)
        return _do_page(seen, offer, _draft_answers(seen), _first(seen, offer))
    kept = _kept_answers()
    if offer is None or offer.act is None:
        return _again_or_lost(seen, outcome, kept)
    asked = details.asks(offer.act, seen.case, seen.task.ground)
    typed = details.answers_of(asked, request.form)
    words = fields.written(asked.form, typed)
    try:
        if request.form.get("do") == "preview":
            paper = _rehearse(lambda tx: complete(tx, officer(), task_id, outcome, **_given(kept, asked, typed)), seen)
            return _do_page(seen, offer, kept, typed, paper=paper)
        with here().database.writing() as tx:
            complete(
                tx, officer(), task_id, outcome, **_given(kept, asked, typed), request_id=_request_id(), etag=_etag()
            )
    except NotFound:
        raise
    except (TaskStale, TaskOver, TaskNotYours) as lost:
        return _lost(task_id, lost, words)
    except LianshenError as refused:
        return _do_page(seen, offer, kept, typed, refused)
    return redirect(url_for("task.show", task_id=task_id), 303)


@pages.post("/tasks/<int:task_id>/claim")
@officers_only(*AT_WINDOWS)
def take(task_id: int) -> Response:
    """签收。"""
    with here().database.writing() as tx:
        claim(tx, officer(), task_id, now=now())
    return redirect(url_for("task.show", task_id=task_id), 303)


@pages.post("/tasks/<int:task_id>/give-back")
@officers_only(*AT_WINDOWS)
def put_back(task_id: int) -> Response:
    """放回待签收。"""
    with here().database.writing() as tx:
        give_back(tx, officer(), task_id, now=now())
    return redirect(url_for("task.show", task_id=task_id), 303)


@pages.route("/tasks/<int:task_id>/transfer", methods=["GET", "POST"])
@officers_only(*AT_WINDOWS)
def pass_on(task_id: int) -> Response:
    """转办给同窗口的同事。"""
    seen = _dossier(task_id)
    with here().database.reading() as tx:
        others = colleagues(tx, seen.task)
    to, reason = request.form.get("to", ""), request.form.get("reason", "").strip()
    faults = []
    if request.method == "POST":
        if to not in {o.login for o in others}:
            faults.append(Fault("/to", "没有选择接办人", "选择同窗口的同事"))
        if not reason:
            faults.append(Fault("/reason", "没有填写理由", "填写理由"))
        if not faults:
            try:
                with here().database.writing() as tx:
                    transfer(tx, officer(), task_id, to, reason, now=now())
            except (TaskOver, TaskNotYours) as lost:
                return _lost(task_id, lost, [("理由", reason)])
            return redirect(url_for("task.show", task_id=task_id), 303)
    shown = {"others": others, "to": to, "reason": reason, "faults": faults}
    return page("task-transfer.html", 422 if faults else 200, **_facts(seen.case), seen=seen, **shown)


@pages.route("/tasks/<int:task_id>/send-back", methods=["GET", "POST"])
@officers_only(*AT_WINDOWS)
def return_to(task_id: int) -> Response:
    """退回前面的步骤。"""
    seen = _dossier(task_id)
    target, reason = request.form.get("target", ""), request.form.get("reason", "").strip()
    faults = []
    if request.method == "POST":
        if not target:
            faults.append(Fault("/target", "没有选择退回到哪一步", "选择前面的一步"))
        if not reason:
            faults.append(Fault("/reason", "没有填写理由", "写明为什么退回"))
        if not faults:
            try:
                with here().database.writing() as tx:
                    send_back(tx, officer(), task_id, target, reason, now=now(), request_id=_request_id())
            except (TaskOver, TaskNotYours) as lost:
                return _lost(task_id, lost, [("理由", reason)])
            return redirect(url_for("task.show", task_id=task_id), 303)
    with here().database.reading() as tx:
        targets = return_targets(tx, officer(), task_id, now())
    shown = {"targets": targets, "target": target, "reason": reason, "faults": faults}
    return page("task-return.html", 422 if faults else 200, **_facts(seen.case), seen=seen, **shown)


# ---------------------------------------------------------------- acts on the case
@pages.route("/cases/<string:case_no>/acts/<string:act_name>", methods=["GET", "POST"])
@officers_only(*SEES_CASES)
@takes_files
def on_case(case_no: str, act_name: str) -> Response:
    """An act on the case that no step draws, offered only when it is lawful now and allowed to this officer."""
    with here().database.reading() as tx:
        case = case_facts(tx, officer(), case_id_of(tx, case_no), now())
    offer = next((o for o in case.acts if o.code == act_name), None)
    if request.method == "GET":
        if offer is None:
            abort(404)
        named = {key: value for key in _NAMED if (value := request.args.get(key))}
        return _act_page(case, offer, details.begun(act_name, case, named))
    if act_name not in ACTS:
        abort(404)
    asked = details.asks(act_name, case) if offer is not None else None
    typed = details.answers_of(asked, request.form) if asked is not None else {}
    files = uploads.files_of(request.files) if act_name in _BRINGS else {}
    try:
        check_files(files)
        given = asked.details(typed) if asked is not None else {}
        if request.form.get("do") == "preview" and offer is not None:
            paper = _rehearse(lambda tx: act(tx, officer(), case.id, act_name, given, now=now()), case)
            return _act_page(case, offer, typed, paper=paper)
        with here().database.writing() as tx:
            act(tx, officer(), case.id, act_name, given, now=now(), request_id=_request_id(), files=files)
    except NotFound:
        raise
    except LianshenError as refused:
        if offer is None:
            raise
        return _act_page(case, offer, typed, refused)
    return redirect(_back_to(case_no), 303)


_BRINGS = ("receive_correction", "bring_material")
_NAMED = ("matter", "department", "resolution", "corrects")
"""What a link to an act may name beforehand."""


# ---------------------------------------------------------------- how they work
def _dossier(task_id: int) -> Dossier:
    with here().database.reading() as tx:
        return open_dossier(tx, officer(), task_id, now())


def _typed(seen: Dossier) -> dict[str, Any]:
    """What was typed on the task page, as the draft keeps it."""
    return {
        "answers": fields.answers_of(seen.task.form or NO_FORM, request.form),
        "opinion": request.form.get("opinion", "").replace("\r\n", "\n"),
        "checked": request.form.getlist("checked"),
        **({"matters": _choices(seen)} if seen.matters else {}),
    }


def _choices(seen: Dossier) -> dict[str, dict[str, str]]:
    """At the intake of a stage: what was ticked and written beside each matter."""
    posted = {name: value.strip() for name, value in request.form.items() if value.strip()}
    told = {m.code: {k: posted[f"{k}-{m.code}"] for k in _CHOICES if f"{k}-{m.code}" in posted} for m in seen.matters}
    return {code: said for code, said in told.items() if said}


_CHOICES = ("hold", "why", "early")


def _stage_details(seen: Dossier, chosen: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """The choices as the acceptance of a stage takes them. Raises ActNotUnderstood for a tick without its reason and a reason
    without its tick."""
    names, faults = {m.code: m.name for m in seen.matters}, []
    for code, said in chosen.items():
        if "hold" in said and "why" not in said:
            faults.append(Fault(f"/why-{code}", f"“{names[code]}”暂缓，没有写明理由", "写明为什么暂缓"))
        if "why" in said and "hold" not in said:
            remedy = "要暂缓就勾选“暂缓”，不暂缓就清空理由"
            faults.append(Fault(f"/hold-{code}", f"“{names[code]}”写了理由，没有勾选暂缓", remedy))
    if faults:
        raise ActNotUnderstood(faults=faults, act="受理", count=len(faults))
    held = [{"matter": code, "reason": said["why"]} for code, said in chosen.items() if "hold" in said]
    early = [code for code, said in chosen.items() if "early" in said and "hold" not in said]
    return {"held": held, "tolerant": early}


def _save(seen: Dossier, typed: Mapping[str, Any]) -> Response:
    with here().database.writing() as tx:
        keep_draft(tx, officer(), seen.task.id, {**typed, "at": now().isoformat()})
    return redirect(url_for("task.show", task_id=seen.task.id, saved=1), 303)


def _finish(seen: Dossier, typed: Mapping[str, Any], outcome: str) -> Response:
    offer = next((o for o in seen.outcomes if o.code == outcome), None)
    if offer is not None and offer.asks:
        judge(seen.task.form or NO_FORM, typed["answers"])
        with here().database.writing() as tx:
            keep_draft(tx, officer(), seen.task.id, typed)
        return redirect(url_for("task.do", task_id=seen.task.id, outcome=outcome), 303)
    opinion = {"opinion": typed["opinion"]} if typed["opinion"].strip() else {}
    if outcome == "accept" and seen.matters:
        opinion |= _stage_details(seen, typed.get("matters", {}))
    with here().database.writing() as tx:
        complete(
            tx,
            officer(),
            seen.task.id,
            outcome,
            answers=typed["answers"],
            details=opinion,
            now=now(),
            request_id=_request_id(),
            etag=_etag(),
        )
    return redirect(url_for("task.show", task_id=seen.task.id), 303)


def _again_or_lost(seen: Dossier, outcome: str, kept: Mapping[str, Any]) -> Response:
    """The second of two clicks finds the task finished by the first; another's finish is told."""
    if seen.task.state == "done" and seen.task.officer_id == officer().id:
        return redirect(url_for("task.show", task_id=seen.task.id), 303)
    words = [(k.removeprefix(details.PREFIX), v) for k, v in request.form.items() if k.startswith(details.PREFIX)]
    return _lost(seen.task.id, TaskStale(task=seen.task.name), words)


def _first(seen: Dossier, offer: Offer) -> dict[str, Any]:
    """What stands in the form before anybody typed: of a notice, what is known to be missing or was not ticked."""
    if offer.act != "request_correction":
        return {}
    checked = set(seen.task.draft.get("checked", ()))
    missing, defective = details.SUGGESTED
    found: dict[str, Any] = {}
    for m in seen.case.materials:
        lacks = m.state == "missing"
        if m.needed and (lacks or (checked and m.key not in checked)):
            found[f"asked.{m.key}"] = True
            found[f"problem.{m.key}"] = seen.case.asked_before.get(m.key) or (missing if lacks else defective)
    return found


def _draft_answers(seen: Dossier) -> dict[str, Any]:
    answers: dict[str, Any] = seen.task.draft.get("answers", {})
    return answers


def _kept_answers() -> dict[str, Any]:
    """The answers of the step's form as the page of the act showed them."""
    with suppress(ValueError):
        kept = json.loads(request.form.get("answers", "{}"))
        if isinstance(kept, dict):
            return kept
    return {}


def _given(kept: Mapping[str, Any], asked: details.Asks, typed: Mapping[str, Any]) -> dict[str, Any]:
    return {"answers": kept, "details": asked.details(typed), "now": now()}


class _Seen(Exception):
    """Carries a document out of an act that is to be undone."""

    def __init__(self, paper: Paper | None) -> None:
        super().__init__()
        self.paper = paper


def _rehearse(perform: Any, seen: Dossier | CaseFacts) -> Paper | None:
    """The document that an act would issue, word for word: the act is done and undone, its number goes back."""
    case = seen.case if isinstance(seen, Dossier) else seen
    before = {p.id for p in case.papers}
    try:
        with here().database.writing() as tx:
            perform(tx)
            raise _Seen(next((p for p in papers(tx, case.id) if p.id not in before), None))
    except _Seen as found:
        return found.paper


def _request_id() -> str | None:
    return request.form.get("request_id") or None


def _etag() -> str | None:
    return request.form.get("etag") or None


def _back_to(case_no: str) -> str:
    """From where the act was opened: a task, or the case."""
    task = request.form.get("task", "")
    return url_for("task.show", task_id=int(task)) if task.isdecimal() else url_for("cases.show", case_no=case_no)


# ---------------------------------------------------------------- what is shown
def _facts(case: CaseFacts) -> dict[str, Any]:
    time = case.time
    drawn = ruler(time.clock, time.time, today(), time.say, time.statutory) if time.clock is not None else None
    return {"case": case, "case_no": case.case_no, "ruler": drawn, "module": "desk.worklist"}


def _neighbours(seen: Dossier) -> dict[str, Any]:
    """Where the task stands in the officer's own list, or in the pool if it lies there, among the first of it."""
    box = Box.POOL if seen.task.state == "open" else Box.MINE
    with here().database.reading() as tx:
        among = [line.id for line in worklist(tx, officer(), now(), Asked(box), limit=MOST_NEIGHBOURS)]
    told = {"box": box, "of": len(among)}
    if seen.task.id not in among:
        return {**told, "place": 0, "before": None, "after": among[0] if among else None}
    n = among.index(seen.task.id)
    after = among[n + 1] if n + 1 < len(among) else None
    return {**told, "place": n + 1, "before": among[n - 1] if n else None, "after": after}


def _task_page(seen: Dossier, typed: Mapping[str, Any], refused: LianshenError | None = None) -> Response:
    faults = refused.faults if isinstance(refused, NotValid) else ()
    given = typed or seen.task.draft
    form = seen.task.form or NO_FORM
    opinion = next((f for f in faults if f.place == "/opinion" and "opinion" not in form.keys), None)
    with here().database.reading() as tx:
        notes = record(tx, seen.case.id)
        stage = stage_of_case(tx, officer(), seen.case.id)
        levels = other_levels(tx, officer(), seen.case.id, now())
    told = uploads.told(faults) if isinstance(refused, FilesNotTaken) else fields.told(faults, form)
    if isinstance(refused, ActNotUnderstood):
        told = [fields.Told(f.sentence, f.remedy, f.place.strip("/").replace("/", "-")) for f in faults]
    return page(
        "task.html",
        refused.status if refused is not None else 200,
        **_facts(seen.case),
        **_neighbours(seen),
        seen=seen,
        questions=fields.shown(form, given.get("answers", {}), faults),
        opinion=given.get("opinion", ""),
        opinion_fault=opinion,
        has_opinion="opinion" not in form.keys and any(not o.asks and o.act != "accept" for o in seen.outcomes),
        checked=set(given.get("checked", ())),
        faults=told,
        refused=refused if not faults else None,
        applied=fields.written(seen.case.application, seen.case.answers),
        findings=[(f, fields.written(f.form, f.answers) if f.form is not None else []) for f in seen.findings],
        notes=list(reversed(notes))[:8],
        stage=stage,
        levels=levels,
        chosen=given.get("matters", {}),
        wrong={f.place.strip("/"): f for f in faults},
        saved="saved" in request.args,
        accepted=ACCEPTED,
        paper_ids={p.number: p.id for p in seen.case.papers},
    )


def _do_page(
    seen: Dossier,
    offer: Offer,
    kept: Mapping[str, Any],
    typed: Mapping[str, Any],
    refused: LianshenError | None = None,
    paper: Paper | None = None,
) -> Response:
    assert offer.act is not None
    return _asking(
        seen.case,
        offer,
        details.asks(offer.act, seen.case, seen.task.ground),
        typed,
        refused,
        paper,
        seen=seen,
        kept=json.dumps(kept, ensure_ascii=False),
        answered=fields.written(seen.task.form, _readable(seen.task.form, kept)) if seen.task.form else [],
    )


def _readable(form: Form, kept: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        return judge(form, kept)
    except NotValid:
        return {}


def _act_page(
    case: CaseFacts,
    offer: Offer,
    typed: Mapping[str, Any],
    refused: LianshenError | None = None,
    paper: Paper | None = None,
) -> Response:
    asked = details.asks(offer.code, case)
    return _asking(case, offer, asked, typed, refused, paper, seen=None, kept="", answered=[])


def _asking(
    case: CaseFacts,
    offer: Offer,
    asked: details.Asks,
    typed: Mapping[str, Any],
    refused: LianshenError | None,
    paper: Paper | None,
    **more: Any,
) -> Response:
    faults = refused.faults if isinstance(refused, NotValid) else ()
    other = isinstance(refused, FilesNotTaken)
    brings = [(m.key, m.name) for m in case.materials if m.key in case.asked_before or m.state == "promised"]
    questions = details.shown(asked, typed, () if other else faults)
    stops: Sequence[Consequence] = ()
    if offer.manner is Manner.GRAVE:
        with here().database.reading() as tx:
            stops = refusal_would_stop(tx, case.id, now())
    return page(
        "act.html",
        refused.status if refused is not None else 200,
        **_facts(case),
        offer=offer,
        asked=asked,
        questions=questions,
        by={q.name.removeprefix(details.PREFIX): q for q in questions},
        faults=uploads.told(faults) if other else details.told(asked, typed, faults),
        refused=refused if not faults else None,
        basis=getattr(refused, "basis", ""),
        preview=paper,
        places=uploads.places(brings, faults) if offer.code in _BRINGS else [],
        back_task=request.values.get("task", ""),
        stops=stops,
        **more,
    )


def _lost(task_id: int, lost: LianshenError, typed: Sequence[tuple[str, Any]]) -> Response:
    """Somebody was first, or the page was old: who and when, and what was typed, to be taken along."""
    return page("task-lost.html", 409, seen=_dossier(task_id), lost=lost, typed=typed, module="desk.worklist")


def _words_typed(seen: Dossier, typed: Mapping[str, Any]) -> list[tuple[str, Any]]:
    form = seen.task.form
    said = fields.written(form, typed["answers"]) if form is not None else []
    return [*said, ("意见", typed["opinion"])] if typed["opinion"] else said
