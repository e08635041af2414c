"""Departments discussing a case together: the consultation (会商), its minutes, and what was resolved there.

The minutes are a fact beside the case, written once, numbered and printed like every other document: they decide nothing, and
no legal clock stands still because of them. What was resolved is a debt of one department; where a day was set it has a clock
of its own (C12), and the end of the case ends it. Minutes that were wrong are not changed: new ones take their place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa

from ..clock import ClockKind, Lamp, OfficeTime, Span, limit_of
from ..errors import NotAllowed, NotFound, NotNow, NotValid
from ..people import Actor, department_name, departments, office, office_time
from ..store import Tx, tables
from .case import OpenCase
from .clocks import running_for, shown
from .given import Given
from .papers import chinese_day, lines_of
from .phases import ENDS
from .stage import matter_names, matters_of

MEETINGS: Mapping[str, str] = {"consultation": "会商", "joint_review": "会审", "joint_conference": "联席会议"}
PRESENCE: Mapping[str, str] = {"present": "出席", "absent": "缺席"}
LONGEST_RESOLUTION = 730


# ---------------------------------------------------------------- what can be wrong with minutes
class MeetingInFuture(NotValid):
    """Minutes tell what was said; a meeting that is still to come has none."""

    code = "meeting-in-future"
    sentence = "会议日期 {day} 还没有到，不能写纪要。"
    remedy = "会后再登记；日期写错的，改为开会的那一天。"


class MeetingBeforeCase(NotValid):
    code = "meeting-before-case"
    sentence = "会议日期 {day} 早于办件的收件日期 {received}。"
    remedy = "核对年份和日期；收件以前的会议不记在这个办件上。"


class NobodyPresent(NotValid):
    code = "nobody-present"
    sentence = "没有写明谁出席了会议。"
    remedy = "至少写一个部门和出席的人。"


class NotOfThisStage(NotValid):
    code = "not-of-this-stage"
    sentence = "议题里的事项“{matter}”不在办件{case_no}里。"
    remedy = "可选：{matters}。"


class DueBeforeMeeting(NotValid):
    code = "due-before-meeting"
    sentence = "议定事项的期限 {due} 早于会议日期 {day}。"
    remedy = "期限写会议当日或者以后的日期。"


class DueTooLate(NotValid):
    code = "due-too-late"
    sentence = "议定事项的期限 {due} 在会议之后两年以外。"
    remedy = "核对年份；确实要更久的，分成几步，先定第一步的期限。"


class DepartmentNotHere(NotValid):
    code = "department-not-here"
    sentence = "没有部门“{department}”。"
    remedy = "可选：{departments}。"


class NothingSaid(NotValid):
    code = "nothing-said"
    sentence = "纪要没有会商意见，也没有议定事项。"
    remedy = "写会商意见，或者至少写一项议定事项。"


class MinutesUnknown(NotValid):
    code = "minutes-unknown"
    sentence = "办件{case_no}没有纪要“{number}”。"
    remedy = "核对纪要的文号。"


class MinutesCorrected(NotNow):
    """Of two corrections at once the first is kept; what it says may itself be corrected."""

    code = "minutes-corrected"
    sentence = "{number}已由{by}更正。"
    remedy = "刷新页面；仍有不对的，更正{by}。"


class ResolutionUnknown(NotFound):
    code = "resolution-unknown"
    sentence = "办件{case_no}没有“{resolution}”这个议定事项。"
    remedy = "按纪要核对，写成“会〔2026〕1号第1项”的样子。"


class ResolutionReported(NotNow):
    """Two of a department report at once: the first is kept, the second is told whose it was."""

    code = "resolution-reported"
    sentence = "{resolution}已由 {officer} 于 {at} 报告落实。"
    remedy = "刷新页面查看；需要补充的，请与召集人联系。"


class ResolutionReplaced(NotNow):
    code = "resolution-replaced"
    sentence = "{resolution}所在的纪要已由{by}更正，不再有效。"
    remedy = "按{by}的议定事项报告。"


class ResolutionNotYours(NotAllowed):
    code = "resolution-not-yours"
    sentence = "{resolution}由{department}负责，{name}不能报告。"
    remedy = "请由责任部门的工作人员报告。"


class NoResolution(NotNow):
    code = "no-resolution"
    sentence = "办件{case_no}没有要您所在部门落实的议定事项，或者都已经报告。"
    remedy = "刷新页面查看办件的最新进展。"


# ---------------------------------------------------------------- what there is
@dataclass(frozen=True)
class ResolutionRow:
    """What a department is to do by a consultation. lamp, words: of its clock at the moment of asking, None where it has no day
    or runs no more. replaced: the number of the minutes that took the place of its own. lapsed: the case came to its end before
    it was reported."""

    id: int
    case_id: int
    case_no: str
    consultation_id: int
    number: str
    item: int
    department_id: int
    department: str
    text: str
    due_on: date | None
    lamp: Lamp | None
    words: str
    report: str | None
    reported_by: str | None
    reported_at: datetime | None
    replaced: str | None
    lapsed: bool

    @property
    def name(self) -> str:
        """`会〔2026〕1号第1项`."""
        return f"{self.number}第{self.item}项"

    @property
    def owed(self) -> bool:
        return self.report is None and self.replaced is None and not self.lapsed


@dataclass(frozen=True)
class Attendee:
    """Who was called: his department, by code and by name; himself; whether he was there. person may be empty of one who was
    not."""

    code: str
    department: str
    person: str
    present: bool


@dataclass(frozen=True)
class ConsultationRow:
    """A consultation with its minutes. agenda: the matters that it was about, name by code. corrects, corrected_by: numbers of
    the minutes that it takes the place of, and of those that took its own."""

    id: int
    number: str
    kind: str
    held_on: date
    place: str
    chair: str
    attendees: tuple[Attendee, ...]
    agenda: Mapping[str, str]
    text: str
    convened_by: str
    written_at: datetime
    corrects: str | None
    corrected_by: str | None
    resolutions: tuple[ResolutionRow, ...]

    @property
    def words(self) -> str:
        return MEETINGS[self.kind]

    def people(self, *, present: bool) -> str:
        """Who came, or who did not, as the minutes print it."""
        return _people((a.department, a.person) for a in self.attendees if a.present is present)


def consultations_on(tx: Tx, case_id: int, now: datetime) -> list[ConsultationRow]:
    """The consultations about a case in the order of their minutes, each with what it resolved."""
    c, o, p = tables.consultations, tables.officers, tables.persons
    rows = tx.rows(
        sa.select(c, p.c.name.label("convener"))
        .join(o, o.c.id == c.c.convened_by)
        .join(p, p.c.id == o.c.person_id)
        .where(c.c.case_id == case_id)
        .order_by(c.c.id)
    )
    if not rows:
        return []
    office_id = rows[0].office_id
    named, matters = departments(tx, office_id), matter_names(tx, office_id)
    replaced = {r.corrects: r.number for r in rows if r.corrects is not None}
    resolved = _resolutions(tx, now, tables.resolutions.c.case_id == case_id)
    return [
        ConsultationRow(
            id=r.id,
            number=r.number,
            kind=r.kind,
            held_on=r.held_on,
            place=r.place,
            chair=r.chair,
            attendees=tuple(
                Attendee(
                    one["department"], named.get(one["department"], ""), one["person"], one["presence"] == "present"
                )
                for one in r.attendees
            ),
            agenda={code: matters.get(code, code) for code in r.agenda},
            text=r.text,
            convened_by=r.convener,
            written_at=r.written_at,
            corrects=r.corrects,
            corrected_by=replaced.get(r.number),
            resolutions=tuple(one for one in resolved if one.consultation_id == r.id),
        )
        for r in rows
    ]


def resolutions_on(tx: Tx, case_ids: Sequence[int], now: datetime) -> list[ResolutionRow]:
    """What is still to be done by consultations about these cases, the first due first. Who may know of the cases was asked
    before."""
    return _owed(tx, now, tables.resolutions.c.case_id.in_(case_ids))


def resolutions_owed(tx: Tx, department_ids: Sequence[int], now: datetime) -> list[ResolutionRow]:
    """What these departments are to do by consultations and have not reported, the first due first. What belongs to minutes that
    were corrected, or to a case that has ended, is owed no longer."""
    return _owed(tx, now, tables.resolutions.c.department_id.in_(department_ids))


# ---------------------------------------------------------------- acts
@dataclass(frozen=True)
class _Minutes:
    """What the convener gave, found to be in order."""

    kind: str
    held_on: date
    place: str
    chair: str
    attendees: list[dict[str, str]]
    agenda: list[str]
    text: str
    resolutions: list[tuple[str, str, date | None]]
    corrects: ConsultationRow | None


def consult(case: OpenCase, actor: Actor, details: Mapping[str, Any]) -> dict[str, Any]:
    """Write the minutes of a consultation about this case (会商纪要), number and print them; what was resolved is told to the
    departments that are to do it, and its clocks start. details: kind (consultation, joint_review, joint_conference), held_on,
    place, chair, attendees [{department, person, presence}], agenda [codes; may be left out where the case is one matter],
    text, resolutions [{text, department, due_on}], corrects (number of the minutes that were wrong).

    Raises ActNotUnderstood with every fault, each with its own code; MinutesCorrected with who was first."""
    given = _read(case, details)
    convener = actor.officer
    assert convener is not None, "a consultation has a convener"
    bearer = actor.acting_for or convener
    paper = case.issue(
        "minutes", **_printed(case, given, f"{department_name(case.tx, bearer.department_id)} {convener.name}")
    )
    case.number_papers()  # their row bears the number
    known = case.departments
    made = case.tx.insert(
        tables.consultations,
        case_id=case.id,
        office_id=case.row.office_id,
        number=paper.number,
        kind=given.kind,
        held_on=given.held_on,
        place=given.place,
        chair=given.chair,
        attendees=given.attendees,
        agenda=given.agenda,
        text=given.text,
        corrects=given.corrects.number if given.corrects else None,
        convened_by=convener.id,
        written_at=case.now,
    )
    for code in dict.fromkeys(
        [*(a["department"] for a in given.attendees), *(code for _, code, _ in given.resolutions)]
    ):
        case.tx.insert_once(tables.case_departments, case_id=case.id, department_id=known[code])
    done = _let_go(case, given.corrects) if given.corrects is not None else {}
    resolved = [
        _resolve(case, made, item, text, (code, known[code]), due_on, given.held_on, done.get((known[code], text)))
        for item, (text, code, due_on) in enumerate(given.resolutions, 1)
    ]
    return {
        "kind": given.kind,
        "held_on": given.held_on.isoformat(),
        "place": given.place,
        "chair": given.chair,
        "attendees": given.attendees,
        "agenda": given.agenda,
        "text": given.text,
        "resolutions": resolved,
        "corrects": given.corrects.number if given.corrects else None,
        "paper": paper,
    }


def report_resolution(case: OpenCase, actor: Actor, details: Mapping[str, Any]) -> dict[str, Any]:
    """The responsible department says in a sentence what it has done; the clock of the resolution stops and the convener is
    told. details: resolution (`会〔2026〕1号第1项`), text. Raises ResolutionUnknown, ResolutionNotYours, ResolutionReplaced,
    ResolutionReported with who was first."""
    given = Given("报告落实", details)
    name, text = given.text("resolution", "议定事项"), given.text("text", "落实情况")
    given.check()
    row = _named(case, name)
    if row is None:
        raise ResolutionUnknown(case_no=case.case_no, resolution=name)
    who = actor.officer
    assert who is not None, "a report has an officer"
    bearer = actor.acting_for or who
    if bearer.department_id != row.department_id:
        raise ResolutionNotYours(resolution=name, department=row.department, name=who.name)
    if row.replaced is not None:
        raise ResolutionReplaced(resolution=name, by=row.replaced)
    if row.report is not None:
        raise ResolutionReported(resolution=name, officer=row.reported_by, at=row.reported_at)
    r = tables.resolutions
    case.tx.execute(r.update().where(r.c.id == row.id).values(report=text, reported_by=who.id, reported_at=case.now))
    case.clocks.stop(ClockKind.RESOLUTION, case.today, f"resolution:{row.id}")
    case.notify(f"report:{row.id}", what="report_resolution", resolution=row.id)
    return {"resolution": name, "text": text}


def responsible(case: OpenCase, name: Any) -> int | None:
    """The department that is to do what this resolution says; None where there is no such resolution."""
    row = _named(case, str(name))
    return row.department_id if row is not None else None


def demand_resolution_owed(case: OpenCase, actor: Actor) -> None:
    """Whether this officer's department is still to do something by a consultation. Raises NoResolution."""
    bearer = actor.acting_for or actor.officer
    owed = _owed(case.tx, case.now, tables.resolutions.c.case_id == case.id)
    if bearer is None or not any(r.department_id == bearer.department_id for r in owed):
        raise NoResolution(case_no=case.case_no)


