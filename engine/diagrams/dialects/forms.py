"""Forms that other tools draw inside a step, as our form definitions, where every field is understood."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from forms import FormNotUnderstood, read_form

from ..foreign import FormField
from ..graph import Diagram, Node
from ..reader.other_tools import form_js
from ..tour import nodes

APPLICATION = "application"
_KINDS: Mapping[str, tuple[str, ...]] = {
    "textfield": ("string", "text", "string-field"),
    "textarea": ("multi-line-text", "textarea"),
    "number": ("long", "int", "integer", "short", "double", "float", "decimal", "number"),
    "checkbox": ("boolean",),
    "datetime": ("date",),
    "select": ("enum", "dropdown"),
    "radio": ("radio-buttons",),
}
_TYPES = {theirs: ours for ours, names in _KINDS.items() for theirs in names}
_WHOLE = ("long", "int", "integer", "short")
_CHECKS = {"min": "min", "max": "max", "minlength": "minLength", "maxlength": "maxLength"}


@dataclass(frozen=True)
class Made:
    """A form as a file, or why there is none. key: the name that a step refers to it by, None where there is none. lost: sentences
    about what was not carried over."""

    key: str | None
    body: bytes | None
    lost: tuple[str, ...]


def forms_of(diagram: Diagram) -> dict[str, bytes]:
    """The forms that are drawn inside the steps, by their file: `forms/leave.json`. What the start asks is the application."""
    made = (form_of(node) for node in nodes(diagram))
    return {f"forms/{one.key}.json": one.body for one in made if one.key and one.body}


def form_of(node: Node) -> Made:
    """The form of one step: a file that our own judge of forms reads."""
    fields = node.assigned.fields if node.assigned else ()
    if not fields:
        return Made(None, None, ())
    key = APPLICATION if node.kind == "startEvent" else node.id
    try:
        drawn = _drawn(fields, key)
        body = json.dumps(drawn, ensure_ascii=False, indent=1).encode()
        read_form(body)
    except _NotUnderstood as why:
        return Made(None, None, (f"表单的“{why.field}”{why.why}",))
    except FormNotUnderstood as refused:
        first = refused.faults[0]
        return Made(None, None, (f"表单的 {first.place}：{first.sentence}",))
    lost = [f for f in fields if f.initial and f.type != "form-js"]
    return Made(key, body, tuple(f"表单的“{f.label}”的初始值没有带过来" for f in lost))


class _NotUnderstood(Exception):
    def __init__(self, field: str, why: str) -> None:
        super().__init__(field, why)
        self.field, self.why = field, why


def _drawn(fields: tuple[FormField, ...], key: str) -> Mapping[str, Any]:
    (first, *_) = fields
    if first.type == "form-js":
        whole = form_js(first)
        if whole is None:
            raise _NotUnderstood(first.label, "不是完好的 JSON")
        return whole
    return {"type": "default", "schemaVersion": 16, "id": key, "components": list(_components(fields))}


def _components(fields: tuple[FormField, ...]) -> Iterator[dict[str, Any]]:
    for field in fields:
        if not field.readable:
            continue
        if not field.writable:  # it was asked before, and is shown again
            yield {"type": "text", "text": f"{field.label}：见前面步骤的记录"}
            continue
        yield _component(field)


def _component(field: FormField) -> dict[str, Any]:
    kind = _TYPES.get(field.type.strip().lower())
    if kind is None:
        raise _NotUnderstood(field.label, f"的类型“{field.type}”这里没有")
    checks: dict[str, Any] = {"required": True} if field.required else {}
    for name, value in field.checks:
        if name not in _CHECKS or not _is_number(value):
            raise _NotUnderstood(field.label, f"的校验“{name}={value}”这里没有")
        checks[_CHECKS[name]] = float(value) if "." in value else int(value)
    made: dict[str, Any] = {"type": kind, "key": field.key, "label": field.label}
    if field.type.strip().lower() in _WHOLE:
        made["decimalDigits"] = 0
    if kind == "datetime":
        made["subtype"] = "date"
    if kind in ("select", "radio"):
        made["values"] = [{"value": value, "label": label} for value, label in field.options]
    return {**made, "validate": checks} if checks else made


def _is_number(value: str) -> bool:
    return value.removeprefix("-").replace(".", "", 1).isdigit()
