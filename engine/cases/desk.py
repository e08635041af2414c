"""The desk: who has the work. Claim, give back, transfer, complete, send back, and acts that no step draws."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from forms import Form, judge

from ..catalogue import drawn_step, step_kinds
from ..clock import GROUND_NAMES, ClockKind, Ground
from ..diagrams import OUTCOMES, StepKind
from ..errors import NotFound, NotLawful, NotNow
from ..people import (
    APPLICANT,
    SYSTEM,
    Actor,
    CaseUnknown,
    Change,
    Officer,
    change_officer,
    establishment_now,
    free_what_stand_ins_hold,
    officer,
    officer_by_login,
    sees,
)
from ..runtime import Return
from ..store import Prepared, Tx, earlier_answer, jobs, journal, keep_answer, tables
from . import consultation, decisions, intake, joint, levels, orders, outbound, special, stage, upper
from .acts import ACTS, Act, Effect, who_finishes
from .case import OpenCase, look_at, open_case, open_case_of_task
from .files import NO_FILES, Files, check_files, keep_files
from .given import Given
from .papers import name_in
from .phases import PHASE_NAMES, Phase


class TaskUnknown(NotFound):
    code = "task-unknown"
    sentence = "没有找到这个任务。"
    remedy = "刷新待办列表。"


class TaskTaken(NotNow):
    """Somebody was first. The loser is told who and when."""

    code = "task-taken"
    sentence = "{officer} 已于 {at} 签收。"
    remedy = "刷新待办列表；需要接手时请对方放回或转办。"


class TaskNotYours(NotNow):
    code = "task-not-yours"
    sentence = "任务“{task}”{holder}，您不能{act}。"
    remedy = "先签收任务，或请签收人办理。"


class TaskOver(NotNow):
    code = "task-over"
    sentence = "任务“{task}”已经{state}，这一步没有执行。"
    remedy = "刷新页面查看办件的最新进展。"


class TaskStale(NotNow):
    """The page shows another state of this task than there is: someone else has it now, or its form has changed."""

    code = "task-stale"
    sentence = "页面打开后任务“{task}”有了变化，这一步没有执行。"
    remedy = "刷新页面，核对后重新提交；已填的内容请先复制保存。"


class OutcomeUnknown(NotNow):
    code = "outcome-unknown"
    sentence = "任务“{task}”没有“{outcome}”这种办理结果。"
    remedy = "可选：{outcomes}。"


class SendBackNotLawful(NotLawful):
    """A return may not cross a line that the law drew: acceptance or the decision."""

    code = "send-back-not-lawful"
    sentence = "办件{case_no}现在是“{phase}”，不能退回到“{target}”。"
    remedy = "受理和决定一经作出不能由退回撤销；请退回到其后的步骤。"


class ActUnknown(NotFound):
    code = "act-unknown"
    sentence = "没有“{act}”这种操作。"
    remedy = "可用的操作见接口文档。"


class NoSeat(NotNow):
    code = "no-seat"
    sentence = "{name}不在窗口“{window}”任职，不能接办。"
    remedy = "选择该窗口的工作人员。"


class EndsInItsStep(NotNow):
    """The diagram draws the end of this procedure as a step: ended beside it, that step could never be finished."""

    code = "ends-in-its-step"
    sentence = "“{ground}”的结果由流程中的步骤“{step}”登记，不能在办件上直接结束。"
    remedy = "签收并办理任务“{step}”。"


NO_FORM = Form("none", ())
SAYS_WHY = frozenset({"return", "conditions", "object"})
"""Outcomes that nobody understands without a word: the opinion is demanded with them."""
Performed = Callable[[OpenCase, Actor, Mapping[str, Any]], dict[str, Any]]
_PERFORM: Mapping[str, Performed] = {
    "accept": intake.accept,
    "accept_tolerant": intake.accept_tolerant,
    "request_correction": intake.request_correction,
    "refuse_acceptance": intake.refuse_acceptance,
    "receive_correction": intake.receive_correction,
    "start_special": special.start_special,
    "end_special": special.end_special,
    "extend": special.extend,
    "transfer_hq": special.transfer_hq,
    "return_from_hq": special.return_from_hq,
    "escalate_up": special.escalate_up,
    "return_from_upper": special.return_from_upper,
    "send_up": upper.send_up,
    "bring_material": decisions.bring_material,
    "decide_grant": decisions.decide_grant,
    "decide_refuse": decisions.decide_refuse,
    "add_signer": joint.add_signer,
    "remove_signer": joint.remove_signer,
    "ask_opinion": joint.ask_opinion,
    "answer_opinion": joint.answer_opinion,
    "consult": consultation.consult,
    "report_resolution": consultation.report_resolution,
    "conclude": decisions.conclude,
    "take_over_call": outbound.take_over_call,
    "release_matter": stage.release_matter,
    "drop_matter": stage.drop_matter,
    "make_certificate": decisions.make_certificate,
    "deliver": decisions.deliver,
    "revoke": decisions.revoke,
    "withdraw": decisions.withdraw,
    "terminate": decisions.terminate,
    "nudge": orders.nudge,
    "order": orders.order,
    "answer_order": orders.answer_order,
}
_FOR_WHOM: Mapping[str, Callable[[OpenCase, Mapping[str, Any]], int | None]] = {
    "answer_order": lambda case, details: orders.ordered(case, details.get("order")),
    "report_resolution": lambda case, details: consultation.responsible(case, details.get("resolution")),
}
"""Acts in the name of one department, which the details name: a stand-in of several does them for that one."""
WITHOUT_STEP = tuple(name for name in _PERFORM if ACTS[name].effect in (Effect.LEAVES, Effect.TELLS, Effect.CANCELS))
BY_APPLICANT = ("receive_correction", "bring_material", "withdraw")
BRINGS = ("receive_correction", "bring_material")
"""Acts that bring materials and so may bring files; a material with a file counts as brought."""


@dataclass(frozen=True)
class Done:
    """What an act answered: kept under its request id, so that a second click gets the same."""

    case_no: str
    phase: str
    told: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        return {"case_no": self.case_no, "phase": self.phase, "told": dict(self.told)}


# ---------------------------------------------------------------- tasks
def claim(tx: Tx, who: Officer, task_id: int, *, now: datetime) -> Done:
    """Take a task from the window's pool. Exactly one wins; the loser gets TaskTaken with the winner's name and the
    moment. The step clock runs on from the task's arrival. Claiming what one has already is no error. Raises ActNotAllowed
    for who could not finish it: a window's clerk holds no review."""
    with _Task(tx, task_id, now) as (case, task):
        case.demand(who, ACTS["claim"], task.window_id)
        actor = case.demand(who, claiming(case, task), task.window_id)
        if task.state == "claimed" and task.officer_id == who.id:
            return _done(case, {})
        _demand_live(task)
        if task.state == "claimed":
            raise TaskTaken(officer=officer(tx, task.officer_id).name, at=task.claimed_at)
        case.set_task(task_id, state="claimed", officer_id=who.id, claimed_at=now)
        case.told("claim", actor, task=task_id, step=task.step)
        return _done(case, {})