# ---------------------------------------------------------------- how minutes are read
def _read(case: OpenCase, details: Mapping[str, Any]) -> _Minutes:
    given = Given("登记会商纪要", details)
    kind = given.one_of("kind", "会议形式", MEETINGS)
    held_on = _held_on(case, given)
    place, chair = given.text("place", "地点"), given.text("chair", "主持人")
    known = departments(case.tx, case.row.office_id)
    known = {w.department: known[w.department] for w in case.windows}
    attendees = _attendees(given, known)
    agenda = _agenda(case, given)
    text = given.text("text", "会商意见", optional=True)
    resolutions = list(_resolved(given, known, held_on))
    if not text and not details.get("resolutions"):
        given.refuse("text", NothingSaid())
    corrects = _corrected(case, given)
    given.check()
    assert held_on is not None
    return _Minutes(kind, held_on, place, chair, attendees, agenda, text, resolutions, corrects)


def _held_on(case: OpenCase, given: Given) -> date | None:
    held_on = given.day("held_on", "会议日期")
    if held_on is not None and held_on > case.today:
        given.refuse("held_on", MeetingInFuture(day=held_on))
    if held_on is not None and held_on < case.row.received_on:
        given.refuse("held_on", MeetingBeforeCase(day=held_on, received=case.row.received_on))
    return held_on


