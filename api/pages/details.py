"""What each act asks beside its outcome: as a form on its page, and from what a browser sent to the details that the engine
judges. Nothing is judged here but what only a page can get wrong: a row that is ticked and says nothing, or the reverse."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from werkzeug.datastructures import MultiDict

from engine.cases import (
    LONGEST_OPINION,
    MEETINGS,
    REFUSALS,
    TERMINATIONS,
    VERDICTS,
    ActNotUnderstood,
    CaseFacts,
    ConsultationRow,
)
from engine.errors import Fault
from forms import Field, FieldType, Form, Option

from . import fields

PREFIX = "d-"
SUGGESTED = ("没有提交", "不符合法定形式")
"""What stands in a notice before anybody typed, of a material that is missing and of one that was not ticked."""
_UNITS = (Option("wd", "个工作日"), Option("cd", "个自然日"))
Answers = Mapping[str, Any]


def _by_name(_: Answers) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True)
class Asks:
    """What an act asks. places: where a fault of the engine lands when its place is not a field of that name, by what was
    typed."""

    form: Form
    details: Callable[[Answers], dict[str, Any]]
    places: Callable[[Answers], Mapping[str, str]] = _by_name
    hint: str = ""
    paper: bool = False
    """Whether it writes a document, which may be looked at before it is issued."""


def asks(act: str, case: CaseFacts, ground: str | None = None) -> Asks:
    """What this act asks on this case. ground: drawn by the step, where it draws one."""
    return _ASKS[act](case, ground)


def shown(asked: Asks, answers: Answers, faults: Iterable[Fault] = ()) -> list[fields.Shown]:
    """The questions with what was typed and what is wrong."""
    return fields.shown(asked.form, answers, _placed(asked, answers, faults), PREFIX)


def answers_of(asked: Asks, posted: MultiDict[str, str]) -> dict[str, Any]:
    return fields.answers_of(asked.form, posted, PREFIX)


def told(asked: Asks, answers: Answers, faults: Iterable[Fault]) -> list[fields.Told]:
    return fields.told(_placed(asked, answers, faults), asked.form, PREFIX)


def begun(act: str, case: CaseFacts, named: Answers) -> Answers:
    """What stands in the form before anybody typed: what the link named; of a correction what the wrong minutes say."""
    wrong = next((one for one in case.consultations if one.number == named.get("corrects")), None)
    return _as_typed(wrong, case) if act == "consult" and wrong is not None else named


def _placed(asked: Asks, answers: Answers, faults: Iterable[Fault]) -> list[Fault]:
    places = asked.places(answers)
    return [replace(f, place=f"/{places.get(f.place, f.place.lstrip('/'))}") for f in faults]


# ---------------------------------------------------------------- the acts
def _plain(*asked: Field, hint: str = "", paper: bool = False) -> Asks:
    return Asks(Form("details", asked), dict, _by_name, hint, paper)


def _text(key: str, label: str, about: str = "", *, optional: bool = False, long: bool = True) -> Field:
    kind = FieldType.TEXTAREA if long else FieldType.TEXTFIELD
    return Field(key, kind, label, about, required=not optional, max_length=4000)


def _choice(key: str, label: str, choices: Mapping[str, str], about: str = "") -> Field:
    options = tuple(Option(value, words) for value, words in choices.items())
    return Field(key, FieldType.RADIO, label, about, required=True, options=options)


def _correction(case: CaseFacts, _: str | None) -> Asks:
    """The rows of the material list, each with a tick and its defect."""
    names = {m.key: m.name for m in case.materials}
    form = Form("details", tuple(field for key in case.correctable for field in _row(key, names[key], case)))

    def details(answers: Answers) -> dict[str, Any]:
        faults, items = [], []
        for key in case.correctable:
            said = answers.get(f"problem.{key}", "").strip()
            if f"asked.{key}" in answers:
                items.append({"material": key, "problem": said})
                if not said:
                    faults.append(Fault(f"/problem.{key}", f"“{names[key]}”没有写明问题", "如“缺少盖章页”"))
            elif said not in ("", *SUGGESTED, case.asked_before.get(key)):
                remedy = "要补正就勾选这一行，不要补正就清空"
                faults.append(Fault(f"/asked.{key}", f"“{names[key]}”写了问题，没有勾选", remedy))
        if faults:
            raise ActNotUnderstood(faults=faults, act="一次告知补正", count=len(faults))
        return {"items": items}

    hint = "勾选要补正的材料，写明每份的问题。全部内容一次告知，之后不能再加新项。"
    return Asks(form, details, hint=hint, paper=True)


def _row(key: str, name: str, case: CaseFacts) -> tuple[Field, Field]:
    tick = Field(f"asked.{key}", FieldType.CHECKBOX, name)
    problem = _text(f"problem.{key}", f"{name}的问题", case.asked_before.get(key, ""), optional=True, long=False)
    return tick, replace(problem, max_length=500)


def _tolerant(case: CaseFacts, _: str | None) -> Asks:
    missing = [m for m in case.materials if m.state in ("missing", "promised")]
    dates = [Field(f"on.{m.key}", FieldType.DATE, f"{m.name} 补交日期", required=True) for m in missing]
    letter = _text("letter", "承诺书编号", "申请人签的容缺承诺书", long=False)

    def details(answers: Answers) -> dict[str, Any]:
        promised = [{"material": m.key, "promised_on": answers.get(f"on.{m.key}", "")} for m in missing]
        return {
            "promises": [p for p in promised if p["promised_on"]],
            **({"letter": answers["letter"]} if "letter" in answers else {}),
        }

    def places(answers: Answers) -> dict[str, str]:
        dated = [m for m in missing if answers.get(f"on.{m.key}")]
        found = {f"/promises/{i}": f"on.{m.key}" for i, m in enumerate(dated)}
        return {**found, "/promises": f"on.{missing[0].key}"} if missing else found

    return Asks(Form("details", (*dates, letter)), details, places, paper=True)


def _special(case: CaseFacts, ground: str | None) -> Asks:
    lawful = [g for g in case.grounds if ground in (None, g.ground)]
    about = "；".join(f"{g.name}：{g.basis}{f'，最长 {g.longest.words}' if g.longest else ''}" for g in lawful)
    form = Form(
        "details",
        (
            _choice("ground", "事由", {str(g.ground): g.name for g in lawful}, about),
            Field("length", FieldType.NUMBER, "需要的时间", "书面告知申请人，不计入办理期限", required=True),
            Field("unit", FieldType.SELECT, "单位", required=True, options=_UNITS),
            _text("reason", "理由"),
        ),
    )
    return Asks(form, _spanned("planned"), lambda _: {"/planned": "length"}, paper=True)


def _extension(case: CaseFacts, _: str | None) -> Asks:
    rule = case.extension
    most = f"最多 {rule.longest.words}，须经{rule.approver.words}批准" if rule else ""
    form = Form(
        "details",
        (
            Field("length", FieldType.NUMBER, "延长的时间", most, required=True),
            Field("unit", FieldType.SELECT, "单位", required=True, options=_UNITS),
            _text("reason", "理由", "书面告知申请人"),
        ),
    )
    return Asks(form, _spanned("span"), lambda _: {"/span": "length"}, paper=True)


def _spanned(name: str) -> Callable[[Answers], dict[str, Any]]:
    def details(answers: Answers) -> dict[str, Any]:
        rest = {k: v for k, v in answers.items() if k not in ("length", "unit")}
        return {**rest, name: f"{answers['length']}{answers.get('unit', 'wd')}"} if "length" in answers else rest

    return details


def _brought(state: Callable[[CaseFacts], Mapping[str, str]], *, channel: bool) -> Callable[..., Asks]:
    def made(case: CaseFacts, _: str | None) -> Asks:
        options = tuple(Option(key, name) for key, name in state(case).items())
        field = Field("materials", FieldType.CHECKLIST, "收到的材料", required=True, options=options)
        window = {"channel": "window"} if channel else {}
        return Asks(Form("details", (field,)), lambda answers: {**window, **answers})

    return made


def _asked_for(case: CaseFacts) -> dict[str, str]:
    return {m.key: m.name for m in case.materials if m.key in case.asked_before}


def _promised(case: CaseFacts) -> dict[str, str]:
    return {m.key: m.name for m in case.materials if m.state == "promised"}


def _end(case: CaseFacts, ground: str | None) -> Asks:
    result = _text("result", "结果", "如专家组的结论，次日起继续计时")
    if len(case.pauses) < 2:
        return _plain(result)
    return _plain(_choice("ground", "结束哪一个", case.pauses), result)


def _remedied(remedy: str, *asked: Field) -> Callable[..., Asks]:
    return lambda case, _: _plain(*asked, hint=f"文书写明救济途径：{case.remedies.get(remedy, '')}", paper=True)


def _take_over(case: CaseFacts, _: str | None) -> Asks:
    asked = [_text("reason", "理由", "如对方系统检修，已电话核实")]
    if len(case.calls) > 1:
        waiting = {one.token: f"{one.name}（{one.system}）" for one in case.calls}
        asked.insert(0, _choice("call", "等待答复的步骤", waiting))
    return _plain(*asked, hint="这一步成为窗口的任务，由人办理；对方以后再答复也不采用。")


# ---------------------------------------------------------------- a stage and its matters
def _release(case: CaseFacts, _: str | None) -> Asks:
    """Which matter is let go; and, where a rule lets one start before its prerequisite, whether it does."""
    asked = [_choice("matter", "事项", {m.code: f"{m.name}（{m.reason}）" for m in case.startable})]
    rules = [f"{m.name}：{m.basis}" for m in case.startable if m.basis]
    if rules:
        asked.append(Field("tolerant", FieldType.CHECKBOX, "前置事项没有结果，容缺启动", "；".join(rules)))

    def details(answers: Answers) -> dict[str, Any]:
        return {"matter": answers.get("matter", ""), **({"tolerant": "yes"} if "tolerant" in answers else {})}

    hint = "放行的事项从此刻起受理，开始计时；前置事项没有结果又不容缺启动的，改为等待前置。"
    return Asks(Form("details", tuple(asked)), details, hint=hint)


def _drop(case: CaseFacts, _: str | None) -> Asks:
    return _plain(
        _choice("matter", "事项", {m.code: f"{m.name}（{m.reason}）" for m in case.startable}),
        _text("reason", "理由", "如申请人不需要，或者前置事项不会再有结果"),
        hint="登记后这个事项在本阶段以“未启动”结束，不能恢复。",
    )


# ---------------------------------------------------------------- departments together
def _add_signer(case: CaseFacts, _: str | None) -> Asks:
    signing = case.signing
    there = {r.department for r in signing.rows if r.state != "removed"} if signing is not None else set()
    free = tuple(Option(code, name) for code, name in case.departments.items() if name not in there)
    asked = [Field("department", FieldType.SELECT, "会签单位", required=True, options=free)]
    if signing is not None and signing.weighted:
        asked.append(Field("weight", FieldType.NUMBER, "票数", "空着为 1 票"))
    return _plain(*asked, hint=_list_of_signers(case))


def _remove_signer(case: CaseFacts, _: str | None) -> Asks:
    rows = case.signing.rows if case.signing is not None else ()
    codes = {name: code for code, name in case.departments.items()}
    unsigned = {codes[r.department]: r.department for r in rows if r.state in ("asked", "waiting")}
    return _plain(
        _choice("department", "会签单位", unsigned, "已经签署的不能减去"),
        _text("reason", "理由"),
        hint=_list_of_signers(case),
    )


def _list_of_signers(case: CaseFacts) -> str:
    if case.signing is None:
        return ""
    told = "、".join(f"{r.department}{r.words}" for r in case.signing.rows)
    return f"{case.signing.rule}，第 {case.signing.number} 轮：{told}。"


def _ask_opinion(case: CaseFacts, _: str | None) -> Asks:
    owed = {o.department for o in case.opinions if o.answer is None}
    free = tuple(Option(code, name) for code, name in case.departments.items() if name not in owed)
    form = Form(
        "details",
        (
            Field("department", FieldType.SELECT, "征求哪个部门的意见", required=True, options=free),
            _text("question", "征求的问题"),
            Field(
                "reply",
                FieldType.NUMBER,
                "回复时限（工作日）",
                f"1 至 {LONGEST_OPINION}，自今天起算，今天不计",
                required=True,
            ),
        ),
    )

    def details(answers: Answers) -> dict[str, Any]:
        return {**answers, **({"reply": f"{answers['reply']}wd"} if "reply" in answers else {})}

    return Asks(form, details, hint="本件的时限照常计算；对方看得到申请和材料。")


def _answer_opinion(case: CaseFacts, _: str | None) -> Asks:
    owed = [o for o in case.opinions if o.answer is None]
    told = "；".join(f"{o.asked_by}问{o.department}：{o.question}" for o in owed)
    return _plain(
        _choice("answer", "意见", VERDICTS), _text("text", "意见内容", "附条件或不同意时必填", optional=True), hint=told
    )


# ---------------------------------------------------------------- a consultation
LEAST_RESOLUTIONS = 12
"""How many rows a page has for what was resolved."""
_NAMES = re.compile("[、，,；;\n]+")
_DONE = "核对后签发，编号后不能修改；写错的，另发一份更正。议定事项会告知责任部门，定了期限的到期亮灯。"


def _consult(case: CaseFacts, _: str | None) -> Asks:
    """The minutes: who was there, department by department; what was resolved, row by row. Empty rows are nothing."""
    rows = range(1, max(LEAST_RESOLUTIONS, *(len(one.resolutions) for one in case.consultations), 0) + 1)
    departments = tuple(Option(code, name) for code, name in case.departments.items())
    wrong = {one.number: f"{one.number}（{one.words}）" for one in case.consultations if one.corrected_by is None}
    asked = [
        _choice("kind", "会议形式", MEETINGS),
        Field("held_on", FieldType.DATE, "会议日期", required=True),
        _text("place", "地点", long=False),
        _text("chair", "主持人", long=False),
    ]
    if case.agenda:
        options = tuple(Option(code, name) for code, name in case.agenda.items())
        asked.append(Field("agenda", FieldType.CHECKLIST, "议题涉及的事项", required=True, options=options))
    for code, name in case.departments.items():
        asked.append(_text(f"who.{code}", f"{name}出席的人", optional=True, long=False))
        asked.append(_text(f"away.{code}", f"{name}缺席的人", optional=True, long=False))
    asked.append(_text("text", "会商意见", "没有议定事项时必填", optional=True))
    for n in rows:
        asked.append(_text(f"what.{n}", f"议定事项 {n}", optional=True))
        asked.append(Field(f"dept.{n}", FieldType.SELECT, f"议定事项 {n} 的责任部门", options=departments))
        asked.append(Field(f"due.{n}", FieldType.DATE, f"议定事项 {n} 的期限"))
    if wrong:
        options = tuple(Option(number, words) for number, words in wrong.items())
        about = "更正以后原纪要不再有效，没有落实的议定事项以新纪要为准"
        asked.append(Field("corrects", FieldType.SELECT, "更正哪一份纪要", about, options=options))

    def details(answers: Answers) -> dict[str, Any]:
        resolved = _resolved(answers, rows)
        faults = [fault for n, row in resolved for fault in _half_a_row(n, row)]
        if faults:
            raise ActNotUnderstood(faults=faults, act="登记会商纪要", count=len(faults))
        plain = {
            k: answers[k] for k in ("kind", "held_on", "place", "chair", "agenda", "text", "corrects") if k in answers
        }
        attendees = [row for _, row in _attending(answers, case)]
        return {**plain, "attendees": attendees, "resolutions": [row for _, row in resolved]}

    def places(answers: Answers) -> dict[str, str]:
        found = {f"/attendees/{i}": key for i, (key, _) in enumerate(_attending(answers, case))}
        found |= {f"/agenda/{i}": "agenda" for i in range(len(answers.get("agenda", ())))}
        found["/attendees"] = next((f"who.{code}" for code in case.departments if code in case.involved), "")
        for i, (n, _) in enumerate(_resolved(answers, rows)):
            at = f"/resolutions/{i}"
            found |= {at: f"what.{n}", f"{at}/department": f"dept.{n}", f"{at}/due_on": f"due.{n}"}
        return found

    return Asks(Form("details", tuple(asked)), details, places, _DONE, paper=True)


def _attending(answers: Answers, case: CaseFacts) -> list[tuple[str, dict[str, str]]]:
    """Everybody who was typed, each with the field in which he stands; several of one field are several people."""
    return [
        (f"{key}.{code}", {"department": code, "person": person.strip(), "presence": presence})
        for code in case.departments
        for key, presence in (("who", "present"), ("away", "absent"))
        for person in _NAMES.split(answers.get(f"{key}.{code}", ""))
        if person.strip()
    ]


def _resolved(answers: Answers, rows: Iterable[int]) -> list[tuple[int, dict[str, str]]]:
    """The rows in which something was typed, each with its number."""
    found = []
    for n in rows:
        typed = {"text": f"what.{n}", "department": f"dept.{n}", "due_on": f"due.{n}"}
        row = {name: str(answers[key]) for name, key in typed.items() if str(answers.get(key, "")).strip()}
        if row:
            found.append((n, row))
    return found


def _half_a_row(n: int, row: Mapping[str, str]) -> Iterator[Fault]:
    if "text" not in row:
        yield Fault(f"/what.{n}", f"议定事项 {n} 没有写内容", "写明要做什么；不要这一项的，清空这一行")
    if "department" not in row:
        yield Fault(f"/dept.{n}", f"议定事项 {n} 没有选责任部门", "选一个部门；几个部门都要做的，各写一项")


def _as_typed(one: ConsultationRow, case: CaseFacts) -> dict[str, Any]:
    """Minutes as they would be typed, to be corrected."""
    codes = {name: code for code, name in case.departments.items()}
    typed: dict[str, Any] = {
        "kind": one.kind,
        "held_on": one.held_on.isoformat(),
        "place": one.place,
        "chair": one.chair,
        "agenda": list(one.agenda),
        "text": one.text,
        "corrects": one.number,
    }
    for a in one.attendees:
        key, person = f"{'who' if a.present else 'away'}.{a.code}", a.person or "未派员"
        typed[key] = f"{typed[key]}、{person}" if key in typed else person
    for r in one.resolutions:
        typed |= {f"what.{r.item}": r.text, f"dept.{r.item}": codes.get(r.department, "")}
        typed[f"due.{r.item}"] = r.due_on.isoformat() if r.due_on else ""
    return typed


def _report(case: CaseFacts, _: str | None) -> Asks:
    """Which resolution of those that the officer's department is to do."""
    owed = {r.name: f"{r.name}：{r.text}" for r in case.to_report}
    return _plain(
        _choice("resolution", "议定事项", owed),
        _text("text", "落实情况", "一句话写明做了什么，送召集人"),
        hint="报告后不再亮灯，不能撤回。",
    )