def give_back(tx: Tx, who: Officer, task_id: int, *, now: datetime) -> Done:
    """Put a claimed task back into the window's pool; its clock runs on."""
    with _Task(tx, task_id, now) as (case, task):
        actor = case.demand(who, ACTS["give_back"], task.window_id)
        _demand_holder(tx, task, who, "放回")
        case.set_task(task_id, state="open", officer_id=None, claimed_at=None, draft=None)
        case.told("give_back", actor, task=task_id, step=task.step)
        return _done(case, {})


def transfer(tx: Tx, who: Officer, task_id: int, to_login: str, reason: str, *, now: datetime) -> Done:
    """Hand a claimed task to a colleague of the same window for good (转办); its clock runs on."""
    with _Task(tx, task_id, now) as (case, task):
        actor = case.demand(who, ACTS["transfer"], task.window_id)
        _demand_holder(tx, task, who, "转办")
        receiver = officer_by_login(tx, to_login)
        _demand_seat(case, receiver, task.window_id)
        case.set_task(task_id, officer_id=receiver.id, claimed_at=now, draft=None)
        case.told("transfer", actor, task=task_id, step=task.step, to=receiver.login, reason=reason)
        return _done(case, {})


def hand_over(
    tx: Tx,
    by: Officer,
    from_login: str,
    to_login: str | None,
    reason: str,
    *,
    now: datetime,
    windows: Collection[int] | None = None,
) -> int:
    """An officer leaves: every task that he has claimed goes to a colleague, or back to its pool (离职转办); windows: only
    those of these windows, where he leaves no others. Each case is its own transaction, so this leaves a job per case, and one
    for whoever stands in for him: what he may not do any more, they may not either. Returns how many cases."""
    leaving = officer_by_login(tx, from_login)
    receiver = officer_by_login(tx, to_login) if to_login else None
    free_what_stand_ins_hold(tx, leaving, reason, by, now)
    return _hand_over(tx, by, leaving, receiver, reason, now, windows)