def _attendees(given: Given, known: Mapping[str, str]) -> list[dict[str, str]]:
    """Everybody who was called; somebody has to have come."""
    rows = given.numbered("attendees", "参加人员", ("department", "presence"), may=("person",), optional=True)
    found = []
    for i, row in rows:
        one = {name: row.get(name, "").strip() for name in ("department", "person", "presence")}
        if one["department"] not in known:
            given.refuse(f"attendees/{i}", _not_here(one["department"], known))
        if one["presence"] not in PRESENCE:
            told = "、".join(f"{code}（{words}）" for code, words in PRESENCE.items())
            given.fault(f"attendees/{i}", f"“{one['presence']}”不是出席或者缺席", f"可选：{told}")
        if one["presence"] == "present" and not one["person"]:
            given.fault(f"attendees/{i}", "出席的部门没有写姓名", "填写出席人的姓名")
        found.append(one)
    if not any(one["presence"] == "present" for one in found):
        given.refuse("attendees", NobodyPresent())
    return found


def _agenda(case: OpenCase, given: Given) -> list[str]:
    """The matters that it was about: some of a stage, or the one that the case is."""
    names = matter_names(case.tx, case.row.office_id)
    there = [m.code for m in matters_of(case.tx, case.id)] or [case.version.code]
    codes = given.names("agenda", "议题涉及的事项", optional=not case.version.guide.stage)
    for i, code in enumerate(codes):
        if code not in there:
            listed = "、".join(f"{one}（{names.get(one, one)}）" for one in there)
            wrong = NotOfThisStage(matter=names.get(code, code), case_no=case.case_no, matters=listed)
            given.refuse(f"agenda/{i}", wrong)
    return list(dict.fromkeys(codes)) or there


