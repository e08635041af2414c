"""Forms on pages: from a form's definition to what a template shows, and from what a browser sends to answers.

Nothing is judged here: `forms.judge` does, for pages and API alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from engine.errors import Fault
from forms import Field, FieldType, Form

from .words import number

PREFIX = "f-"


@dataclass(frozen=True)
class Choice:
    value: str
    label: str
    chosen: bool


@dataclass(frozen=True)
class Shown:
    """One question as a template shows it. `error` is the fault's sentence, `remedy` what to type instead; focus:
    it is the first of the form that is wrong, where a reader wants to go on."""

    id: str
    name: str
    type: str
    label: str
    description: str
    required: bool
    value: str
    choices: tuple[Choice, ...]
    input_mode: str
    max_length: int | None
    error: str
    remedy: str
    focus: bool

    @property
    def described_by(self) -> str:
        told = [f"{self.id}-h"] if self.description else []
        return " ".join([*told, f"{self.id}-e"] if self.error else told)


@dataclass(frozen=True)
class Told:
    """One fault in the list above a form: a link to its field where it has one."""

    sentence: str
    remedy: str
    anchor: str


def shown(form: Form, answers: Mapping[str, Any], faults: Iterable[Fault] = (), prefix: str = PREFIX) -> list[Shown]:
    """The questions of a form with what has been answered so far, and what is wrong with it. prefix: of their names; two
    forms on one page have two."""
    wrong = {f.place.lstrip("/"): f for f in faults}
    first = next((field.key for field in form.fields if field.key in wrong), None)
    return [
        _shown(field, answers.get(field.key), wrong.get(field.key), prefix, focus=field.key == first)
        for field in form.fields
    ]


def answers_of(form: Form, posted: MultiDict[str, str], prefix: str = PREFIX) -> dict[str, Any]:
    """What a browser sent for a form, as the judge takes it: texts, a list for a checklist; what is empty is left out."""
    given: dict[str, Any] = {}
    for field in form.fields:
        name = prefix + field.key
        if field.type is FieldType.CHECKLIST:
            if chosen := posted.getlist(name):
                given[field.key] = chosen
        elif value := posted.get(name, "").replace("\r\n", "\n"):
            given[field.key] = value
    return given


def told(faults: Sequence[Fault], form: Form | None = None, prefix: str = PREFIX) -> list[Told]:
    """Faults for the list above a form, with the places of its fields as anchors."""
    keys = form.keys if form else frozenset[str]()
    return [Told(f.sentence, f.remedy, prefix + k if (k := f.place.lstrip("/")) in keys else "") for f in faults]


def written(form: Form, answers: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Answers as people read them: label and words, in the order of the form; what was not answered is left out."""
    return [(f.label, _words(f, answers[f.key])) for f in form.fields if f.key in answers]


def _shown(field: Field, answer: Any, fault: Fault | None, prefix: str, *, focus: bool) -> Shown:
    chosen = {str(a) for a in answer} if isinstance(answer, list) else {str(answer)}
    value = "" if answer is None or isinstance(answer, list) else str(answer)
    if field.type is FieldType.CHECKBOX:
        value = "true" if answer in (True, "true", "on", "1") else ""
    sentence = fault.sentence.partition("：")[2] or fault.sentence if fault else ""
    return Shown(
        id=prefix + field.key,
        name=prefix + field.key,
        type=str(field.type),
        label=field.label,
        description=field.description,
        required=field.required,
        value=value,
        choices=tuple(Choice(o.value, o.label, o.value in chosen) for o in field.options),
        input_mode=_INPUT_MODE.get(field.pattern, "decimal" if field.type is FieldType.NUMBER else ""),
        max_length=field.max_length if field.type in (FieldType.TEXTFIELD, FieldType.TEXTAREA) else None,
        error=sentence,
        remedy=fault.remedy if fault else "",
        focus=focus,
    )


def _words(field: Field, answer: Any) -> str:
    labels = {o.value: o.label for o in field.options}
    if isinstance(answer, list):
        return "、".join(labels.get(str(a), str(a)) for a in answer)
    if isinstance(answer, bool):
        return "是" if answer else "否"
    return labels.get(str(answer), number(answer))


_INPUT_MODE = {"phone": "tel", "cn-mobile": "tel", "email": "email"}
