"""The guide of a matter: what guide.yaml says, read once, every fault named.

It is the catalogue's record (limits, grounds, materials, fee) and the source of the public guide (行政许可法 第30条).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import yaml

from ..clock import ClockKind, Limit, limits_from_catalogue
from ..diagrams import MATTER_CODE
from ..errors import Fault, NotValid

MAX_BYTES = 256 * 1024
_FIELDS = {
    *(
        "code",
        "name",
        "department",
        "type",
        "kind",
        "two_person",
        "summary",
        "basis",
        "conditions",
        "quantity",
        "limits",
    ),
    *("fee", "result", "visits", "channels", "materials", "contact", "sample", "note"),
    *("stage", "prerequisites", "tolerant_start", "escalates"),
}
LEVELS = {"nation": "国家级", "province": "省级", "city": "市级", "county": "县级", "township": "乡镇级"}
CHANNELS = {"window": "窗口", "web": "网上", "mobile": "移动端", "post": "邮寄", "other": "其他"}
_NEEDED = ("code", "name", "department", "type", "kind", "limits", "materials", "fee", "result")


class GuideNotUnderstood(NotValid):
    """The guide of a matter has faults; nothing of it is used."""

    code = "guide-not-understood"
    sentence = "办事指南 {file} 有 {count} 处错误。"
    remedy = "按所列位置修改后重新发布。"


@dataclass(frozen=True)
class Sourced:
    """A statement with the quality of its source: S read in a source, G from general knowledge, P for the demo."""

    text: str
    source_mark: str

    @property
    def verified(self) -> bool:
        return self.source_mark == "S"


@dataclass(frozen=True)
class Need:
    """A prerequisite: the result of any one of these matters; only where the application answers so."""

    codes: tuple[str, ...]
    when: tuple[str, str] | None = None

    @classmethod
    def parse(cls, text: str) -> Need | None:
        """`TZ01|TZ02`, `ZR01 when land=auctioned`; None for what cannot be read."""
        written, _, condition = text.partition(" when ")
        codes = tuple(code.strip() for code in written.split("|"))
        field, equals, value = (part.strip() for part in condition.partition("="))
        readable = all(MATTER_CODE.fullmatch(code) for code in codes) and bool(equals and field and value) == bool(
            condition
        )
        return cls(codes, (field, value) if equals else None) if readable else None

    def holds(self, answers: Mapping[str, Any]) -> bool:
        """Whether it is asked for on this route."""
        return self.when is None or str(answers.get(self.when[0], "")) == self.when[1]


@dataclass(frozen=True)
class Escalation:
    """That the upper office decides (上报件, 第35条): at which level, and which matter of its catalogue it is there."""

    level: str
    matter: str

    @classmethod
    def parse(cls, drawn: Any) -> Escalation | None:
        """`{level: city, matter: LY01}`; None for what cannot be read."""
        fits = isinstance(drawn, dict) and set(drawn) == {"level", "matter"}
        readable = fits and drawn["level"] in LEVELS and MATTER_CODE.fullmatch(str(drawn["matter"]))
        return cls(str(drawn["level"]), str(drawn["matter"])) if readable else None

    @property
    def level_name(self) -> str:
        return LEVELS[self.level]


@dataclass(frozen=True)
class Material:
    """One row of the published list. rule: R required, Q tolerable, I by an intermediary, D:<codes> a matter's result."""

    key: str
    name: str
    rule: str
    source_mark: str

    @property
    def tolerable(self) -> bool:
        return self.rule == "Q"

    @property
    def verified(self) -> bool:
        return self.source_mark == "S"

    @property
    def need(self) -> Need | None:
        """The prerequisite that a paper of this kind is; None for one of another origin."""
        return Need.parse(self.rule.removeprefix("D:")) if self.rule.startswith("D:") else None

    @property
    def results_of(self) -> tuple[str, ...]:
        """The codes of the matters one of whose results this is; empty for a paper of another origin."""
        return tuple(self.rule.removeprefix("D:").partition(" ")[0].split("|")) if self.rule.startswith("D:") else ()

    @property
    def needed_when(self) -> tuple[str, str] | None:
        """The answer of the application form on which the paper is asked for, `("land", "auctioned")`; None: always."""
        field, equals, value = self.rule.partition(" when ")[2].partition("=")
        return (field, value) if equals else None