def _resolved(given: Given, known: Mapping[str, str], held_on: date | None) -> Iterator[tuple[str, str, date | None]]:
    """What was resolved: text, department, day."""
    rows = given.numbered("resolutions", "议定事项", ("text", "department"), may=("due_on",), optional=True)
    for i, row in rows:
        if row["department"] not in known:
            given.refuse(f"resolutions/{i}/department", _not_here(row["department"], known))
        yield row["text"].strip(), row["department"], _due_on(given, f"resolutions/{i}/due_on", row, held_on)


def _due_on(given: Given, place: str, row: Mapping[str, str], held_on: date | None) -> date | None:
    told = row.get("due_on", "").strip()
    if not told:
        return None
    try:
        due = date.fromisoformat(told)
    except ValueError:
        given.fault(place, f"期限“{told}”不是日期", "按 2026-11-23 的样子填写")
        return None
    if held_on is not None and due < held_on:
        given.refuse(place, DueBeforeMeeting(due=due, day=held_on))
    if held_on is not None and due > held_on + timedelta(LONGEST_RESOLUTION):
        given.refuse(place, DueTooLate(due=due))
    return due


def _corrected(case: OpenCase, given: Given) -> ConsultationRow | None:
    """The minutes that are to be corrected. Raises MinutesCorrected when somebody was first."""
    number = given.text("corrects", "更正的纪要", optional=True)
    if not number:
        return None
    found = next((one for one in consultations_on(case.tx, case.id, case.now) if one.number == number), None)
    if found is None:
        given.refuse("corrects", MinutesUnknown(case_no=case.case_no, number=number))
    elif found.corrected_by is not None:
        raise MinutesCorrected(number=number, by=found.corrected_by)
    return found