def _hand_over(
    tx: Tx,
    by: Officer,
    leaving: Officer,
    receiver: Officer | None,
    reason: str,
    now: datetime,
    windows: Collection[int] | None,
) -> int:
    t = tables.tasks
    mine = sa.and_(t.c.officer_id == leaving.id, t.c.state == "claimed")
    if windows is not None:
        mine = sa.and_(mine, t.c.window_id.in_(windows))
    held = tx.rows(sa.select(t.c.case_id).where(mine).distinct())
    for row in held:
        payload = {
            "by": by.login,
            "from": leaving.login,
            "to": receiver.login if receiver else None,
            "reason": reason,
            "windows": None if windows is None else sorted(windows),
        }
        jobs.leave(tx, "hand_over", run_at=now, case_id=row.case_id, payload=payload)
    return len(held)


def reassign(tx: Tx, login: str, change: Change, by: Officer, *, now: datetime) -> tuple[Officer, int]:
    """Roles, seats and post of an officer change, and what he has claimed and may not do any more goes back to its pool.
    Returns the officer as he is now and how many cases that touches. Raises what `change_officer` raises."""
    changed = change_officer(tx, login, change, by, now)
    return changed.officer, hand_over(tx, by, login, None, change.reason, now=now, windows=changed.freed)


def free_claimed(tx: Tx, payload: Mapping[str, Any], now: datetime) -> None:
    """The job of a stand-in whose days are over, or whose absent one has left: what he has claimed at windows that are not open to
    him any more goes back to its pool. Where he stands in still, by another appointment, nothing does."""
    who, by, t = officer_by_login(tx, payload["login"]), officer_by_login(tx, payload["by"]), tables.tasks
    known = establishment_now(tx)
    still_open = known.windows_open_to(tx, who, known.time(tx, who.office_id).civil(now))
    held = tx.rows(sa.select(t.c.window_id).where(t.c.officer_id == who.id, t.c.state == "claimed").distinct())
    closed = {row.window_id for row in held} - still_open
    _hand_over(tx, by, who, None, payload["reason"], now, closed)


def hand_over_case(tx: Tx, case_id: int, payload: Mapping[str, Any], now: datetime) -> None:
    """The job of one case: every task of the leaving officer passes on. Running twice changes nothing."""
    leaving, by = officer_by_login(tx, payload["from"]), officer_by_login(tx, payload["by"])
    receiver = officer_by_login(tx, payload["to"]) if payload["to"] else None
    with open_case(tx, case_id, now) as case:
        for task in [one for one in case.tasks() if one.state == "claimed"]:
            left = payload.get("windows")
            if task.officer_id != leaving.id or (left is not None and task.window_id not in left):
                continue
            if receiver is not None and task.window_id in receiver.windows:
                case.set_task(task.id, officer_id=receiver.id, claimed_at=now, draft=None)
                to = receiver.login
            else:
                case.set_task(task.id, state="open", officer_id=None, claimed_at=None, draft=None)
                to = "pool"
            told = {"task": task.id, "step": task.step, "from": leaving.login, "to": to, "reason": payload["reason"]}
            case.told("hand_over", Actor("officer", by), **told)


