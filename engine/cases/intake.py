"""From the application to acceptance: filing, receipt, one-time correction, acceptance, its refusal, silence (行政许可法 第32条)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from forms import judge

from ..catalogue import APPLICATION, CHANNELS, Material, Version, running
from ..clock import UNVERIFIED, ClockKind, CountedFrom, Day, Limit, Span, limit_of
from ..diagrams import CORRECTION_RECEIVED, StepKind
from ..errors import Fault, NotLawful, NotNow, NotValid
from ..people import SYSTEM, Actor, Office, remedy_text
from ..store import Tx, answered, first_time, journal, next_number, tables
from .case import OpenCase, new_case, open_case
from .files import Files, check_files, keep_files
from .given import Given
from .levels import BroughtBelow, brought_below, demand_acceptance_open
from .papers import chinese_date, chinese_day, chinese_moment, lines_of
from .phases import Phase
from .stage import Choices

REFUSALS = {"not_required": "依法不需要取得行政许可", "wrong_office": "依法不属于本机关职权范围"}
_QUERY_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


class FilingNotValid(NotValid):
    code = "filing-not-valid"
    sentence = "申请有 {count} 处需要修改，没有提交。"
    remedy = "按每处的提示修改后重新提交，已填的内容没有丢失。"


class NoticeTooLate(NotLawful):
    """After the five days nothing can be asked any more: the application counts as accepted."""

    code = "notice-too-late"
    sentence = "一次告知的期限已于 {due} 届满，自收到材料之日起即为受理，不能再{act}。"
    remedy = "请办理受理；受理日期为收到材料之日 {since}。"
    basis = "行政许可法 第32条第一款第四项"


class NewDemand(NotLawful):
    """A later notice names something that the one before it did not."""

    code = "new-demand"
    sentence = "再次补正不能提出新的要求：{items} 不在上一次告知的清单里。"
    remedy = "只列上次告知后仍然缺少或不合格的材料；其余部分应当受理。"
    basis = "行政许可法 第32条第一款第四项、第72条第四项"


class NotTolerable(NotLawful):
    code = "not-tolerable"
    sentence = "{items} 不属于可容缺材料，不能容缺受理。"
    remedy = "请一次性告知补正，或等材料补齐后受理。"


class NothingMissing(NotNow):
    code = "nothing-missing"
    sentence = "办件{case_no}的材料已经齐全，不需要{act}。"
    remedy = "请办理受理。"


class RemedyMissing(NotLawful):
    """A refusal without the way to remedy cannot be issued."""

    code = "remedy-missing"
    sentence = "{office}没有登记“{decision}”的救济途径，这样的决定不能作出。"
    remedy = "请管理员登记复议机关、受诉法院和期限后再办理。"
    basis = "行政许可法 第38条"


@dataclass(frozen=True)
class Filing:
    """An application as it comes in. materials: key -> brought | missing; what is not named is missing, and what comes
    with a file is brought."""

    matter: str
    applicant: Mapping[str, Any]
    answers: Mapping[str, Any]
    materials: Mapping[str, str]
    channel: str
    project_code: str | None = None
    files: Files = field(default_factory=dict)


@dataclass(frozen=True)
class Filed:
    """The receipt. `query_code` is told once: with the case number it opens the public progress page."""

    case_id: int
    case_no: str
    query_code: str
    filed_at: datetime
    received_at: datetime
    after_hours: bool


def file_case(
    tx: Tx, of: Office, filing: Filing, actor: Actor, now: datetime, *, request_id: str | None = None
) -> Filed:
    """Take an application. It is received at this very moment, or, filed online outside the hours, at the next working
    moment: a fact that the system sets and nobody delays or moves (第29条、第32条第四项).

    request_id: of the page that files, made by us and told to nobody else. A second click with it and the same content gets
    the first answer, query code included: the code follows from the id, so that it need not be kept. Raises MatterUnknown,
    FilingNotValid, FormNotAnswered, FilesNotTaken, RequestReused.
    """
    check_files(filing.files)
    if request_id is None:
        return _take_in(tx, of, filing, actor, now, new_query_code())
    key, query_code = f"file:{journal.digest(request_id)}", _code_of(request_id)
    digests = {name: [u.digest for u in uploads] for name, uploads in filing.files.items() if uploads}
    content = {**vars(filing), "files": digests, "office": of.code, "who": actor.journal_name}
    kept = first_time(tx, key, content, now)
    if kept is not None:
        return Filed(**{**kept, "query_code": query_code, **{at: datetime.fromisoformat(kept[at]) for at in _MOMENTS}})
    filed = _take_in(tx, of, filing, actor, now, query_code)
    told = {name: value for name, value in vars(filed).items() if name != "query_code"}
    answered(tx, key, {**told, **{at: told[at].isoformat() for at in _MOMENTS}})
    return filed


def next_case_no(tx: Tx, of: Office, matter: str, on: date) -> str:
    """`GH02-2026-00017`: counted by office, matter and year, without gaps."""
    return f"{of.number_prefix}{matter}-{on.year}-{next_number(tx, of.id, f'case:{matter}', on.year):05d}"


def new_query_code() -> str:
    """Twelve signs that nobody mistakes for another one when he copies them by hand."""
    return "".join(secrets.choice(_QUERY_ALPHABET) for _ in range(12))


_MOMENTS = ("filed_at", "received_at")


def _code_of(request_id: str) -> str:
    """The query code of a page: as good as the id that it is made from, and nothing else leads to it."""
    number = int(journal.digest(f"query code of {request_id}"), 16)
    places = [len(_QUERY_ALPHABET) ** n for n in range(12)]
    return "".join(_QUERY_ALPHABET[number // place % len(_QUERY_ALPHABET)] for place in places)


def _take_in(tx: Tx, of: Office, filing: Filing, actor: Actor, now: datetime, query_code: str) -> Filed:
    version, known = running(tx, of.id, filing.matter)
    answers = judge(version.content.forms[APPLICATION], filing.answers)
    _check_filing(filing, version)
    time = known.time(tx, of.id)
    received = time.received(now, in_person=filing.channel == "window")
    values = {
        "case_no": next_case_no(tx, of, filing.matter, time.civil(now)),
        "office_id": of.id,
        "matter_id": version.matter_id,
        "version_id": version.id,
        "channel": filing.channel,
        "applicant_name": str(filing.applicant["name"]).strip(),
        "applicant": dict(filing.applicant),
        "answers": answers,
        "project_code": filing.project_code,
        "query_digest": journal.digest(query_code),
        "phase": Phase.RECEIVED,
        "filed_at": now,
        "received_at": received.at,
        "received_on": received.on,
    }
    with new_case(tx, values, now) as case:
        case.steps_from = received.on
        listed = _lay_out_materials(case, {**filing.materials, **dict.fromkeys(_with_files(filing.files), "brought")})
        files = keep_files(case, filing.files, actor)
        case.clocks.start(ClockKind.NOTICE, needed(case, ClockKind.NOTICE), received.on)
        case.start_decision_clocks(CountedFrom.RECEIVED, received.on)
        case.start_process({**case.routing_facts(answers), "channel": filing.channel})
        brought = [material.name for material, state in listed if state == "brought"]
        lacking = [material.name for material, state in listed if state == "missing"]
        paper = case.issue(
            "receipt",
            received=chinese_moment(time, received.at),
            count=len(brought),
            brought="、".join(brought) or "无",
            lacking=f"尚缺材料：{'、'.join(lacking)}。\n" if lacking else "",
            notice=limit_words(case, ClockKind.NOTICE),
        )
        case.told(
            "receive",
            actor,
            channel=filing.channel,
            applicant=dict(filing.applicant),
            answers=answers,
            project_code=filing.project_code,
            materials={material.key: state for material, state in listed},
            files=files,
            received_at=received.at.isoformat(),
            provisional=received.provisional,
            paper=paper,
        )
    return Filed(case.id, case.case_no, query_code, now, received.at, received.after_hours)


# ---------------------------------------------------------------- acts of the intake step
def accept(case: OpenCase, actor: Actor, details: Mapping[str, Any]) -> dict[str, Any]:
    """Accept a complete application; after the five days the acceptance is dated back to the receipt (视为受理). A stage's one
    acceptance accepts every matter that is not held back. details, of a stage alone: held [{matter, reason}], tolerant [codes]
    that start before a prerequisite has its result."""
    given = Given("受理", details)
    case.choices = Choices.of(case, given)
    given.check()
    if _notice_passed(case):
        return accept_as(case, actor, mode="deemed")
    return accept_as(case, actor, mode="ordinary")


def accept_tolerant(case: OpenCase, actor: Actor, details: Mapping[str, Any]) -> dict[str, Any]:
    """Accept although tolerable papers are missing; each is promised for a day (容缺受理). details: promises
    [{material, promised_on}], letter."""
    given = Given("容缺受理", details)
    promises = given.rows("promises", "容缺材料", ("material", "promised_on"))
    given.text("letter", "承诺书编号")
    days: dict[str, date] = {}
    missing = {m.key: m for m in case.materials() if m.state in ("missing", "promised")}
    for i, row in enumerate(promises):
        try:
            days[row["material"]] = date.fromisoformat(row["promised_on"])
        except ValueError:
            given.fault(f"promises/{i}", "补交日期不是日期", "按 2026-11-23 的样子填写")
        if row["material"] not in missing:
            given.fault(f"promises/{i}", f"材料“{row['material']}”不缺", "只列缺少的材料")
    given.check()
    hard = [m.name for key, m in missing.items() if not _tolerable(case, key) or key not in days]
    if hard:
        raise NotTolerable(items="、".join(hard))
    for key, promised_on in days.items():
        _set_material(case, key, state="promised", promised_on=promised_on)
        span = Span.parse(f"{max((promised_on - case.today).days, 0)}cd")
        case.clocks.start(ClockKind.TOLERANCE, limit_of(span), case.today, key)
    return {**accept_as(case, actor, mode="tolerant"), "promises": promises}


def request_correction(case: OpenCase, actor: Actor, details: Mapping[str, Any]) -> dict[str, Any]:
    """Tell the applicant everything that is missing, once. details: items [{material, problem}], each a material of the
    published list. A later notice may only name items of the one before it that are still missing or defective."""
    given = Given("一次告知补正", details)
    items = given.rows("items", "需要补正的内容", ("material", "problem"))
    names = {m.key: m.name for m in case.materials()}
    for i, item in enumerate(items):
        if item["material"] not in names:
            given.fault(f"items/{i}", f"“{item['material']}”不在公布的材料清单里", "只能要求清单里的材料（第31条）")
    given.check()
    if again := [name for key, name in brought_below(case).items() if key in {i["material"] for i in items}]:
        raise BroughtBelow(items="、".join(again))
    _demand_in_time(case, "要求补正")
    rounds = _rounds(case)
    if rounds:
        earlier = {item["material"] for item in rounds[-1].items}
        new = [names[i["material"]] for i in items if i["material"] not in earlier]
        if new:
            raise NewDemand(items="、".join(new))
    for item in items:
        _set_material(case, item["material"], state="missing")
    case.tx.insert(tables.corrections, case_id=case.id, round=len(rounds) + 1, items=items, asked_at=case.now)
    for kind in (ClockKind.NOTICE, *case.decision_kinds):
        case.clocks.stop(kind, case.today)
    if case.clocks.find(ClockKind.CORRECTION) is None:
        case.clocks.start(ClockKind.CORRECTION, needed(case, ClockKind.CORRECTION), case.today)
    paper = case.issue(
        "correction",
        found="经核对补正的材料，仍有下列内容没有补正" if rounds else "申请材料不齐全或者不符合法定形式",
        items=lines_of([f"{names[i['material']]}：{i['problem']}" for i in items]).rstrip("\n"),
        by=due_words(case, ClockKind.CORRECTION),
    )
    return {"round": len(rounds) + 1, "items": items, "paper": paper}


def refuse_acceptance(case: OpenCase, actor: Actor, details: Mapping[str, Any]) -> dict[str, Any]:
    """Refuse to accept, in writing with reasons, basis and remedy. details: reason_code, reasons, basis, refer_to
    (where the applicant should go, when this is the wrong office)."""
    given = Given("不予受理", details)
    code = given.one_of("reason_code", "不予受理情形", REFUSALS)
    reasons, basis = given.text("reasons", "理由"), given.text("basis", "法律依据")
    refer_to = given.text("refer_to", "应当向哪个机关申请", optional=code != "wrong_office")
    given.check()
    demand_acceptance_open(case)
    _demand_in_time(case, "不予受理")
    remedy = remedy_of(case, "refuse_acceptance", "不予受理")
    case.clocks.stop_all(case.today)
    case.change(result="not_accepted")
    paper = case.issue(
        "non_acceptance",
        case=f"申请事项{REFUSALS[code]}",
        reasons=reasons,
        basis=basis,
        refer=f"请向{refer_to}提出申请。\n" if refer_to else "",
        remedy=remedy,
    )
    return {"reason_code": code, "reasons": reasons, "basis": basis, "paper": paper}


# ---------------------------------------------------------------- acts without a step
def receive_correction(case: OpenCase, actor: Actor, details: Mapping[str, Any]) -> dict[str, Any]:
    """The applicant brings what was asked for. A new five-day clock runs from this receipt. details: materials [keys],
    channel (online after hours it is received at the next working moment)."""
    given = Given("收到补正材料", details)
    brought = given.names("materials", "补正的材料")
    channel = given.one_of("channel", "渠道", CHANNELS)
    asked = _rounds(case)[-1]
    wanted = {item["material"] for item in asked.items}
    for key in brought:
        if key not in wanted:
            given.fault("materials", f"“{key}”不在补正清单里", f"清单：{'、'.join(sorted(wanted))}")
    given.check()
    received = case.time.received(case.now, in_person=channel == "window")
    case.steps_from = received.on
    for key in brought:
        _set_material(case, key, state="brought", brought_at=received.at)
    case.tx.execute(
        tables.corrections.update().where(tables.corrections.c.id == asked.id).values(brought_at=received.at)
    )
    case.clocks.stop(ClockKind.CORRECTION, received.on)
    case.clocks.start(ClockKind.NOTICE, needed(case, ClockKind.NOTICE), received.on)
    case.start_decision_clocks(CountedFrom.RECEIVED, received.on)
    case.process.message(CORRECTION_RECEIVED)
    return {"materials": brought, "round": asked.round, "received_at": received.at.isoformat()}


def deem_accept(tx: Tx, case_id: int, now: datetime) -> bool:
    """Silence is acceptance: a job of the case at the start of the next working day. False when somebody acted in time,
    or when a new calendar moved the date: then another job is waiting."""
    with open_case(tx, case_id, now) as case:
        notice = case.clocks.find(ClockKind.NOTICE)
        if case.phase is not Phase.RECEIVED or notice is None:
            return False
        due = notice.clock.due(case.time)
        if due is None or now < case.time.deemed_at(due.on):
            return False
        told = accept_as(case, SYSTEM, mode="deemed")
        case.enter("deem_accept")
        told |= finish_intake(case)
        case.told("deem_accept", SYSTEM, **told)
        return True


def finish_intake(case: OpenCase) -> dict[str, Any]:
    """The system completes the intake step of a case that was accepted without it. Returns what the journal is told of the
    task; empty when none waits."""
    intake = next((t for t in case.tasks() if t.kind == StepKind.INTAKE), None)
    if intake is None:
        return {}
    case.set_task(intake.id, state="done", done_at=case.now, outcome="accept")
    case.clocks.stop(ClockKind.STEP, case.today, f"task:{intake.id}")
    case.process.complete(intake.token, {"outcome": "accept"})
    return {"task": intake.id, "step": intake.step, "outcome": "accept"}


# ---------------------------------------------------------------- how they work
def demand_correctable(case: OpenCase) -> None:
    """Whether anything may be asked of the applicant now. Raises NoticeTooLate; BroughtBelow when he brought all of it to the lower
    office; NothingMissing when all that was asked before
    has been brought, for what is new may not be asked any more."""
    _demand_in_time(case, "要求补正")
    if not correctable(case):
        if here := brought_below(case):
            raise BroughtBelow(items="、".join(here.values()))
        raise NothingMissing(case_no=case.case_no, act="再次补正")


def correctable(case: OpenCase) -> list[str]:
    """The materials that a notice may name now: the first any of the published list, a later one only those of the one
    before it; never what came up from the lower office (第35条)."""
    rounds, there = _rounds(case), brought_below(case)
    earlier = {item["material"] for item in rounds[-1].items} if rounds else None
    return [m.key for m in case.materials() if m.key not in there and (earlier is None or m.key in earlier)]


def earlier_problems(case: OpenCase) -> dict[str, str]:
    """What the last notice said of each material that it named."""
    rounds = _rounds(case)
    return {item["material"]: item["problem"] for item in rounds[-1].items} if rounds else {}


def demand_tolerable(case: OpenCase) -> None:
    """Whether a tolerant acceptance has anything to tolerate. Raises NothingMissing, NotTolerable."""
    missing = [m for m in case.materials() if m.state in ("missing", "promised")]
    if not missing:
        raise NothingMissing(case_no=case.case_no, act="容缺受理")
    hard = [m.name for m in missing if not _tolerable(case, m.key)]
    if hard:
        raise NotTolerable(items="、".join(hard))


def demand_refusable(case: OpenCase) -> None:
    """Whether acceptance may still be refused. Raises AcceptedBelow, NoticeTooLate, RemedyMissing."""
    demand_acceptance_open(case)
    _demand_in_time(case, "不予受理")
    remedy_of(case, "refuse_acceptance", "不予受理")


def accept_as(case: OpenCase, actor: Actor, mode: str) -> dict[str, Any]:
    accepted_at = received_last(case.tx, case.row) if mode == "deemed" else case.now
    accepted_on = case.time.civil(accepted_at)
    case.clocks.stop(ClockKind.NOTICE, case.today)
    case.change(accepted_at=accepted_at, accepted_on=accepted_on, acceptance_mode=mode)
    case.start_decision_clocks(CountedFrom.ACCEPTED, accepted_on)
    words = {
        "deemed": "（逾期未一次告知，自收到申请材料之日起即为受理）",
        "tolerant": "（容缺受理）",
        "joint": "（并联审批，一并受理）",
        "ordinary": "",
    }
    promises = [
        f"{m.name}：{chinese_day(m.promised_on)}前" if m.promised_on else f"{m.name}：前置事项办结后自动转入"
        for m in (case.materials() if mode == "tolerant" else ())  # no other acceptance has anything promised
        if m.state == "promised"
    ]
    paper = case.issue(
        "acceptance",
        accepted=chinese_date(case.time, accepted_at),
        mode=words[mode],
        lacking=f"下列材料容缺，你（单位）承诺按期补交：\n{lines_of(promises)}" if promises else "",
        promised=due_words(case, case.decision_kinds[0]),
        statutory=due_words(case, case.decision_kinds[1]),
    )
    return {"mode": mode, "accepted_on": accepted_on.isoformat(), "paper": paper}


def received_last(tx: Tx, case: Any) -> datetime:
    """When the complete material came in: the last receipt. case: a row of `cases`."""
    t = tables.corrections
    brought = sa.select(sa.func.max(t.c.brought_at)).where(t.c.case_id == case.id)
    last: datetime = tx.value(brought) or case.received_at
    return last


def _notice_passed(case: OpenCase) -> bool:
    notice = case.clocks.find(ClockKind.NOTICE)
    if notice is None:
        return False
    due_at = notice.clock.due_at(case.time)
    return due_at is not None and case.now > due_at


def _demand_in_time(case: OpenCase, act: str) -> None:
    if _notice_passed(case):
        notice = case.clocks.find(ClockKind.NOTICE)
        assert notice is not None
        raise NoticeTooLate(
            due=notice.clock.due_at(case.time), act=act, since=case.time.civil(received_last(case.tx, case.row))
        )


def due_words(case: OpenCase, kind: ClockKind) -> str:
    """`2026年3月6日`, as a document says when a running clock is due; marked where the calendar or the limit is not sure."""
    running = case.clocks.find(kind)
    due = running.clock.due(case.time) if running else None
    if running is None or due is None:
        return "未设定"
    return f"{day_words(due)}{_mark(running.clock.limit)}"


def day_words(day: Day) -> str:
    """`2026年3月6日`, `2027年1月8日（暂定）`."""
    return f"{chinese_day(day.on)}{'（暂定）' if day.provisional else ''}"


def limit_words(case: OpenCase, kind: ClockKind) -> str:
    """`5 个工作日`, as a document says how long a limit is; marked where it is not verified."""
    limit = needed(case, kind)
    return f"{limit.span.words}{_mark(limit)}"


def basis_words(basis: str, verified: bool) -> str:
    """A basis as a document may name it: no article of what is not verified."""
    return basis if verified and basis else UNVERIFIED


def _mark(limit: Limit) -> str:
    return "" if limit.verified else f"（{UNVERIFIED}）"


def needed(case: OpenCase, kind: ClockKind) -> Limit:
    """The limit of a clock that every case has: the guide's own, else the law's."""
    limit = case.limit(kind) or limit_of(kind)
    assert limit is not None, f"no limit for {kind}"
    return limit


def _rounds(case: OpenCase) -> Sequence[Any]:
    c = tables.corrections
    return case.tx.rows(sa.select(c).where(c.c.case_id == case.id).order_by(c.c.round))


def _tolerable(case: OpenCase, key: str) -> bool:
    material = case.version.guide.material(key)
    return material is not None and material.tolerable


def _set_material(case: OpenCase, key: str, **values: Any) -> None:
    m = tables.materials
    case.tx.execute(m.update().where(m.c.case_id == case.id, m.c.key == key).values(**values))


def _lay_out_materials(case: OpenCase, brought: Mapping[str, str]) -> list[tuple[Material, str]]:
    """Returns each with its state."""
    listed = [(material, brought.get(material.key, "missing")) for material in case.version.guide.materials]
    rows = [
        {
            "case_id": case.id,
            "key": material.key,
            "name": material.name,
            "rule": material.rule,
            "state": state,
            "brought_at": case.row.received_at if state == "brought" else None,
        }
        for material, state in listed
    ]
    case.tx.put_all(tables.materials, rows)
    return listed


def _with_files(files: Files) -> list[str]:
    return [key for key, uploads in files.items() if uploads]


def _check_filing(filing: Filing, version: Version) -> None:
    faults = []
    if filing.channel not in CHANNELS or (filing.channel not in version.guide.channels and filing.channel != "window"):
        faults.append(Fault("/channel", f"“{version.name}”不能从“{filing.channel}”渠道申请", "到窗口办理"))
    name = filing.applicant.get("name")
    if not isinstance(name, str) or not name.strip() or len(name) > 200:
        faults.append(Fault("/applicant/name", "没有填写申请人名称", "填写申请人姓名或单位名称"))
    known: dict[str, Material] = {m.key: m for m in version.guide.materials}
    for key, state in filing.materials.items():
        if key not in known:
            faults.append(Fault(f"/materials/{key}", f"材料清单里没有“{key}”", "按办事指南的材料清单提交"))
        elif state not in ("brought", "missing"):
            faults.append(Fault(f"/materials/{key}", f"材料状态“{state}”不对", "brought（已带）或 missing（未带）"))
    for key in _with_files(filing.files):
        if key not in known:
            faults.append(Fault(f"/files/{key}", f"材料清单里没有“{key}”", "按办事指南的材料清单提交"))
    if faults:
        raise FilingNotValid(faults=faults, count=len(faults))


def remedy_of(case: OpenCase, decision: str, words: str) -> str:
    """The remedy text of this office for this kind of decision. Raises RemedyMissing."""
    text = remedy_text(case.tx, case.row.office_id, decision)
    if text is None:
        raise RemedyMissing(office=case.office.name, decision=words)
    return text