def _not_here(code: str, known: Mapping[str, str]) -> DepartmentNotHere:
    listed = "、".join(f"{one}（{name}）" for one, name in known.items())
    return DepartmentNotHere(department=code, departments=listed)


# ---------------------------------------------------------------- how they are printed and kept
def _printed(case: OpenCase, given: _Minutes, convener: str) -> dict[str, str]:
    """The minutes as their template takes them."""
    named, matters = departments(case.tx, case.row.office_id), matter_names(case.tx, case.row.office_id)
    came = {
        p: _people((named[a["department"]], a["person"]) for a in given.attendees if a["presence"] == p)
        for p in PRESENCE
    }
    resolved = [
        f"{text}（{named[code]}{f'，{chinese_day(due_on)}前' if due_on else ''}）"
        for text, code, due_on in given.resolutions
    ]
    return {
        "meeting": MEETINGS[given.kind],
        "corrected": f"本纪要更正并代替{given.corrects.number}。\n" if given.corrects else "",
        "held_on": chinese_day(given.held_on),
        "place": given.place,
        "chair": given.chair,
        "present": came["present"],
        "absent": f"缺席：{came['absent']}\n" if came["absent"] else "",
        "agenda": "、".join(matters.get(code, code) for code in given.agenda),
        "text": f"会商意见：{given.text}\n" if given.text else "",
        "resolutions": f"议定事项：\n{lines_of(resolved)}" if resolved else "",
        "convener": convener,
    }


def _people(among: Iterable[tuple[str, str]]) -> str:
    """Departments with their people: `自然资源和规划局 孙正、钱立；水务局 金石`."""
    found: dict[str, list[str]] = {}
    for department, person in among:
        found.setdefault(department, []).append(person)
    return "；".join(f"{department} {'、'.join(filter(None, people))}".strip() for department, people in found.items())