def complete(
    tx: Tx,
    who: Officer,
    task_id: int,
    outcome: str,
    *,
    answers: Mapping[str, Any],
    details: Mapping[str, Any],
    now: datetime,
    request_id: str | None = None,
    etag: str | None = None,
) -> Done:
    """Finish a claimed task with one of its outcomes: the act of the outcome is performed, then the process goes on.

    answers: of the step's form. details: of the act (items of a correction, reasons of a refusal …). A second click with
    the same request id and content gets the first answer; another content raises RequestReused. Raises TaskStale when
    `etag` is not the task's, TaskNotYours, TaskOver, OutcomeUnknown, FormNotAnswered and whatever the act demands.
    """
    with _Task(tx, task_id, now, request_id) as (case, task):
        content = {
            "task": task_id,
            "outcome": outcome,
            "answers": dict(answers),
            "details": dict(details),
            "who": who.login,
        }
        if (kept := earlier_answer(case.request, content)) is not None:
            return Done(kept["case_no"], kept["phase"], kept["told"])
        case.demand(who, ACTS["complete"], task.window_id)  # a stranger learns not even which outcomes there are
        act_name = _act_of(case, task, outcome)
        actor = case.demand(who, ACTS[act_name or "complete"], task.window_id)
        _demand_live(task)
        if etag is not None and etag != task_etag(task):
            raise TaskStale(task=task.name)
        _demand_holder(tx, task, who, "办理")
        form = case.version.form(task.form)
        clean = judge(form or NO_FORM, answers)
        case.set_task(task_id, state="done", done_at=now, outcome=outcome, person_id=actor.person_id, draft=None)
        case.clocks.stop(ClockKind.STEP, case.today, f"task:{task_id}")
        must_say = outcome in SAYS_WHY and not clean.get("opinion")
        told = _perform(case, act_name or "complete", actor, details, must_say=must_say)
        told |= {"task": task_id, "step": task.step, "outcome": outcome, "answers": clean}
        if task.kind == StepKind.COUNTERSIGN:
            told |= joint.sign(case, task, outcome, told["opinion"] or str(clean.get("opinion") or ""), actor)
        else:
            case.process.complete(task.token, {**case.routing_facts(clean), "outcome": outcome})
        case.told(act_name or "complete", actor, **told)
        return _done(case, told, request_id, content)


def keep_draft(tx: Tx, who: Officer, task_id: int, draft: Mapping[str, Any]) -> None:
    """Keep what has been typed for a task that is not finished. Only its holder may, and only he is shown it; it goes with
    the task's end and with its leaving his hands. No act: nothing is journalled, no ETag changes. Raises TaskUnknown for a
    stranger, TaskOver, TaskNotYours.

    Race: the task is taken away at this moment. Then no row fits, and he is told who has it."""
    t = tables.tasks
    mine = sa.and_(t.c.id == task_id, t.c.officer_id == who.id, t.c.state == "claimed")
    if tx.execute(t.update().where(mine).values(draft=dict(draft))).rowcount == 1:
        return
    row = tx.row(sa.select(t, tables.cases.c.office_id).join(tables.cases).where(t.c.id == task_id))
    if row is None or not sees(tx, who, row.case_id, row.office_id):
        raise TaskUnknown()
    _demand_holder(tx, row, who, "保存")


