"""Two contents of one matter compared in words: its drawing, its guide, its forms. Pure; who asks brings the names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from forms import Field, Form, FormNotUnderstood, read_form

from ..clock import GROUND_NAMES, RULES, ClockKind, Ground, Limit
from ..diagrams import Change, ChangeKind, Diagram, DiagramNotValid, compare, read
from .bundle import DIAGRAM, FORMS, GUIDE, Bundle, diagrams_of, drawn_of, form_key
from .guide import CHANNELS, Guide, GuideNotUnderstood, Material, Need, Sourced, read_guide
from .publish import called_parts_only

_ADDED, _REMOVED, _CHANGED = ChangeKind.ADDED, ChangeKind.REMOVED, ChangeKind.CHANGED
_Said = tuple[ChangeKind, str]
KIND_WORDS = {"instant": "即办件", "promised": "承诺件"}


@dataclass(frozen=True)
class Comparison:
    """drawing: with the elements that differ. guide, forms: of these files. unread: files that cannot be read as they are, so that
    nothing can be said of them. drawn: the two drawings, None for what cannot be read."""

    drawing: tuple[Change, ...]
    guide: tuple[Change, ...]
    forms: tuple[Change, ...]
    unread: tuple[str, ...]
    drawn: tuple[Diagram | None, Diagram | None] = (None, None)

    @property
    def changes(self) -> tuple[Change, ...]:
        return (*self.drawing, *self.guide, *self.forms)

    @property
    def same(self) -> bool:
        return not (self.drawing or self.guide or self.forms or self.unread)


def compare_bundles(old: Bundle, new: Bundle, names: Mapping[str, str] | None = None) -> Comparison:
    """What differs, from the old content to the new one. Parts that nothing calls are left out.

    names: what people call the codes of departments, windows and grounds. Raises nothing.
    """
    names, unread = {**(names or {}), **{str(g): name for g, name in GROUND_NAMES.items()}}, list[str]()
    old, new = called_parts_only(old), called_parts_only(new)
    guides = [_guide(bundle) for bundle in (old, new)]
    drawings = [_drawing(bundle, guide) for bundle, guide in zip((old, new), guides, strict=True)]
    if None in guides:
        unread.append(GUIDE)
    if None in drawings:
        unread.append(DIAGRAM)
    forms = tuple(_forms(old, new, unread))
    return Comparison(
        drawing=tuple(_drawings(old, new, drawings[0], drawings[1], names)) if drawings[0] and drawings[1] else (),
        guide=_guide_changes(guides[0], guides[1], names, old[GUIDE] != new[GUIDE]) if guides[0] and guides[1] else (),
        forms=forms,
        unread=tuple(unread),
        drawn=(drawings[0], drawings[1]),
    )


def compare_drawings(old: bytes, new: bytes, called: tuple[str, str] = (DIAGRAM, DIAGRAM)) -> Comparison:
    """The same of two drawings without guide and forms. called: how people know the two files.

    Raises DiagramNotValid for what cannot be read.
    """
    before, after = _readable(old, called[0]), _readable(new, called[1])
    return Comparison(tuple(_drawings({DIAGRAM: old}, {DIAGRAM: new}, before, after, {})), (), (), (), (before, after))


def _readable(body: bytes, called: str) -> Diagram:
    reading = read({DIAGRAM: body})
    if reading.diagram is None:
        raise DiagramNotValid.because(replace(f, file=called) for f in reading.findings)
    return reading.diagram


def _drawings(old: Bundle, new: Bundle, before: Diagram, after: Diagram, names: Mapping[str, str]) -> Iterator[Change]:
    """Whatever differs in the files is told, even where the graph does not: comments, other tools' extensions."""
    told = compare(before, after, names)
    yield from told
    if not told and diagrams_of(old) != diagrams_of(new):
        yield Change(ChangeKind.MOVED, DIAGRAM, "", "文件的写法或其他工具的扩展有改动，不影响办理")


def _guide(bundle: Bundle) -> Guide | None:
    try:
        return read_guide(bundle.get(GUIDE, b""), GUIDE)
    except GuideNotUnderstood:
        return None


def _drawing(bundle: Bundle, guide: Guide | None) -> Diagram | None:
    drawn = drawn_of(bundle)
    named = read(drawn, guide.code.lower()).diagram if guide else None
    return named or read(drawn).diagram