def _resolve(
    case: OpenCase,
    consultation_id: int,
    item: int,
    text: str,
    department: tuple[str, int],
    due_on: date | None,
    held_on: date,
    done: ResolutionRow | None,
) -> dict[str, Any]:
    """Keep one resolution, start its clock and tell its department. done: the same of the minutes that are corrected, where it
    was reported: nobody has to do it again. Returns what the journal is told."""
    report = (done.report, done.reported_at) if done is not None else (None, None)
    made = case.tx.insert(
        tables.resolutions,
        case_id=case.id,
        consultation_id=consultation_id,
        item=item,
        department_id=department[1],
        text=text,
        due_on=due_on,
        report=report[0],
        reported_by=_reporter(case.tx, done.id) if done is not None else None,
        reported_at=report[1],
    )
    if done is None:
        if due_on is not None:
            limit = limit_of(Span.parse(f"{(due_on - held_on).days}cd"))
            case.clocks.start(ClockKind.RESOLUTION, limit, held_on, f"resolution:{made}")
        case.notify(f"resolution:{made}", what="resolution", resolution=made)
    return {
        "resolution": made,
        "text": text,
        "department": department[0],
        "department_id": department[1],
        "due_on": due_on.isoformat() if due_on else None,
        **({"report": report[0], "reported_at": report[1].isoformat()} if report[1] is not None else {}),
    }


def _let_go(case: OpenCase, wrong: ConsultationRow) -> dict[tuple[int, str], ResolutionRow]:
    """What minutes resolved that are corrected is owed no longer. Returns what of it was reported, by department and text."""
    for row in wrong.resolutions:
        case.clocks.stop(ClockKind.RESOLUTION, case.today, f"resolution:{row.id}")
    return {(row.department_id, row.text): row for row in wrong.resolutions if row.report is not None}


def _reporter(tx: Tx, resolution_id: int) -> int:
    r = tables.resolutions
    return int(tx.value(sa.select(r.c.reported_by).where(r.c.id == resolution_id)))


def _named(case: OpenCase, name: str) -> ResolutionRow | None:
    rows = _resolutions(case.tx, case.now, tables.resolutions.c.case_id == case.id)
    return next((r for r in rows if r.name == name), None)


_REPLACED_BY = tables.consultations.alias("replaced_by")


def _owed(tx: Tx, now: datetime, condition: sa.ColumnElement[bool]) -> list[ResolutionRow]:
    r, running = tables.resolutions, tables.cases.c.phase.not_in([str(end) for end in ENDS])
    rows = _resolutions(tx, now, condition, r.c.report.is_(None), running, _REPLACED_BY.c.number.is_(None))
    return sorted(rows, key=lambda r: (r.due_on or date.max, r.id))


def _resolutions(tx: Tx, now: datetime, *conditions: sa.ColumnElement[bool]) -> list[ResolutionRow]:
    r, m, c, d, k = tables.resolutions, tables.consultations, tables.cases, tables.departments, tables.clocks
    o, p, later = tables.officers, tables.persons, _REPLACED_BY
    rows = tx.rows(
        sa.select(
            r,
            m.c.number,
            m.c.office_id,
            later.c.number.label("replaced"),
            c.c.case_no,
            c.c.phase,
            d.c.name.label("department"),
            p.c.name.label("reporter"),
            k.c.clock,
        )
        .join(m, m.c.id == r.c.consultation_id)
        .join(c, c.c.id == r.c.case_id)
        .join(d, d.c.id == r.c.department_id)
        .outerjoin(later, sa.and_(later.c.office_id == m.c.office_id, later.c.corrects == m.c.number))
        .outerjoin(o, o.c.id == r.c.reported_by)
        .outerjoin(p, p.c.id == o.c.person_id)
        .outerjoin(k, running_for(ClockKind.RESOLUTION, r))
        .where(*conditions)
        .order_by(r.c.id)
    )
    time_of = cache(lambda office_id: office_time(tx, office(tx, office_id)))
    return [_row(one, time_of(one.office_id), now) for one in rows]


def _row(r: Any, time: OfficeTime, now: datetime) -> ResolutionRow:
    lamp, words = shown(r.clock, time, now)
    return ResolutionRow(
        id=r.id,
        case_id=r.case_id,
        case_no=r.case_no,
        consultation_id=r.consultation_id,
        number=r.number,
        item=r.item,
        department_id=r.department_id,
        department=r.department,
        text=r.text,
        due_on=r.due_on,
        lamp=lamp,
        words=words,
        report=r.report,
        reported_by=r.reporter,
        reported_at=r.reported_at,
        replaced=r.replaced,
        lapsed=r.report is None and r.phase in ENDS,
    )