def return_targets(tx: Tx, who: Officer, task_id: int, now: datetime) -> tuple[Return, ...]:
    """The earlier steps to which this task may be sent back now, the latest first, each with what it would withdraw.
    Nothing is locked or written; `send_back` judges again. Raises TaskUnknown for a stranger, TaskOver."""
    t = tables.tasks
    task = tx.row(sa.select(t).where(t.c.id == task_id))
    if task is None:
        raise TaskUnknown()
    case = look_at(tx, task.case_id, now)
    if not sees(tx, who, case.id, case.row.office_id):
        raise TaskUnknown()
    _demand_live(task)
    if task.kind == StepKind.COUNTERSIGN:
        return ()
    return tuple(one for one in case.process.withdrawable_targets(task.token) if _lawful_target(case, one.target))


def preview_send_back(tx: Tx, who: Officer, task_id: int, target: str, *, now: datetime) -> Return:
    """What a return to an earlier step would withdraw, before anybody confirms it. Nothing is written."""
    with _Task(tx, task_id, now) as (case, task):
        case.demand(who, ACTS["send_back"], task.window_id)
        _demand_live(task)
        _demand_no_signer(task)
        _demand_lawful_target(case, target)
        return case.process.preview_send_back(task.token, target)


def send_back(
    tx: Tx, who: Officer, task_id: int, target: str, reason: str, *, now: datetime, request_id: str | None = None
) -> Done:
    """Return the case to an earlier step (退回): inside one branch, or before a split, then every open sibling is
    withdrawn and journalled. Raises SendBackNotLawful across acceptance or the decision, NotNow with the reason for
    anything that the diagram does not bear."""
    with _Task(tx, task_id, now, request_id) as (case, task):
        content = {"send_back": task_id, "target": target, "reason": reason, "who": who.login}
        if (kept := earlier_answer(case.request, content)) is not None:
            return Done(kept["case_no"], kept["phase"], kept["told"])
        actor = case.demand(who, ACTS["send_back"], task.window_id)
        _demand_live(task)
        _demand_holder(tx, task, who, "退回")
        _demand_no_signer(task)
        _demand_lawful_target(case, target)
        siblings = [t.id for t in case.tasks() if t.id != task_id]
        calls = {call.token for call in case.process.open_calls}
        case.process.send_back(task.token, target)
        live = {s.token for s in case.process.open_steps}
        withdrawn = [t for t in case.tasks() if t.id in siblings and joint.step_token(t.token) not in live]
        if calls - {call.token for call in case.process.open_calls}:  # a matter that runs cannot be un-called
            raise SendBackNotLawful(case_no=case.case_no, phase=PHASE_NAMES[case.phase], target=target)
        told = {
            "task": task_id,
            "step": task.step,
            "to": target,
            "reason": reason,
            "withdrawn": [t.step for t in withdrawn],
        }
        case.told("send_back", actor, **told)
        return _done(case, told, request_id, content)


def task_etag(task: Any) -> str:
    """What a page of this task depends on: its state, its holder, its form. Never on lamps or other departments."""
    return journal.digest(f"{task.id}|{task.state}|{task.officer_id}|{task.form}|{task.arrived_at.isoformat()}")[:20]


# ---------------------------------------------------------------- acts that no step draws
def act(
    tx: Tx,
    who: Officer,
    case_id: int,
    act_name: str,
    details: Mapping[str, Any],
    *,
    now: datetime,
    request_id: str | None = None,
    files: Files = NO_FILES,
) -> Done:
    """An act at the case itself: pause, extend, withdraw, terminate, correction received … files: of acts in BRINGS only.
    Raises ActUnknown, ActNotNow, FilesNotTaken."""
    check_files(files)
    with open_case(tx, case_id, now, request_id) as case:
        if act_name not in WITHOUT_STEP:
            case.demand(who, ACTS["claim"])
            raise ActUnknown(act=act_name)
        for_whom = _FOR_WHOM[act_name](case, details) if act_name in _FOR_WHOM else None
        actor = case.demand(who, ACTS[act_name], department_id=for_whom)
        return _act(case, act_name, actor, details, request_id, files)


