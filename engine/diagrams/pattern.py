"""Draws the standard diagram of a matter from a few lines of text: a start for a designer, laid out as the shipped ones.

    intake 受理 nr nr-1 1wd tolerant          the intake with its correction, refusal, and tolerant acceptance if said
    review 审查 nr 2wd form=review            one step: kind, name, department, limit
    visit 现场踏勘 nr 2wd                     outside the hall, two officers
    together 征求意见                         two to four steps at the same time, one a line, indented
        opinion 人防意见 cad 3wd
        opinion 气象意见 met 3wd
    special 专家评审 nr expert_review         asked for, started and ended by officers; or skipped
    countersign 会签 nr 3wd signers=cad,hurd:2 rule=vote threshold=2
    check 审核 nr 1wd form=check returns      `returns`: may be sent back to the first step that one department does
    decide 核准 nr 1wd returns
    certificate                               the tail: certificate and delivery are called parts

A stage of joint approval calls matters instead of deciding, and ends with its lead department's summary:

    intake 统一受理 gsc gsc-joint 1wd
    matters 并联审批
        call 企业投资项目备案 TZ01
        call 环境影响报告表审批 HP02 optional     the stage does not wait for it
        call 国有建设用地使用权出让 ZR01 when=land=auctioned as=出让      only on this answer; how its way is labelled
    summary 牵头汇总 nr 1wd

A matter that the upper office decides is sent up instead, and waits for the upper case; then it delivers:

    escalate 上报 for 1wd returns
    above 市级审核 LY01                       the code of the matter at the upper office

Forward on one line, ways back above it, refusals and detours below it; centres on a grid of 10 px.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

from ..errors import Fault, NotValid
from .vocabulary import NAMESPACE, OUTCOME_LABELS, OUTCOMES, StepKind

TASK, GATE, EVENT = (100, 80), (50, 50), (36, 36)
UP, DOWN = -110, 110
KINDS = {"visit": "site_visit"}
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<bpmn:definitions xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI"'
    ' xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:di="http://www.omg.org/spec/DD/20100524/DI"'
    f' xmlns:ls="{NAMESPACE}"'
)


class PatternNotUnderstood(NotValid):
    """The text of a pattern has faults; nothing is drawn."""

    code = "pattern-not-understood"
    sentence = "流程样式有 {count} 处看不懂。"
    remedy = "一行一步：类型、名称、部门、时限，例如 review 审查 nr 2wd。"


@dataclass(frozen=True)
class Line:
    """One line of a pattern."""

    number: int
    kind: str
    name: str = ""
    department: str = ""
    limit: str = ""
    words: frozenset[str] = frozenset()
    form: str = ""
    window: str = ""
    ground: str = ""
    when: str = ""
    label: str = ""
    signing: tuple[tuple[str, str], ...] = ()
    inside: tuple[Line, ...] = ()

    @property
    def returns(self) -> bool:
        return "returns" in self.words


def standard(code: str, name: str, text: str) -> bytes:
    """The diagram of a matter as BPMN, drawn from a pattern. Raises PatternNotUnderstood with every line at fault."""
    return _Drawing(code, name, _read(text)).xml().encode()


# ---------------------------------------------------------------- reading
def _read(text: str) -> list[Line]:
    faults: list[Fault] = []
    lines: list[Line] = []
    for number, raw in enumerate(text.splitlines(), 1):
        if not raw.strip():
            continue
        line = _line(number, raw.split(), faults)
        if line is None:
            continue
        if raw[0].isspace() and lines and lines[-1].kind in ("together", "matters"):
            lines[-1] = Line(**{**vars(lines[-1]), "inside": (*lines[-1].inside, line)})
        else:
            lines.append(line)
    faults += _whole(lines)
    if faults:
        raise PatternNotUnderstood(faults=faults, count=len(faults))
    return lines


def _line(number: int, words: Sequence[str], faults: list[Fault]) -> Line | None:
    kind, rest = words[0], list(words[1:])
    known = {*StepKind, "visit", "together", "matters", "call", "above"}
    if kind not in known:
        faults.append(Fault(f"/{number}", f"第 {number} 行：没有“{kind}”这种步骤", "可用：" + "、".join(sorted(known))))
        return None
    named = dict(w.split("=", 1) for w in rest if "=" in w)
    flags = frozenset(w for w in rest if w in ("tolerant", "returns", "optional"))
    plain = [w for w in rest if "=" not in w and w not in flags]
    limit = next((w for w in plain if w[:1].isdigit()), "")
    plain = [w for w in plain if w != limit]
    window = next((w for w in plain[2:] if "-" in w), "")
    ground = plain[2] if kind == "special" and len(plain) > 2 else ""
    signing = tuple((key, named[key].replace(",", " ")) for key in ("signers", "rule", "threshold") if key in named)
    needed = {"together": 1, "matters": 1, StepKind.CERTIFICATE: 0, "special": 3}.get(kind, 2)
    if len(plain) < needed:
        faults.append(Fault(f"/{number}", f"第 {number} 行：写得不全", "写名称和部门，特别程序再写事由"))
        return None
    name, department = (*plain, "", "")[:2]
    form, when, label = (named.get(word, "") for word in ("form", "when", "as"))
    return Line(number, kind, name, department, limit, flags, form, window, ground, when, label, signing)


def _whole(lines: Sequence[Line]) -> Iterator[Fault]:
    kinds = [line.kind for line in lines]
    if not kinds or kinds[0] != StepKind.INTAKE or kinds.count(StepKind.INTAKE) != 1:
        yield Fault("/1", "第一行应当是受理（intake），而且只有一次", "把 intake 写在第一行")
    if "matters" in kinds:
        yield from _stage(lines)
        return
    if StepKind.ESCALATE in kinds or "above" in kinds:
        if kinds[-2:] != [StepKind.ESCALATE, "above"] or kinds.count("above") != 1 or StepKind.DECIDE in kinds:
            yield Fault("/", "上报的样式最后是：一次上报（escalate）、一行 above，没有 decide", "补上或移动 above")
        return
    if kinds.count(StepKind.DECIDE) != 1 or StepKind.DECIDE not in kinds[-2:]:
        yield Fault("/", "最后应当有一次决定（decide），其后只能是制证（certificate）", "补上或移动 decide")
    for line in lines:
        if line.kind == "together" and not 2 <= len(line.inside) <= 4:
            yield Fault(f"/{line.number}", "同时办理的步骤应为两个至四个", "拆成几段")


def _stage(lines: Sequence[Line]) -> Iterator[Fault]:
    kinds = [line.kind for line in lines]
    if kinds.count("matters") != 1 or kinds[-1] != StepKind.SUMMARY or StepKind.DECIDE in kinds:
        yield Fault("/", "阶段的样式是：受理、一段 matters、最后牵头汇总（summary），没有 decide", "补上 summary")
    for line in lines:
        if line.kind == "matters" and not (2 <= len(line.inside) <= 24 and all(i.kind == "call" for i in line.inside)):
            yield Fault(f"/{line.number}", "matters 之下应当是 2 至 24 行 call", "一行一个事项：call 名称 代码")


# ---------------------------------------------------------------- drawing
@dataclass
class _Drawing:
    code: str
    name: str
    lines: list[Line]
    elements: list[str] = field(default_factory=list)
    shapes: list[str] = field(default_factory=list)
    edges: list[str] = field(default_factory=list)
    x: int = 90
    line: int = 220
    back: int = 0
    used: set[str] = field(default_factory=set)

    def xml(self) -> str:
        above = max((-_rows(line)[0] for line in self.lines if line.inside), default=0)
        if any(line.kind == "matters" for line in self.lines):
            self.line = max(self.line, 60 + above)
        elif above:  # the ways back lie above the highest of the steps that are drawn side by side
            self.line, self.back = 150 + above, 40 - above
        self.event("start", "filed", "收件", 90, self.line)
        self._intake(self.lines[0])
        for line in self.lines[1:]:
            self._segment(line)
        key = self.code.lower()
        inner = "".join(self.elements)
        plane = "".join([*self.shapes, *self.edges])
        return (
            f'{_HEAD} id="{key}-definitions" targetNamespace="urn:lianshen:matters">\n'
            f'  <bpmn:process id="{key}" name={quoteattr(self.name)} isExecutable="true">\n{inner}  </bpmn:process>\n'
            '  <bpmn:message id="correction_received" name="correction_received" />\n'
            f'  <bpmndi:BPMNDiagram id="{key}-diagram">\n    <bpmndi:BPMNPlane id="{key}-plane" bpmnElement="{key}">\n'
            f"{plane}    </bpmndi:BPMNPlane>\n  </bpmndi:BPMNDiagram>\n</bpmn:definitions>\n"
        )

    # ---- segments: each begins at the flow that is waiting to enter it
    def _intake(self, line: Line) -> None:
        y = self.line
        self.flow("to_intake", "filed", "intake", [(108, y), (150, y)])
        accepts = ["accept", "accept_tolerant"] if "tolerant" in line.words else ["accept"]
        self.x = 200
        self.task("intake", line, [*accepts, "request_correction", "refuse_acceptance"])
        self.gate("after_intake", f"{line.name[-2:]}结果", "intake_done", "intake")
        self.flow(
            "incomplete",
            "after_intake",
            "correction",
            [(320, y - 25), (320, y + UP), (218, y + UP)],
            "补正",
            (289, y + UP - 18),
            "outcome == 'request_correction'",
        )
        self.elements.append(
            '    <bpmn:intermediateCatchEvent id="correction" name="等待补正">\n'
            '      <bpmn:messageEventDefinition id="correction_awaited" messageRef="correction_received" />\n'
            "    </bpmn:intermediateCatchEvent>\n"
        )
        self.shape("correction", 200, y + UP, EVENT, (178, y + UP - 37, 44))
        self.flow("corrected", "correction", "intake", [(200, y + UP + 18), (200, y - 40)])
        self.flow(
            "not_acceptable",
            "after_intake",
            "not_accepted",
            [(320, y + 25), (320, y + DOWN - 18)],
            "不予",
            (327, y + 39),
            "outcome == 'refuse_acceptance'",
        )
        self.event("end", "not_accepted", "不予受理", 320, y + DOWN)
        asked = " || ".join(f"outcome == '{code}'" for code in accepts)
        self.waiting = ("accepted", "after_intake", 345, "受理", asked)

    def _segment(self, line: Line) -> None:
        if line.kind in ("together", "matters"):
            self._together(line)
        elif line.kind == StepKind.SUMMARY:
            self._summary(line)
        elif line.kind == "above":
            self._above(line)
        elif line.kind == "special":
            self._special(line)
        elif line.kind == StepKind.DECIDE:
            self._decide(line)
        elif line.kind != StepKind.CERTIFICATE:
            self._step(line)

    def _step(self, line: Line) -> None:
        key = self.free(KINDS.get(line.kind, line.kind))
        back = line.returns and self.first is not None
        codes = [c for c in OUTCOMES[StepKind(KINDS.get(line.kind, line.kind))] if c != "return" or back]
        self.enter(key)
        self.first = self.first or (key, self.x)
        self.task(key, line, codes)
        if not back:
            self.waiting = (f"{key}_done", key, self.x + 50, "", "")
            return
        gate = f"after_{key}"
        self.gate(gate, f"{line.name[-2:]}结果", f"{key}_done", key)
        self.returned(f"{key}_returned", gate)
        on = codes[0]
        self.waiting = (f"{key}_passed", gate, self.x + 25, OUTCOME_LABELS[on], f"outcome == '{on}'")

    def _together(self, line: Line) -> None:
        split, join = self.free("split"), self.free("join")
        self.enter(split, GATE)
        some = any(one.when for one in line.inside)
        self.plus(split, line.name, self.x, some)
        left, y = self.x, self.line
        self.x += 120
        right = self.x + 120
        for row, one in zip(_rows(line), line.inside, strict=True):
            key = self.free(one.department.lower() if one.kind == "call" else KINDS.get(one.kind, one.kind))
            out = (
                [(left + 25, y), (self.x - 50, y)]
                if not row
                else [(left, y + (25 if row > 0 else -25)), (left, y + row), (self.x - 50, y + row)]
            )
            back = (
                [(self.x + 50, y), (right - 25, y)]
                if not row
                else [(self.x + 50, y + row), (right, y + row), (right, y + (25 if row > 0 else -25))]
            )
            field, _, value = one.when.partition("=")
            asked = f"{field} == '{value}'" if one.when else ""
            told = one.label or ("可选" if "optional" in one.words else "")
            place = (self.x - 50 - 14 - 11 * len(told), y + row + 5) if told else None
            self.flow(f"to_{key}", split, key, out, told, place, asked)
            if one.kind == "call":
                self.call(key, one.name, one.department, y + row, optional="optional" in one.words)
            else:
                codes = [c for c in OUTCOMES[StepKind(KINDS.get(one.kind, one.kind))] if c != "return"]
                self.task(key, one, codes, y + row)
            self.flow(f"{key}_done", key, join, back)
        self.x = right
        self.plus(join, "均已办结" if line.kind == "matters" else "汇总", right, some)
        self.waiting = (f"{join}ed", join, right + 25, "", "")

    def _special(self, line: Line) -> None:
        start, end = self.free(f"{line.ground}_start"), self.free(f"{line.ground}_end")
        y = self.line
        self.enter(start)
        self.task(start, Line(**{**vars(line), "name": f"提请{line.name}", "form": ""}), ["start", "skip"])
        gate = f"after_{start}"
        self.gate(gate, f"是否{line.name[-2:]}", f"{start}_done", start)
        left = self.x
        self.x += 130
        self.flow(
            f"{line.ground}_started",
            gate,
            end,
            [(left, y + 25), (left, y + DOWN), (self.x - 50, y + DOWN)],
            "启动",
            (left + 7, y + 39),
            "outcome == 'start'",
        )
        self.task(end, Line(**{**vars(line), "name": f"{line.name}结果", "limit": ""}), ["end"], y + DOWN)
        self.detour = (f"{line.ground}_ended", end, self.x + 50, y + DOWN)
        self.waiting = (f"{line.ground}_skipped", gate, left + 25, "不需要", "outcome == 'skip'")

    def _above(self, line: Line) -> None:
        """The upper office has the case; what it decided is delivered here, and the case is closed."""
        y = self.line
        self.enter("above")
        self.call("above", line.name, line.department, y)
        self._delivered("decided_above", "above", "办结")

    def _delivered(self, flow: str, source: str, closed: str) -> None:
        y = self.line
        self.flow(flow, source, "delivery", [(self.x + 50, y), (self.x + 100, y)])
        self.x += 150
        self.call("delivery", "送达", "part-delivery", y)
        self.flow("delivery_done", "delivery", "closed", [(self.x + 50, y), (self.x + 92, y)])
        self.event("end", "closed", closed, self.x + 110, y)

    def _summary(self, line: Line) -> None:
        """The lead department sums up, the applicant is told, the stage is closed."""
        self.enter("summary")
        self.task("summary", line, list(OUTCOMES[StepKind.SUMMARY]))
        self._delivered("summed_up", "summary", "阶段办结")

    def _decide(self, line: Line) -> None:
        y = self.line
        self.enter("decide")
        codes = ["grant", "refuse", "return"] if line.returns and self.first else ["grant", "refuse"]
        self.task("decide", line, codes)
        self.gate("after_decide", f"{line.name[-2:]}结果", "decide_done", "decide")
        left = self.x
        if "return" in codes:
            self.returned("decide_returned", "after_decide")
        self.x += 120
        self.flow(
            "granted",
            "after_decide",
            "issue_certificate",
            [(left + 25, y), (self.x - 50, y)],
            "准予",
            (left + 35, y - 18),
            "outcome == 'grant'",
        )
        self.call("issue_certificate", "制证", "part-certificate", y)
        self.flow("ready_to_deliver", "issue_certificate", "delivery", [(self.x + 50, y), (self.x + 100, y)])
        self.x += 150
        self.flow(
            "refused",
            "after_decide",
            "delivery",
            [(left, y + 25), (left, y + DOWN), (self.x, y + DOWN), (self.x, y + 40)],
            "不予",
            (left + 7, y + 39),
            "outcome == 'refuse'",
        )
        self.call("delivery", "送达", "part-delivery", y)
        self.flow("delivery_done", "delivery", "closed", [(self.x + 50, y), (self.x + 92, y)])
        self.event("end", "closed", "办结", self.x + 110, y)

    # ---- pieces
    waiting: tuple[str, str, int, str, str] = ("", "", 0, "", "")
    detour: tuple[str, str, int, int] | None = None
    first: tuple[str, int] | None = None
    ways_back: int = 0

    def free(self, key: str) -> str:
        """An id that is not drawn yet: review, review_b, review_c."""
        chosen = next(k for k in (key, *(f"{key}_{letter}" for letter in "bcdefghij")) if k not in self.used)
        self.used.add(chosen)
        return chosen

    def enter(self, key: str, size: tuple[int, int] = TASK) -> None:
        """Move on to the next place on the line and lead the waiting flow there, and the detour of a special procedure."""
        flow, source, x, name, condition = self.waiting
        at_gate, y = name != "", self.line
        self.x = self.x + (130 if self.detour else 120 if at_gate or size is GATE or source.startswith("join") else 150)
        label = (x + 10, y - 18) if name else None
        self.flow(flow, source, key, [(x, y), (self.x - size[0] // 2, y)], name, label, condition)
        if self.detour:
            ended, end, right, low = self.detour
            self.flow(ended, end, key, [(right, low), (self.x, low), (self.x, y + size[1] // 2)])
            self.detour = None

    def task(self, key: str, line: Line, codes: Sequence[str], y: int | None = None) -> None:
        given = {"kind": KINDS.get(line.kind, line.kind), "department": line.department, "window": line.window}
        given |= {"limit": line.limit, "form": line.form, "ground": line.ground}
        given |= dict(line.signing)
        given |= {"place": "outside"} if line.kind in KINDS else {}
        attributes = "".join(f" ls:{name}={quoteattr(value)}" for name, value in given.items() if value)
        drawn = "".join(f'        <ls:outcome code="{c}" label={quoteattr(_label(c, line))} />\n' for c in codes)
        self.elements.append(
            f"    <bpmn:userTask id={quoteattr(key)} name={quoteattr(line.name)}{attributes}>\n"
            f"      <bpmn:extensionElements>\n{drawn}      </bpmn:extensionElements>\n    </bpmn:userTask>\n"
        )
        self.used.add(key)
        self.shape(key, self.x, self.line if y is None else y, TASK, None)

    def call(self, key: str, name: str, called: str, y: int, *, optional: bool = False) -> None:
        more = ' ls:optional="true"' if optional else ""
        self.elements.append(
            f'    <bpmn:callActivity id="{key}" name={quoteattr(name)} calledElement="{called}"{more} />\n'
        )
        self.shape(key, self.x, y, TASK, None)

    def gate(self, key: str, name: str, flow: str, source: str) -> None:
        self.flow(flow, source, key, [(self.x + 50, self.line), (self.x + 95, self.line)])
        self.x += 120
        self.elements.append(f'    <bpmn:exclusiveGateway id="{key}" name={quoteattr(name)} />\n')
        wide = 11 * len(name)
        self.shape(key, self.x, self.line, GATE, (self.x - 12 - wide, self.line - 31, wide), ' isMarkerVisible="true"')

    def plus(self, key: str, name: str, x: int, some: bool = False) -> None:
        """A parallel gateway; an inclusive one where some of its ways are taken on a condition."""
        kind = "inclusive" if some else "parallel"
        self.elements.append(f'    <bpmn:{kind}Gateway id="{key}" name={quoteattr(name)} />\n')
        away = 12 if key.startswith("split") else 22
        self.shape(key, x, self.line, GATE, (x + away, self.line - 31, 11 * len(name)))

    def event(self, kind: str, key: str, name: str, x: int, y: int) -> None:
        self.elements.append(f'    <bpmn:{kind}Event id="{key}" name="{name}" />\n')
        wide = 11 * len(name)
        self.shape(key, x, y, EVENT, (x - wide // 2, y + 25, wide))

    def returned(self, key: str, gate: str) -> None:
        """A way back to the first step of one department; each further one lies above the last and enters left of it."""
        assert self.first is not None, "asked for only where there is a step to go back to"
        target, x = self.first
        high = self.line + UP + self.back - 40 * self.ways_back
        into = x + 20 - 40 * self.ways_back
        self.ways_back += 1
        points = [(self.x, self.line - 25), (self.x, high), (into, high), (into, self.line - 40)]
        self.flow(key, gate, target, points, "退回", (self.x - 31, high - 18), "outcome == 'return'")

    def flow(
        self,
        key: str,
        source: str,
        target: str,
        points: Sequence[tuple[int, int]],
        name: str = "",
        label: tuple[int, int] | None = None,
        condition: str = "",
    ) -> None:
        named = f" name={quoteattr(name)}" if name else ""
        head = f'    <bpmn:sequenceFlow id="{key}"{named} sourceRef="{source}" targetRef="{target}"'
        asked = f"{{{condition}}}"
        self.elements.append(
            f'{head}>\n      <bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">${escape(asked)}'
            "</bpmn:conditionExpression>\n    </bpmn:sequenceFlow>\n"
            if condition
            else f"{head} />\n"
        )
        way = "".join(f'        <di:waypoint x="{x}" y="{y}" />\n' for x, y in points)
        placed = _placed(label[0], label[1], 11 * len(name)) if label else ""
        self.edges.append(
            f'      <bpmndi:BPMNEdge id="{key}_di" bpmnElement="{key}">\n{way}{placed}      </bpmndi:BPMNEdge>\n'
        )

    def shape(
        self, key: str, x: int, y: int, size: tuple[int, int], label: tuple[int, int, int] | None, more: str = ""
    ) -> None:
        wide, high = size
        placed = _placed(*label) if label else "        <bpmndi:BPMNLabel />\n"
        self.shapes.append(
            f'      <bpmndi:BPMNShape id="{key}_di" bpmnElement="{key}"{more}>\n'
            f'        <dc:Bounds x="{x - wide // 2}" y="{y - high // 2}" width="{wide}" height="{high}" />\n'
            f"{placed}      </bpmndi:BPMNShape>\n"
        )


def _rows(line: Line) -> list[int]:
    """How far below the line each step stands that is drawn side by side: two as one and one below it, others evenly around."""
    many = len(line.inside)
    return [0, DOWN] if many == 2 else [DOWN * (n - many // 2) for n in range(many)]


def _placed(x: int, y: int, wide: int) -> str:
    bounds = f'<dc:Bounds x="{x}" y="{y}" width="{wide}" height="14" />'
    return f"        <bpmndi:BPMNLabel>\n          {bounds}\n        </bpmndi:BPMNLabel>\n"


def _label(code: str, line: Line) -> str:
    special = {"start": f"启动{line.name.removeprefix('提请')}", "end": f"{line.name.removesuffix('结果')}结束"}
    return special.get(code, OUTCOME_LABELS[code])
