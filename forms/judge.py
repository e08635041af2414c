"""The one function that judges an answer: for pages, API and command line alike."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from engine.errors import Fault, NotValid

from .schema import Field, FieldType, Form

# Form only: whether a code's check digit is right says nothing about whether it was issued.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f]")
"""Control characters but tab and line feed."""
_NAMED = {
    "email": (re.compile(r"[^@\s]{1,64}@[^@\s.]{1,63}(\.[^@\s.]{1,63}){1,8}"), "如 li@example.cn"),
    "phone": (re.compile(r"\+?[0-9][0-9 -]{4,19}"), "如 028-8600 0000"),
    "cn-mobile": (re.compile(r"1[3-9][0-9]{9}"), "11 位手机号"),
    "cn-id": (re.compile(r"[1-9][0-9]{16}[0-9Xx]"), "18 位身份证号"),
    "cn-uscc": (re.compile(r"[0-9A-HJ-NP-RT-UW-Y]{18}"), "18 位统一社会信用代码"),
}


class FormNotAnswered(NotValid):
    """The answer does not fit the form; every place at once."""

    code = "form-not-answered"
    sentence = "表单有 {count} 处需要修改。"
    remedy = "按每处的提示修改后重新提交，已填的内容没有丢失。"


class _Wrong(Exception):
    def __init__(self, sentence: str, remedy: str) -> None:
        super().__init__(sentence)
        self.sentence, self.remedy = sentence, remedy


def judge(form: Form, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers as they will be kept: trimmed, typed, in the order of the form, empty ones left out.

    Numbers may come as texts (a page sends texts), dates are ISO texts. Raises FormNotAnswered with one fault for
    every wrong field, for every field that the form does not have, and for every required one that is missing.
    """
    kept: dict[str, Any] = {}
    faults = list(_strangers(form, answers))
    for field in form.fields:
        try:
            value = _judged(field, answers.get(field.key))
        except _Wrong as wrong:
            faults.append(Fault(f"/{field.key}", f"{field.label}：{wrong.sentence}", wrong.remedy, "form-not-answered"))
            continue
        if value is not None:
            kept[field.key] = value
    if faults:
        raise FormNotAnswered(faults=faults, count=len(faults))
    return kept


def _strangers(form: Form, answers: Mapping[str, Any]) -> Iterator[Fault]:
    for key in answers:
        if key not in form.keys:
            yield Fault(f"/{key}", f"表单没有“{key}”这一项", "刷新页面，按最新的表单填写", "form-not-answered")


def _judged(field: Field, answer: Any) -> Any:
    if isinstance(answer, str):
        answer = answer.strip()
    if answer is None or answer == "" or answer == []:
        if field.required:
            raise _Wrong("没有填写", _hint(field))
        return None
    return _BY_TYPE[field.type](field, answer)


def _text(field: Field, answer: Any) -> str:
    if not isinstance(answer, str):
        raise _Wrong("应当是文字", "填写文字")
    if _CONTROL.search(answer):
        raise _Wrong("含有不可见的控制字符", "重新输入，不要粘贴特殊字符")
    if not field.min_length <= len(answer) <= field.max_length:
        raise _Wrong(f"长度 {len(answer)} 个字，应为 {field.min_length} 至 {field.max_length} 个字", "增减文字")
    if field.pattern and not _NAMED[field.pattern][0].fullmatch(answer):
        raise _Wrong("格式不对", _NAMED[field.pattern][1])
    return answer


def _number(field: Field, answer: Any) -> int | float:
    if isinstance(answer, bool) or not isinstance(answer, int | float | str):
        raise _Wrong("应当是数", "填写数字，如 1200")
    try:
        exact = Decimal(answer if isinstance(answer, str) else repr(answer))
    except InvalidOperation as error:
        raise _Wrong("应当是数", "填写数字，如 1200") from error
    if not exact.is_finite() or math.isinf(float(exact)):
        raise _Wrong("应当是数", "填写数字，如 1200")
    digits = max(0, -int(exact.normalize().as_tuple().exponent))
    if field.decimal_digits is not None and digits > field.decimal_digits:
        raise _Wrong(f"小数多于 {field.decimal_digits} 位", f"保留 {field.decimal_digits} 位小数")
    if field.minimum is not None and exact < Decimal(repr(field.minimum)):
        raise _Wrong(f"小于 {field.minimum:g}", f"不小于 {field.minimum:g}")
    if field.maximum is not None and exact > Decimal(repr(field.maximum)):
        raise _Wrong(f"大于 {field.maximum:g}", f"不大于 {field.maximum:g}")
    return int(exact) if exact == exact.to_integral_value() else float(exact)


def _checkbox(field: Field, answer: Any) -> bool:
    known = {True: True, False: False, "true": True, "on": True, "false": False, "1": True, "0": False}
    if isinstance(answer, int | str) and answer in known:
        if field.required and not known[answer]:
            raise _Wrong("必须勾选", "确认后勾选")
        return known[answer]
    raise _Wrong("应当勾选或不勾选", "勾选或不勾选")


def _one(field: Field, answer: Any) -> str:
    if str(answer) not in {o.value for o in field.options}:
        raise _Wrong(f"没有“{answer}”这个选项", _hint(field))
    return str(answer)


def _several(field: Field, answer: Any) -> list[str]:
    chosen = [answer] if isinstance(answer, str) else answer
    if not isinstance(chosen, list):
        raise _Wrong("应当是若干选项", _hint(field))
    strangers = {str(c) for c in chosen} - {o.value for o in field.options}
    if strangers:
        raise _Wrong(f"没有“{'、'.join(sorted(strangers))}”这个选项", _hint(field))
    return [o.value for o in field.options if o.value in chosen]


def _date(field: Field, answer: Any) -> str:
    try:
        return date.fromisoformat(answer).isoformat()
    except (TypeError, ValueError) as error:
        raise _Wrong("不是日期", "按 2026-11-23 的样子填写") from error


def _hint(field: Field) -> str:
    if field.options:
        return "可选：" + "、".join(o.label for o in field.options)
    return f"请填写{field.label}"


_BY_TYPE = {
    FieldType.TEXTFIELD: _text,
    FieldType.TEXTAREA: _text,
    FieldType.NUMBER: _number,
    FieldType.CHECKBOX: _checkbox,
    FieldType.RADIO: _one,
    FieldType.SELECT: _one,
    FieldType.CHECKLIST: _several,
    FieldType.DATE: _date,
}
