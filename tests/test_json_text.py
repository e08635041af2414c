"""The texts that are kept and hashed are those of the standard encoder, byte for byte."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.json_text import writer

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4) | st.tuples(inner, inner),
    max_leaves=12,
)


@pytest.mark.parametrize("sort_keys", [False, True])
@given(VALUES)
def test_it_writes_what_the_standard_encoder_writes(sort_keys: bool, value: Any) -> None:
    expected = json.dumps(value, ensure_ascii=False, sort_keys=sort_keys, separators=(",", ":"), allow_nan=False)
    assert writer(sort_keys=sort_keys)(value) == expected


@pytest.mark.parametrize(
    ("value", "refused"),
    [({"a": float("nan")}, ValueError), ([float("inf")], ValueError), ({"a": object()}, TypeError), (b"a", TypeError)],
)
def test_what_is_no_json_is_refused(value: Any, refused: type[Exception]) -> None:
    with pytest.raises(refused):
        writer(sort_keys=True)(value)


def test_what_is_in_itself_is_refused() -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(RecursionError):
        writer(sort_keys=True)(value)