@dataclass(frozen=True)
class Guide:
    """The record of a matter as one version of it says it."""

    code: str
    name: str
    department: str
    type: str
    kind: str  # instant | promised
    two_person: bool
    summary: str
    basis: Sourced
    conditions: tuple[Sourced, ...]
    quantity: Sourced
    limits: Mapping[ClockKind, Limit]
    fee: Sourced
    result: str
    validity: str
    materials: tuple[Material, ...]
    channels: tuple[str, ...]
    visits: int
    contact: Mapping[str, str]
    sample: Mapping[str, Any]
    """Fictional answers to the application form, shown to the public as an example (示范文本)."""
    stage: str = ""
    """Of a stage of joint approval (并联审批): its code, `S1`; empty for a matter of its own."""
    prerequisites: tuple[Need, ...] = ()
    """What must be granted before, beyond what the list of materials says."""
    tolerant_start: Sourced | None = None
    """By which rule this matter may start before a prerequisite has its result (容缺受理)."""
    escalates: Escalation | None = None
    """Where it is only reviewed here: who decides it. None: this office decides, or sends it up by hand."""

    @property
    def needs(self) -> tuple[Need, ...]:
        """Every prerequisite, those of the list of materials first; each once."""
        drawn = (m.need for m in self.materials)
        return tuple(dict.fromkeys((*(n for n in drawn if n is not None), *self.prerequisites)))

    def needs_on(self, answers: Mapping[str, Any]) -> list[Need]:
        """The prerequisites that are asked for on the route that these answers take."""
        return [need for need in self.needs if need.holds(answers)]

    def material(self, key: str) -> Material | None:
        return next((m for m in self.materials if m.key == key), None)


@lru_cache(maxsize=256)
def read_guide(body: bytes, file: str = "guide.yaml") -> Guide:
    """Read guide.yaml. Raises GuideNotUnderstood with every fault of the file. Kept: the same bytes are checked, published and
    run, and a drawing is checked as it is drawn while its guide stays the same."""
    faults: list[Fault] = []
    drawn = _parsed(body, faults)
    if not faults:
        faults += _shape_faults(drawn)
    limits = {} if faults else _limits(drawn["limits"], faults)
    materials = () if faults else tuple(_materials(drawn["materials"], faults))
    if faults:
        told = [replace(f, code="guide-not-understood", file=file) for f in faults]
        raise GuideNotUnderstood(faults=told, file=file, count=len(told))
    result = drawn["result"]
    return Guide(
        code=str(drawn["code"]),
        name=str(drawn["name"]),
        department=str(drawn["department"]),
        type=str(drawn["type"]),
        kind=str(drawn["kind"]),
        two_person=bool(drawn.get("two_person", drawn["kind"] == "promised")),
        summary=str(drawn.get("summary", "")),
        basis=_sourced(drawn.get("basis")),
        conditions=tuple(_sourced(c) for c in drawn.get("conditions") or ()),
        quantity=_sourced(drawn.get("quantity")),
        limits=limits,
        fee=_sourced(drawn["fee"]),
        result=str(result["name"]),
        validity=str(result.get("validity", "")),
        materials=materials,
        channels=tuple(drawn.get("channels") or ("window",)),
        visits=int(drawn.get("visits", 1)),
        contact={str(k): str(v) for k, v in (drawn.get("contact") or {}).items()},
        sample=dict(drawn.get("sample") or {}),
        stage=str(drawn.get("stage") or ""),
        prerequisites=tuple(n for n in map(Need.parse, map(str, drawn.get("prerequisites") or ())) if n is not None),
        tolerant_start=_sourced(drawn["tolerant_start"]) if drawn.get("tolerant_start") else None,
        escalates=Escalation.parse(drawn.get("escalates")),
    )