def act_as_applicant(
    tx: Tx,
    case_id: int,
    act_name: str,
    details: Mapping[str, Any],
    *,
    now: datetime,
    request_id: str | None = None,
    files: Files = NO_FILES,
) -> Done:
    """The applicant's own acts: bring the correction, bring a promised paper, withdraw; files as in `act`. Who he is was
    checked outside."""
    if act_name not in BY_APPLICANT:
        raise ActUnknown(act=act_name)
    check_files(files)
    with open_case(tx, case_id, now, request_id) as case:
        return _act(case, act_name, APPLICANT, details, request_id, files)


def _act(
    case: OpenCase,
    act_name: str,
    actor: Actor,
    details: Mapping[str, Any],
    request_id: str | None,
    files: Files,
) -> Done:
    digests = {key: [u.digest for u in uploads] for key, uploads in files.items() if uploads}
    assert not digests or act_name in BRINGS, f"{act_name} takes no files"
    if digests:
        named = details.get("materials")
        details = {**details, "materials": [*dict.fromkeys([*(named if isinstance(named, list) else []), *digests])]}
    content = {"act": act_name, "case": case.id, "details": dict(details), "who": actor.journal_name, "files": digests}
    if (kept := earlier_answer(case.request, content)) is not None:
        return Done(kept["case_no"], kept["phase"], kept["told"])
    if act_name == "end_special":
        _demand_no_drawn_end(case, details)
    told = _perform(case, act_name, actor, details)
    if digests:
        told["files"] = keep_files(case, files, actor)
    case.told(act_name, actor, **told)
    return _done(case, told, request_id, content)


def run_timers(tx: Tx, case_id: int, now: datetime) -> None:
    """BPMN timers of a case that are due: a job of the case, never of the sweep."""
    with open_case(tx, case_id, now) as case:
        fired = 0 if case.process.ended else case.process.run_timers()
        if fired:
            case.told("timers", SYSTEM, fired=fired)


# ---------------------------------------------------------------- how they work
class _Task:
    """The open case of a task, with the task's row. A task that does not exist and one of a stranger's case are alike."""

    def __init__(self, tx: Tx, task_id: int, now: datetime, request_id: str | None = None) -> None:
        self._task_id, self._held = task_id, open_case_of_task(tx, task_id, now, request_id)

    def __enter__(self) -> tuple[OpenCase, Any]:
        try:
            case = self._held.__enter__()
        except CaseUnknown as stranger:
            raise TaskUnknown() from stranger
        for task in case.tasks():
            if task.id == self._task_id:
                return case, task
        return case, case.tx.row(_TASK, task_id=self._task_id)

    def __exit__(self, kind: Any, failed: BaseException | None, trace: Any) -> None:
        if isinstance(failed, CaseUnknown):
            raise TaskUnknown() from failed
        self._held.__exit__(kind, failed, trace)


_TASK = Prepared(sa.select(tables.tasks).where(tables.tasks.c.id == sa.bindparam("task_id")))


def _perform(
    case: OpenCase, act_name: str, actor: Actor, details: Mapping[str, Any], *, must_say: bool = False
) -> dict[str, Any]:
    """Guards first, then the records, then the phase that follows."""
    rule: Act = ACTS[act_name]
    rule.demand_phase(case.phase, case.case_no)
    levels.demand_here(case, act_name)
    perform = _PERFORM.get(act_name)
    told = perform(case, actor, details) if perform else _note_only(act_name, details, must_say)
    case.enter(act_name)
    return told


def _note_only(act_name: str, details: Mapping[str, Any], must_say: bool) -> dict[str, Any]:
    """Acts whose whole effect is the completed step and what it says (review, check, visit, opinion)."""
    given = Given(ACTS[act_name].label, details)
    opinion = given.text("opinion", "意见", optional=not must_say)
    given.check()
    return {"opinion": opinion}