_OPINION = _text("opinion", "意见")
_ASKS: Mapping[str, Callable[..., Asks]] = {
    "accept_tolerant": _tolerant,
    "request_correction": _correction,
    "refuse_acceptance": _remedied(
        "refuse_acceptance",
        _choice("reason_code", "情形", REFUSALS),
        _text("reasons", "理由"),
        _text("basis", "法律依据", long=False),
        _text("refer_to", "应当向哪个机关申请", "不属于本机关职权范围时必填", optional=True, long=False),
    ),
    "start_special": _special,
    "end_special": _end,
    "extend": _extension,
    "decide_grant": lambda case, _: _plain(
        _text("text", "决定内容", "附条件等需要写进决定书的内容", optional=True), paper=True
    ),
    "decide_refuse": _remedied("decide_refuse", _text("reasons", "理由"), _text("basis", "法律依据", long=False)),
    "make_certificate": lambda case, _: _plain(
        _text("validity", "有效期", f"空着为“{case.validity or '长期'}”", optional=True, long=False), paper=True
    ),
    "deliver": lambda case, _: _plain(
        _choice("method", "送达方式", case.deliveries), _text("receiver", "领取人或单号", long=False)
    ),
    "receive_correction": _brought(_asked_for, channel=True),
    "bring_material": _brought(_promised, channel=False),
    "transfer_hq": lambda case, _: _plain(_text("receiver", "接收单位", long=False), _text("reason", "理由")),
    "escalate_up": lambda case, _: _plain(_text("receiver", "上级机关", long=False), _text("reason", "理由")),
    "send_up": lambda case, _: _plain(
        _text("opinion", "初审意见", "写进初审意见报送函，连同全部申请材料报送上级机关"),
        hint="上报后本机关的审查时限到今天为止，由上级机关决定；结果送回后由本机关送达。",
        paper=True,
    ),
    "return_from_hq": lambda case, _: _plain(_OPINION),
    "return_from_upper": lambda case, _: _plain(_OPINION),
    "conclude": lambda case, _: _plain(
        _text("summary", "汇总意见", "写进阶段办结告知书，各事项的结果由系统逐项列出"), paper=True
    ),
    "take_over_call": _take_over,
    "release_matter": _release,
    "drop_matter": _drop,
    "add_signer": _add_signer,
    "remove_signer": _remove_signer,
    "ask_opinion": _ask_opinion,
    "answer_opinion": _answer_opinion,
    "consult": _consult,
    "report_resolution": _report,
    "withdraw": lambda case, _: _plain(
        _text("reason", "理由", "申请人书面撤回，归入案卷", optional=True), hint="撤回后本件结束，不能恢复。"
    ),
    "revoke": _remedied(
        "decide_refuse", _text("reasons", "理由"), _text("basis", "法律依据", "行政许可法 第69条", long=False)
    ),
    "terminate": _remedied(
        "terminate",
        _choice("reason_code", "情形", TERMINATIONS),
        _text("reasons", "理由"),
        _text("basis", "依据", long=False),
    ),
}
