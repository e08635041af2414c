"""A guide as the public reads it (行政许可法 第30条): every statement with whether it was read in a source. Words only; what
holds is what the running version of the matter says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.catalogue import APPLICATION, Guide, Material, Offered, nodes
from engine.clock import GROUND_NAMES, RULES, ClockKind, Limit, OfficeHours
from engine.diagrams import Against, ApartKind, GuideStep, StepKind, TimeProof, apart_words, days_words, describe
from forms import Form

from .words import whole_day

_ORDER = (ClockKind.NOTICE, ClockKind.PROMISED, ClockKind.STATUTORY, ClockKind.DELIVERY)
_CHANNELS = {"window": "窗口", "web": "网上", "mobile": "手机", "post": "邮寄", "other": "其他方式"}
_TYPES = {"01": "行政许可", "05": "行政给付", "07": "行政确认", "10": "其他行政权力", "20": "公共服务"}


@dataclass(frozen=True)
class Said:
    """One statement. verified: it was read in a source; else people read 示例数据，未经核实 beside it."""

    words: str
    verified: bool


@dataclass(frozen=True)
class Line:
    """A matter in the list of what one can get done."""

    code: str
    name: str
    summary: str
    department: str
    promise: Said
    visits: Said
    fee: Said
    channels: str
    online: bool
    instant: bool
    stage: bool
    """One form for all the matters of a stage of joint approval."""

    @property
    def verified(self) -> bool:
        return self.promise.verified and self.visits.verified and self.fee.verified


@dataclass(frozen=True)
class Paper:
    """A material: whence: where one gets it; needed: whether and when it is asked for."""

    key: str
    name: str
    whence: str
    needed: str
    verified: bool


@dataclass(frozen=True)
class LimitLine:
    """A limit: its length, from when it counts, by which law (only where that was read), what lengthens and stops it."""

    name: str
    words: str
    counted_from: str
    basis: str
    more: tuple[str, ...]
    verified: bool


@dataclass(frozen=True)
class FlowStep:
    """A step of the way: who does it, and what is said of its time. The inner limits of steps are no promise to anybody."""

    name: str
    department: str
    time: Said


def line_of(one: Offered) -> Line:
    guide = one.version.guide
    return Line(
        code=one.version.code,
        name=one.version.name,
        summary=guide.summary,
        department=one.department,
        promise=promise_of(guide),
        visits=visits_of(guide),
        fee=Said(guide.fee.text, guide.fee.verified),
        channels="、".join(_CHANNELS[c] for c in guide.channels),
        online=is_online(guide),
        instant=guide.kind == "instant",
        stage=bool(guide.stage),
    )


def finds(one: Line, words: Sequence[str]) -> bool:
    """Whether every searched word stands in what one sees of a matter."""
    text = f"{one.code} {one.name} {one.summary} {one.department}".casefold()
    return all(word.casefold() in text for word in words)


def is_online(guide: Guide) -> bool:
    return "web" in guide.channels


def channels_of(guide: Guide) -> str:
    return "、".join(_CHANNELS[c] for c in guide.channels)


def type_of(guide: Guide) -> str:
    return _TYPES.get(guide.type, "其他")


def promise_of(guide: Guide) -> Said:
    return _length(guide, ClockKind.PROMISED)


def statute_of(guide: Guide) -> Said:
    return _length(guide, ClockKind.STATUTORY)


def visits_of(guide: Guide) -> Said:
    """How often one has to come. The guide has no source mark of its own for it, so it shares that of its contact."""
    return Said(f"{guide.visits} 次", contact_is_verified(guide))


def contact_is_verified(guide: Guide) -> bool:
    return guide.contact.get("src") == "S"


def papers_of(one: Offered, names: Mapping[str, str]) -> list[Paper]:
    """The material list. names: of the matters of this office by code."""
    form, guide = one.version.content.forms[APPLICATION], one.version.guide
    needed = _needed_in_stage if guide.stage else _needed
    return [Paper(m.key, m.name, _whence(m, names), needed(m, form), m.verified) for m in guide.materials]


def before_of(guide: Guide, names: Mapping[str, str]) -> list[str]:
    """What must be granted before and stands in no line of the material list. names: as above."""
    return ["或".join(f"“{names.get(code, code)}”" for code in need.codes) for need in guide.prerequisites]


@dataclass(frozen=True)
class OfStage:
    """A matter of a stage: code, name, whether it may be left out, in which case it is part of it; linked: it has a guide."""

    code: str
    name: str
    optional: bool
    linked: bool


def matters_of(one: Offered, names: Mapping[str, str]) -> list[OfStage]:
    """The matters that a stage calls, in the order in which they are drawn. names: as above."""
    diagram = one.version.content.diagram
    if not one.version.guide.stage:
        return []
    called = [(code, node.optional, node.name) for node in nodes(diagram) if (code := diagram.matter_called(node))]
    return [OfStage(code, names.get(code, name or code), optional, code in names) for code, optional, name in called]


def held_of(proof: TimeProof, guide: Guide) -> list[Said]:
    """How long all steps take together at most, by the limits that the office has set itself, and by which days that was reckoned.
    Nothing where nothing was proved. The limits of the steps have no source mark of their own and share that of the promise."""
    against, seen = proof.straight.promised, guide.limits[ClockKind.PROMISED].verified
    if against is None or proof.from_on is None or proof.through_on is None:
        return []
    whose = "各事项按自己的承诺同时办，有先后的依次办，" if guide.stage else "机构内部各环节"
    told = [f"{whose}{f'合计最长 {days_words(against.longest)}' if against.longest else '都在当日办'}。"]
    if paused := apart_words(proof, ApartKind.PAUSE):
        told.append(f"另计：{paused}。")
    if proof.unlimited:
        told.append(f"没有定时限的没有计入：{'、'.join(dict.fromkeys(one.title for one in proof.unlimited))}。")
    days = f"{whole_day(proof.from_on)}至{whole_day(proof.through_on)}"
    told.append(f"按已公布的日历逐日核算（{days}），{_holds(against)}。")
    return [Said("".join(told), seen)]


def _holds(against: Against) -> str:
    worst = "" if against.even else f"最不利的开始日是 {whole_day(against.worst_on)}，"
    if against.kept:
        return f"{worst}都在承诺时限以内"
    how = f"可能比承诺晚 {-against.slack} 个工作日"
    return f"{worst}{how}，以承诺和法定时限为准"


def limits_of(guide: Guide) -> list[LimitLine]:
    return [_limit_line(kind, guide.limits[kind]) for kind in _ORDER if kind in guide.limits]


def flow_of(one: Offered, departments: Mapping[str, str]) -> list[FlowStep]:
    """The way of a case in words, from handing in to delivery. departments: names by code."""
    guide = one.version.guide
    first = "网上申报，或者到窗口提交" if is_online(guide) else "到窗口提交"
    steps = [FlowStep(first, "", Said("给收件凭证", True))]
    for step in describe(one.version.content.diagram):
        name = one.department if step.department == "@matter" else departments.get(step.department or "", "")
        steps.append(FlowStep(step.name, name, _time_of(step, guide)))
        if guide.stage and step.kind is StepKind.INTAKE:
            steps.append(FlowStep("并联审批", "", Said("各事项同时办理，各有自己的时限", True)))
        if guide.escalates and step.kind is StepKind.ESCALATE:
            told = Said("自上级机关受理之日起另计时限；材料不用再交", True)
            steps.append(FlowStep(f"{guide.escalates.level_name}机关决定", "", told))
    return steps


def hours_words(hours: OfficeHours) -> str:
    """`工作日 09:00–12:00，14:00–17:00`."""
    return "工作日 " + "，".join(f"{opens:%H:%M}–{closes:%H:%M}" for opens, closes in hours.windows)


# ---------------------------------------------------------------- how it is said
def _length(guide: Guide, kind: ClockKind) -> Said:
    limit = guide.limits[kind]
    return Said(limit.span.words, limit.verified)


def _whence(material: Material, names: Mapping[str, str]) -> str:
    if material.rule == "I":
        return "委托中介机构编制"
    if material.results_of:
        known = "或".join(f"“{names[code]}”" for code in material.results_of if code in names)
        others = "等" if known and len(known.split("或")) < len(material.results_of) else ""
        return f"{known}{others}办结后取得" if known else "前一事项办结后取得"
    return "自己准备"


def _needed(material: Material, form: Form) -> str:
    if material.tolerable:
        return "可以后补（容缺）"
    if material.needed_when is None:
        return "必要"
    key, value = material.needed_when
    field = next(f for f in form.fields if f.key == key)
    label = next(o.label for o in field.options if o.value == value)
    return f"{field.label}为“{label}”时要交"


def _needed_in_stage(material: Material, form: Form) -> str:
    """A paper that only some matters of a stage ask for may be left out with them."""
    return "可以后补；不申请相应事项的不交" if material.tolerable else _needed(material, form)


def _limit_line(kind: ClockKind, limit: Limit) -> LimitLine:
    return LimitLine(
        name=RULES[kind].label,
        words=limit.span.words,
        counted_from=f"自{limit.counted_from.words}起" if limit.span.n else f"{limit.counted_from.words}当日",
        basis=limit.cited,
        more=tuple(_more(limit)),
        verified=limit.verified,
    )


def _more(limit: Limit) -> Iterator[str]:
    if limit.extension is not None:
        by = f"（{limit.extension.basis}）" if limit.verified and limit.extension.basis else ""
        yield f"经{limit.extension.approver.words}批准可以延长 {limit.extension.longest.words}{by}"
    for ground, stop in limit.grounds.items():
        longest = f"，最长 {stop.longest.words}" if stop.longest else ""
        by = f"（{stop.basis}）" if limit.verified and stop.basis else ""
        yield f"{GROUND_NAMES[ground]}的时间不计入{longest}{by}"


def _time_of(step: GuideStep, guide: Guide) -> Said:
    if step.kind is StepKind.INTAKE:
        notice = _length(guide, ClockKind.NOTICE)
        return Said(f"{notice.words}内；缺什么一次告知", notice.verified)
    if step.kind is StepKind.SPECIAL:
        return Said("不计入时限，先书面告知天数", True)
    if step.kind is StepKind.DELIVER:
        delivery = _length(guide, ClockKind.DELIVERY)
        return Said(f"决定后 {delivery.words}内", delivery.verified)
    return Said("", True)