def claiming(case: OpenCase, task: Any) -> Act:
    """Claiming as it is for this task: who holds it can finish it, with one of its outcomes at least."""
    return replace(ACTS["claim"], roles=who_finishes(drawn_step(case.version, task.step)))


def _act_of(case: OpenCase, task: Any, outcome: str) -> str | None:
    work = case.process.work_of(joint.step_token(task.token))
    if work is not None and all(drawn.code != outcome for drawn in work.outcomes):
        told = "、".join(f"{drawn.label}（{drawn.code}）" for drawn in work.outcomes)
        raise OutcomeUnknown(task=task.name, outcome=outcome, outcomes=told)
    return OUTCOMES[task.kind].get(outcome)


def _demand_live(task: Any) -> None:
    if task.state in ("done", "withdrawn"):
        raise TaskOver(task=task.name, state="办理完毕" if task.state == "done" else "撤回")


def _demand_holder(tx: Tx, task: Any, who: Officer, act: str) -> None:
    _demand_live(task)
    if task.officer_id != who.id:
        holder = f"由 {officer(tx, task.officer_id).name} 签收" if task.officer_id is not None else "还没有签收"
        raise TaskNotYours(task=task.name, holder=holder, act=act)


def _demand_no_signer(task: Any) -> None:
    if task.kind == StepKind.COUNTERSIGN:
        raise joint.SignerOnlySigns()


def _demand_seat(case: OpenCase, receiver: Officer, window_id: int) -> None:
    if window_id not in receiver.windows or not receiver.active:
        window = next(w.name for w in case.windows if w.id == window_id)
        raise NoSeat(name=receiver.name, window=window)


def _demand_lawful_target(case: OpenCase, target: str) -> None:
    """A return stays inside the phase: never back over acceptance, never back over the decision."""
    if not _lawful_target(case, target):
        raise SendBackNotLawful(case_no=case.case_no, phase=PHASE_NAMES[case.phase], target=target)


def _lawful_target(case: OpenCase, target: str) -> bool:
    kind = step_kinds(case.version).get(target)
    before, after = {StepKind.INTAKE}, {StepKind.CERTIFICATE, StepKind.DELIVER}
    lawful = {
        Phase.RECEIVED: kind in before | {StepKind.MANUAL, StepKind.NOTIFY, StepKind.PAYMENT},
        Phase.ACCEPTED: kind not in before | after,
        Phase.DECIDED: kind in after | {StepKind.MANUAL, StepKind.NOTIFY, StepKind.PAYMENT},
    }
    return kind is None or lawful.get(case.phase, False)


def _demand_no_drawn_end(case: OpenCase, details: Mapping[str, Any]) -> None:
    drawn = drawn_ends(case)
    for pause in case.open_pauses():
        if details.get("ground") in (None, "", pause.ground) and pause.ground in drawn:
            raise EndsInItsStep(ground=GROUND_NAMES[Ground(pause.ground)], step=drawn[pause.ground])


def drawn_ends(case: OpenCase) -> dict[str, str]:
    """The special procedures whose end is a step that waits now: ground -> name of the task."""
    waiting = [t for t in case.tasks() if t.kind == StepKind.SPECIAL]
    works = [(t.name, drawn_step(case.version, t.step)) for t in waiting]
    return {str(w.ground): name for name, w in works if w.ground and "end" in {o.code for o in w.outcomes}}


def _done(
    case: OpenCase, told: dict[str, Any], request_id: str | None = None, content: Mapping[str, Any] | None = None
) -> Done:
    """The answer to an act, kept under its request id: the phase is the one in which the act leaves the case, closed after its
    delivery. The numbers of its documents stand in it when the act is saved."""
    case.settle()
    done = Done(case.case_no, case.phase, told)

    def keep() -> None:
        name_in(told)
        if request_id is not None:
            keep_answer(case.tx, request_id, content, done.to_json(), case.now)

    case.at_last(keep)
    return done