# ---------------------------------------------------------------- guides
def _guide_changes(old: Guide, new: Guide, names: Mapping[str, str], written_anew: bool) -> tuple[Change, ...]:
    """Whatever differs in the file is told."""
    said = list(_guides(old, new, names))
    if not said and written_anew:
        said.append((_CHANGED, "只改了写法（注释、格式），内容不变" if old == new else "其他内容有改动"))
    return tuple(Change(kind, GUIDE, "", sentence) for kind, sentence in said)


def _guides(old: Guide, new: Guide, names: Mapping[str, str]) -> Iterator[_Said]:
    for what, before, after in (
        ("名称", old.name, new.name),
        ("部门", names.get(old.department, old.department), names.get(new.department, new.department)),
        ("事项类型", old.type, new.type),
        ("办件类型", KIND_WORDS[old.kind], KIND_WORDS[new.kind]),
        ("一审一核", _yes(old.two_person), _yes(new.two_person)),
        ("数量限制", _told(old.quantity), _told(new.quantity)),
        ("收费", _told(old.fee), _told(new.fee)),
        ("审批结果", old.result, new.result),
        ("有效期", old.validity or "无", new.validity or "无"),
        ("到场次数", f"{old.visits} 次", f"{new.visits} 次"),
        ("渠道", _channels(old), _channels(new)),
        ("设定依据", _told(old.basis), _told(new.basis)),
        ("上报", _up(old), _up(new)),
    ):
        if before != after:
            yield _CHANGED, f"{what} {before} → {after}"
    if old.summary != new.summary:
        yield _CHANGED, "简介有改动"
    yield from _listed("前置事项", [_need(n) for n in old.prerequisites], [_need(n) for n in new.prerequisites])
    yield from _listed("受理条件", [c.text for c in old.conditions], [c.text for c in new.conditions])
    for kind in [*new.limits, *(k for k in old.limits if k not in new.limits)]:
        yield from _limit(kind, old.limits.get(kind), new.limits.get(kind))
    yield from _materials(old.materials, new.materials)
    if old.contact != new.contact:
        yield _CHANGED, "联系方式有改动"
    if old.sample != new.sample:
        yield _CHANGED, "示范文本有改动"


def _up(guide: Guide) -> str:
    return f"{guide.escalates.level_name} {guide.escalates.matter}" if guide.escalates else "无"


def _limit(kind: ClockKind, old: Limit | None, new: Limit | None) -> Iterator[_Said]:
    label = RULES[kind].label
    if old is None or new is None:
        yield _CHANGED, f"{label} {old.span.words if old else '无'} → {new.span.words if new else '无'}"
        return
    if old.span != new.span:
        same_unit = old.span.unit is new.span.unit and old.span.n and new.span.n
        yield _CHANGED, f"{label} {old.span.n if same_unit else old.span.words} → {new.span.words}"
    if old.counted_from is not new.counted_from:
        yield _CHANGED, f"{label}：起算 {old.counted_from.words} → {new.counted_from.words}"
    for ground in [*new.grounds, *(g for g in old.grounds if g not in new.grounds)]:
        before, after = old.grounds.get(ground), new.grounds.get(ground)
        if before != after:
            yield _CHANGED, f"{label}：{_stop(ground, before is None, after is None)}"
    if old.extension != new.extension:
        yield _CHANGED, f"{label}：延长 {_extension(old)} → {_extension(new)}"
    if (old.basis, old.src) != (new.basis, new.src):
        yield _CHANGED, f"{label}：依据 {old.cited or '示例数据，未经核实'} → {new.cited or '示例数据，未经核实'}"


def _stop(ground: Ground, is_new: bool, is_gone: bool) -> str:
    how = "新增" if is_new else "不再有" if is_gone else "修改了"
    return f"{how}停止计时的事由“{GROUND_NAMES[ground]}”"


def _extension(limit: Limit) -> str:
    rule = limit.extension
    return f"{rule.longest.words}（{rule.approver.words}）" if rule else "无"


def _materials(old: Sequence[Material], new: Sequence[Material]) -> Iterator[_Said]:
    before, after = {m.key: m for m in old}, {m.key: m for m in new}
    for key, material in after.items():
        if key not in before:
            yield _ADDED, f"材料新增“{material.name}”（{_rule(material)}）"
            continue
        other = before[key]
        if other.name != material.name:
            yield _CHANGED, f"材料“{other.name}”改称“{material.name}”"
        if other.rule != material.rule:
            yield _CHANGED, f"材料“{material.name}”：{_rule(other)} → {_rule(material)}"
        if other.source_mark != material.source_mark:
            yield _CHANGED, f"材料“{material.name}”：出处标记 {other.source_mark} → {material.source_mark}"
    yield from ((_REMOVED, f"材料去掉“{material.name}”") for key, material in before.items() if key not in after)