class _NoAliases(yaml.SafeLoader):
    """YAML without anchors: a guide needs none, and an alias bomb is made of them."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("不支持别名（*）")
        return super().compose_node(parent, index)


def parsed_guide(body: bytes) -> Mapping[str, Any]:
    """guide.yaml as it is written, unjudged; empty when it cannot be read."""
    return _parsed(body, [])


def places_of(body: bytes) -> Mapping[str, tuple[int, int]]:
    """Line and column of every entry of a readable guide.yaml, by its place: `/limits/promised/basis`."""
    found: dict[str, tuple[int, int]] = {}

    def note(node: yaml.Node, place: str) -> None:
        found[place or "/"] = (node.start_mark.line + 1, node.start_mark.column + 1)
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                note(value, f"{place}/{key.value}")
        elif isinstance(node, yaml.SequenceNode):
            for i, value in enumerate(node.value):
                note(value, f"{place}/{i}")

    root = _composed(body)
    if root is not None:
        note(root, "")
    return found


def with_values(body: bytes, values: Mapping[str, str]) -> bytes:
    """A readable guide.yaml with other texts for some of its outermost fields; every other character stays."""
    text = body.decode()
    root = yaml.compose(text, Loader=_NoAliases)
    pairs = root.value if isinstance(root, yaml.MappingNode) else []
    for key, value in reversed(pairs):
        if key.value in values:
            written = json.dumps(values[key.value], ensure_ascii=False)
            text = text[: value.start_mark.index] + written + text[value.end_mark.index :]
    return text.encode()


@lru_cache(maxsize=4)
def _composed(body: bytes) -> yaml.Node | None:
    """The file as a tree. The last ones are kept: their places and their values are asked for one after the other."""
    return yaml.compose(body.decode(), Loader=_NoAliases)


def _parsed(body: bytes, faults: list[Fault]) -> Mapping[str, Any]:
    if len(body) > MAX_BYTES:
        faults.append(Fault("/", f"文件大于 {MAX_BYTES // 1024} KB", "精简内容"))
        return {}
    try:
        root = _composed(body)
        drawn = _NoAliases("").construct_document(root) if root is not None else None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        told = f"第 {line} 行起不是能读懂的 YAML"
        faults.append(Fault("/", told, "检查这里和上一行的缩进、引号、括号", line=line, column=column))
        return {}
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError):
        faults.append(Fault("/", "不是能读懂的 YAML", "检查缩进和引号，不用别名（*），用 UTF-8 保存"))
        return {}
    if not isinstance(drawn, dict):
        faults.append(Fault("/", "应当是“字段: 值”的列表", "参照 bpmn/ 中的办事指南"))
        return {}
    return drawn


def _shape_faults(drawn: Mapping[str, Any]) -> Iterator[Fault]:
    for name in drawn:
        if name not in _FIELDS:
            yield Fault(f"/{name}", f"没有“{name}”这个字段，写了也不会生效", "删去或改正字段名")
    for name in _NEEDED:
        if name not in drawn:
            yield Fault(f"/{name}", f"缺少“{name}”", "补上")
    if drawn.get("kind") not in (None, "instant", "promised"):
        yield Fault("/kind", f"办件类型“{drawn['kind']}”不认识", "instant（即办件）或 promised（承诺件）")
    for name, kind, words in (("limits", dict, "时限"), ("materials", list, "材料"), ("result", dict, "结果")):
        if name in drawn and not isinstance(drawn[name], kind):
            yield Fault(f"/{name}", f"{words}的写法不对", "参照 bpmn/ 中的办事指南")
    if isinstance(drawn.get("result"), dict) and not drawn["result"].get("name"):
        yield Fault("/result/name", "没有写审批结果的名称", "如：建设用地规划许可证")
    if isinstance(drawn.get("limits"), dict):
        for needed in ("promised", "statutory"):
            if needed not in drawn["limits"]:
                yield Fault(f"/limits/{needed}", f"缺少{'承诺' if needed == 'promised' else '法定'}时限", "补上")
    for name, words in (("contact", "联系方式"), ("sample", "示范文本")):
        if not isinstance(drawn.get(name) or {}, dict):
            yield Fault(f"/{name}", f"{words}的写法不对", "写成“字段: 值”")
    extras = drawn.get("prerequisites") or []
    for i, text in enumerate(extras if isinstance(extras, list) else [""]):
        if Need.parse(str(text)) is None:
            yield Fault(f"/prerequisites/{i}", f"前置事项“{text}”看不懂", "写成 TZ01|TZ02 或 ZR01 when land=auctioned")
    if drawn.get("stage") and not re.fullmatch(r"S[1-9]", str(drawn["stage"])):
        yield Fault("/stage", f"阶段“{drawn['stage']}”不认识", "S1 至 S9")
    if "escalates" in drawn and Escalation.parse(drawn["escalates"]) is None:
        told = "写成 {level: city, matter: LY01}：上级机构的层级、上级机构的事项代码"
        yield Fault("/escalates", f"上报“{drawn['escalates']}”看不懂", told)
    for channel in drawn.get("channels") or ():
        if channel not in CHANNELS:
            yield Fault("/channels", f"渠道“{channel}”不认识", "window、web、mobile、post 或 other")


def _limits(drawn: Mapping[str, Any], faults: list[Fault]) -> Mapping[ClockKind, Limit]:
    """The limits of a matter: what the guide says, the law's own where it is silent."""
    try:
        return limits_from_catalogue(drawn)
    except NotValid as wrong:
        faults += [Fault(f"/limits{f.place}", f.sentence, f.remedy) for f in wrong.faults]
        return {}


def _materials(drawn: Sequence[Any], faults: list[Fault]) -> Iterator[Material]:
    seen: set[str] = set()
    for i, row in enumerate(drawn):
        place = f"/materials/{i}"
        if not isinstance(row, dict) or not row.get("key") or not row.get("name") or not row.get("rule"):
            faults.append(Fault(place, "材料要有 key、name、rule", "补全"))
            continue
        key, rule = str(row["key"]), str(row["rule"])
        if key in seen:
            faults.append(Fault(place, f"材料“{key}”列了两次", "每份材料用自己的 key"))
        seen.add(key)
        known = Need.parse(rule.removeprefix("D:")) is not None if rule.startswith("D:") else rule in ("R", "Q", "I")
        if not known:
            faults.append(Fault(place, f"材料规则“{rule}”不认识", "R 必要、Q 可容缺、I 中介出具、D:事项代码 前序结果"))
        yield Material(key, str(row["name"]), rule, str(row.get("src", "P")))


def _sourced(record: Any) -> Sourced:
    if isinstance(record, dict):
        return Sourced(str(record.get("text", "")), str(record.get("src", "P")))
    return Sourced(str(record or ""), "P")
