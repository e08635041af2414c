"""What a form file may say, and what an answer must be."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms import FormNotAnswered, FormNotUnderstood, judge, read_form


def form(*components: dict[str, Any], **more: Any) -> bytes:
    return json.dumps({"type": "default", "schemaVersion": 16, "components": list(components), **more}).encode()


NAME = {"type": "textfield", "key": "name", "label": "单位名称", "validate": {"required": True, "maxLength": 10}}
AREA = {"type": "number", "key": "area", "label": "用地面积", "decimalDigits": 1, "validate": {"min": 0, "max": 1000}}
LAND = {
    "type": "radio",
    "key": "land",
    "label": "供地方式",
    "values": [{"value": "allotted", "label": "划拨"}, {"value": "auctioned", "label": "出让"}],
}
PARTS = {**LAND, "type": "checklist", "key": "parts"}
AGREED = {"type": "checkbox", "key": "agreed", "label": "承诺属实", "validate": {"required": True}}
DAY = {"type": "datetime", "subtype": "date", "key": "day", "dateLabel": "开工日期"}
CODE = {"type": "textfield", "key": "code", "label": "信用代码", "validate": {"validationType": "cn-uscc"}}
TEXT = {"type": "text", "text": "请如实填写"}

UNREADABLE = [
    (b"{", "不是 JSON"),
    (b"[]", "没有 components"),
    (b"[" * 100_000, "不是 JSON"),
    (b" " * 300_000, "大于 256 KB"),
    (form({"type": "filepicker", "key": "x"}), "不支持的组件“filepicker”"),
    (form({**NAME, "conditional": {"hide": "=true"}}), "不支持的属性“conditional”"),
    (form({**NAME, "validate": {"pattern": "(a+)+$"}}), "不支持的属性“pattern”"),
    (form({**NAME, "validate": {"validationType": "iban"}}), "不支持的格式校验“iban”"),
    (form(NAME, NAME), "字段名“name”用了两次"),
    (form({**NAME, "key": "1x"}), "字段名“1x”不能用"),
    (form({**LAND, "values": []}), "没有可选的值"),
    (form({**LAND, "values": [{"value": "a"}, {"value": "a"}]}), "选项的值有重复"),
    (form({**DAY, "subtype": "datetime"}), "只支持 subtype=date"),
    (form({**AREA, "validate": {"min": "a"}}), "“a”不是数"),
]


@pytest.mark.parametrize(("body", "words"), UNREADABLE)
def test_what_we_would_not_honour_is_refused(body: bytes, words: str) -> None:
    with pytest.raises(FormNotUnderstood) as refused:
        read_form(body, "review.json")
    assert any(words in f.sentence for f in refused.value.faults)
    assert all(f.remedy and f.file == "review.json" for f in refused.value.faults)


def test_all_faults_of_a_file_come_at_once() -> None:
    with pytest.raises(FormNotUnderstood) as refused:
        read_form(form({"type": "iframe", "key": "x"}, {**NAME, "key": "a b"}, {**LAND, "values": []}))
    assert [f.place for f in refused.value.faults] == ["/components/0", "/components/1", "/components/2"]


ANSWERS = [
    (NAME, "  临州水泥厂 ", "临州水泥厂"),
    (AREA, 12, 12),
    (AREA, "12.50", 12.5),
    (AREA, 0, 0),
    (LAND, "allotted", "allotted"),
    (PARTS, ["auctioned", "allotted"], ["allotted", "auctioned"]),
    (PARTS, "allotted", ["allotted"]),
    (AGREED, "on", True),
    (DAY, "2026-11-24", "2026-11-24"),
    (CODE, "91510000MA0000000X", "91510000MA0000000X"),
]


@pytest.mark.parametrize(("field", "answer", "kept"), ANSWERS)
def test_a_right_answer_is_kept_clean(field: dict[str, Any], answer: Any, kept: Any) -> None:
    assert judge(read_form(form(field, TEXT)), {field["key"]: answer}) == {field["key"]: kept}


WRONG = [
    (NAME, "", "没有填写"),
    (NAME, None, "没有填写"),
    (NAME, "x" * 11, "长度 11 个字"),
    (NAME, 5, "应当是文字"),
    (NAME, "a\x00b", "控制字符"),
    (AREA, "一百", "应当是数"),
    (AREA, True, "应当是数"),
    (AREA, "NaN", "应当是数"),
    (AREA, "1e999", "应当是数"),
    (AREA, "1.25", "小数多于 1 位"),
    (AREA, -1, "小于 0"),
    (AREA, 1001, "大于 1000"),
    (LAND, "gift", "没有“gift”这个选项"),
    (PARTS, ["gift"], "没有“gift”这个选项"),
    (PARTS, {"a": 1}, "应当是若干选项"),
    (AGREED, False, "必须勾选"),
    (AGREED, "maybe", "应当勾选或不勾选"),
    (DAY, "2026-02-30", "不是日期"),
    (DAY, 20261124, "不是日期"),
    (CODE, "91510000", "格式不对"),
]


@pytest.mark.parametrize(("field", "answer", "words"), WRONG)
def test_a_wrong_answer_is_told_with_its_place(field: dict[str, Any], answer: Any, words: str) -> None:
    with pytest.raises(FormNotAnswered) as refused:
        judge(read_form(form(field)), {field["key"]: answer})
    (fault,) = refused.value.faults
    assert words in fault.sentence
    assert fault.place == f"/{field['key']}"
    assert fault.remedy


def test_all_faults_of_an_answer_come_at_once() -> None:
    with pytest.raises(FormNotAnswered) as refused:
        judge(read_form(form(NAME, AREA)), {"area": "x", "stranger": 1})
    assert [f.place for f in refused.value.faults] == ["/stranger", "/name", "/area"]
    assert str(refused.value) == "表单有 3 处需要修改。"


def test_empty_answers_are_left_out() -> None:
    assert judge(read_form(form(AREA, LAND, PARTS)), {"area": "", "parts": []}) == {}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(["name", "area", "land", "parts", "agreed", "day", "code"]), json_values))
def test_any_answer_is_kept_or_refused_and_what_is_kept_stays(answers: dict[str, Any]) -> None:
    """Nothing but FormNotAnswered ever comes out, and judging what was kept changes nothing."""
    all_fields = read_form(form(NAME, AREA, LAND, PARTS, AGREED, DAY, CODE))
    try:
        kept = judge(all_fields, answers)
    except FormNotAnswered as refused:
        assert refused.faults  # noqa: PT017  either end is right
    else:
        assert judge(all_fields, kept) == kept