def _rule(material: Material) -> str:
    words = {"R": "必要", "Q": "可容缺", "I": "中介出具"}
    return words.get(material.rule) or f"前序结果 {material.rule.removeprefix('D:')}"


def _channels(guide: Guide) -> str:
    return "、".join(CHANNELS[channel] for channel in guide.channels)


def _need(need: Need) -> str:
    when = f"（{need.when[0]}={need.when[1]} 时）" if need.when else ""
    return f"{' 或 '.join(need.codes)}{when}"


def _told(statement: Sourced | None) -> str:
    if statement is None:
        return "无"
    return f"{statement.text or '无'}{'' if statement.verified else '（未经核实）'}"


def _yes(value: bool) -> str:
    return "是" if value else "否"


def _listed(what: str, old: Sequence[str], new: Sequence[str]) -> Iterator[_Said]:
    yield from ((_ADDED, f"{what}新增“{text}”") for text in new if text not in old)
    yield from ((_REMOVED, f"{what}去掉“{text}”") for text in old if text not in new)


# ---------------------------------------------------------------- forms
def _forms(old: Bundle, new: Bundle, unread: list[str]) -> Iterator[Change]:
    before, after = ({n: b for n, b in bundle.items() if n.startswith(FORMS)} for bundle in (old, new))
    for name, body in after.items():
        if name not in before:
            yield Change(_ADDED, name, "", f"新增表单“{form_key(name)}”")
        elif before[name] != body:
            forms = [_form(before[name], name), _form(body, name)]
            if forms[0] is None or forms[1] is None:
                unread.append(name)
            else:
                for kind, told in _form_changes(forms[0], forms[1]):
                    yield Change(kind, name, "", f"表单“{form_key(name)}”：{told}")
    yield from (Change(_REMOVED, name, "", f"去掉表单“{form_key(name)}”") for name in before if name not in after)


def _form(body: bytes, name: str) -> Form | None:
    try:
        return read_form(body, name)
    except FormNotUnderstood:
        return None


def _form_changes(old: Form, new: Form) -> Iterator[_Said]:
    before, after = {f.key: f for f in old.fields}, {f.key: f for f in new.fields}
    for key, field in after.items():
        if key not in before:
            yield _ADDED, f"新增“{field.label}”（{'必填' if field.required else '选填'}）"
        elif before[key] != field:
            yield from _field_changes(before[key], field)
    yield from ((_REMOVED, f"去掉“{field.label}”") for key, field in before.items() if key not in after)
    if [k for k in before if k in after] != [k for k in after if k in before]:
        yield _CHANGED, "字段的顺序有改动"
    if old.texts != new.texts or old.id != new.id:
        yield _CHANGED, "说明文字有改动"
    if old == new:
        yield _CHANGED, "只改了写法，内容不变"


def _field_changes(old: Field, new: Field) -> Iterator[_Said]:
    if old.label != new.label:
        yield _CHANGED, f"“{old.label}”改称“{new.label}”"
    if old.required != new.required:
        yield _CHANGED, f"“{new.label}”：{_asked(old)} → {_asked(new)}"
    yield from _listed(f"“{new.label}”的选项", [o.label for o in old.options], [o.label for o in new.options])
    if [o.label for o in old.options] == [o.label for o in new.options] and old.options != new.options:
        yield _CHANGED, f"“{new.label}”：选项的值有改动"
    for what, before, after in (
        ("类型", old.type, new.type),
        ("说明", old.description, new.description),
        ("最少字数", old.min_length, new.min_length),
        ("最多字数", old.max_length, new.max_length),
        ("最小值", old.minimum, new.minimum),
        ("最大值", old.maximum, new.maximum),
        ("小数位数", old.decimal_digits, new.decimal_digits),
        ("格式", old.pattern, new.pattern),
    ):
        if before != after:
            yield _CHANGED, f"“{new.label}”：{what} {_written(before)} → {_written(after)}"


def _written(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else "无" if value in (None, "") else str(value)


def _asked(field: Field) -> str:
    return "必填" if field.required else "选填"
