"""A form file -> a frozen form. Everything that we would not honour is refused here, all at once, with its place."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from engine.errors import Fault, NotValid

MAX_BYTES = 256 * 1024
MAX_FIELDS = 200


class FormNotUnderstood(NotValid):
    """The form file asks for something that the product would not do."""

    code = "form-not-understood"
    sentence = "表单 {file} 有 {count} 处不能照办。"
    remedy = "按所列位置修改后重新发布；支持的写法见表单手册。"


class FieldType(StrEnum):
    """The components of form-js that we honour, by their form-js names."""

    TEXTFIELD = "textfield"
    TEXTAREA = "textarea"
    NUMBER = "number"
    CHECKBOX = "checkbox"
    RADIO = "radio"
    SELECT = "select"
    CHECKLIST = "checklist"
    DATE = "datetime"


DISPLAY = {"text", "separator", "spacer"}  # shown, never answered
PATTERNS = {"email", "phone", "cn-mobile", "cn-id", "cn-uscc"}
_ALLOWED = {
    "form": {
        "$schema",
        "id",
        "type",
        "schemaVersion",
        "components",
        "exporter",
        "executionPlatform",
        "name",
        "versionTag",
    },
    "component": {
        *("id", "type", "key", "label", "description", "validate", "values", "subtype", "dateLabel", "text", "layout"),
        *("decimalDigits", "appearance", "defaultValue", "properties", "height", "disabled", "readonly", "increment"),
    },
    "validate": {"required", "minLength", "maxLength", "min", "max", "validationType"},
}


@dataclass(frozen=True)
class Option:
    value: str
    label: str


@dataclass(frozen=True)
class Field:
    """One question. Lengths are counted in characters; `pattern` is one of the named patterns or empty."""

    key: str
    type: FieldType
    label: str
    description: str = ""
    required: bool = False
    min_length: int = 0
    max_length: int = 2000
    minimum: float | None = None
    maximum: float | None = None
    decimal_digits: int | None = None
    pattern: str = ""
    options: tuple[Option, ...] = ()


@dataclass(frozen=True)
class Form:
    id: str
    fields: tuple[Field, ...]
    texts: tuple[str, ...] = ()

    @cached_property
    def keys(self) -> frozenset[str]:
        return frozenset(f.key for f in self.fields)


def read_form(body: bytes, file: str = "form") -> Form:
    """Read a form-js file. Raises FormNotUnderstood with every fault of the file."""
    faults: list[Fault] = []
    drawn = _parsed(body, faults)
    fields = tuple(_fields(drawn.get("components") or [], faults)) if not faults else ()
    seen: set[str] = set()
    for field in fields:
        if field.key in seen:
            faults.append(Fault(f"/{field.key}", f"字段名“{field.key}”用了两次", "每个字段用自己的 key"))
        seen.add(field.key)
    if faults:
        raise FormNotUnderstood(faults=[_in_file(f, file) for f in faults], file=file, count=len(faults))
    texts = tuple(str(c.get("text", "")) for c in drawn.get("components", []) if c.get("type") == "text")
    return Form(str(drawn.get("id") or file), fields, texts)


def _parsed(body: bytes, faults: list[Fault]) -> Mapping[str, Any]:
    if len(body) > MAX_BYTES:
        faults.append(Fault("/", f"文件大于 {MAX_BYTES // 1024} KB", "拆成几张表单"))
        return {}
    try:
        drawn = json.loads(body)
    except (ValueError, RecursionError) as error:
        faults.append(Fault("/", f"不是 JSON：{error}", "用表单设计器重新导出"))
        return {}
    if not isinstance(drawn, dict) or not isinstance(drawn.get("components"), list):
        faults.append(Fault("/", "没有 components 列表", "用表单设计器重新导出"))
        return {}
    if len(drawn["components"]) > MAX_FIELDS:
        faults.append(Fault("/components", f"多于 {MAX_FIELDS} 个字段", "拆成几张表单"))
    _only(drawn, "form", "/", faults)
    return drawn


def _fields(components: Sequence[Any], faults: list[Fault]) -> Iterator[Field]:
    for index, component in enumerate(components):
        place = f"/components/{index}"
        if not isinstance(component, dict):
            faults.append(Fault(place, "不是一个组件", "删去这一项"))
            continue
        _only(component, "component", place, faults)
        kind = component.get("type")
        if kind in DISPLAY:
            continue
        if kind not in set(FieldType):
            faults.append(Fault(place, f"不支持的组件“{kind}”", "改用文本、数字、日期、单选、多选、下拉或勾选"))
            continue
        yield _field(component, FieldType(kind), place, faults)


def _field(component: Mapping[str, Any], kind: FieldType, place: str, faults: list[Fault]) -> Field:
    key = component.get("key")
    if not isinstance(key, str) or not key.isidentifier() or key.startswith("_"):
        faults.append(Fault(place, f"字段名“{key}”不能用", "用字母开头的英文、数字、下划线"))
        key = f"field_{len(faults)}"
    rules = component.get("validate") or {}
    _only(rules, "validate", f"{place}/validate", faults)
    pattern = rules.get("validationType") or ""
    if pattern and pattern not in PATTERNS:
        faults.append(
            Fault(f"{place}/validate", f"不支持的格式校验“{pattern}”", f"可用：{'、'.join(sorted(PATTERNS))}")
        )
    if kind is FieldType.DATE and component.get("subtype", "date") != "date":
        faults.append(Fault(place, "日期组件只支持 subtype=date", "把 subtype 改为 date"))
    return Field(
        key=key,
        type=kind,
        label=str(component.get("label") or component.get("dateLabel") or key),
        description=str(component.get("description") or ""),
        required=bool(rules.get("required")),
        min_length=_whole(rules.get("minLength"), 0, f"{place}/validate/minLength", faults),
        max_length=_whole(rules.get("maxLength"), 2000, f"{place}/validate/maxLength", faults),
        minimum=_number(rules.get("min"), f"{place}/validate/min", faults),
        maximum=_number(rules.get("max"), f"{place}/validate/max", faults),
        decimal_digits=component.get("decimalDigits"),
        pattern=pattern,
        options=_options(component, kind, place, faults),
    )


def _options(component: Mapping[str, Any], kind: FieldType, place: str, faults: list[Fault]) -> tuple[Option, ...]:
    if kind not in (FieldType.RADIO, FieldType.SELECT, FieldType.CHECKLIST):
        return ()
    drawn = component.get("values")
    if not isinstance(drawn, list) or not drawn:
        faults.append(Fault(place, "没有可选的值", "在 values 里列出选项"))
        return ()
    options = tuple(
        Option(str(v.get("value")), str(v.get("label") or v.get("value"))) for v in drawn if isinstance(v, dict)
    )
    if len({o.value for o in options}) != len(drawn):
        faults.append(Fault(f"{place}/values", "选项的值有重复或不完整", "每个选项写一个不同的 value"))
    return options


def _only(drawn: Mapping[str, Any], what: str, place: str, faults: list[Fault]) -> None:
    for name in drawn:
        if name not in _ALLOWED[what]:
            faults.append(Fault(place, f"不支持的属性“{name}”，写了也不会生效", "删去这个属性"))


def _whole(value: Any, default: int, place: str, faults: list[Fault]) -> int:
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        faults.append(Fault(place, f"“{value}”不是非负整数", "改成整数"))
        return default
    return value


def _number(value: Any, place: str, faults: list[Fault]) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        faults.append(Fault(place, f"“{value}”不是数", "改成数"))
        return None
    return value


def _in_file(fault: Fault, file: str) -> Fault:
    return Fault(fault.place, fault.sentence, fault.remedy, "form-not-understood", file)
