"""JSON as it is kept and hashed: without spaces, without escapes, no NaN. Every act writes some fifteen such texts and reads five.

The standard encoder sets itself up anew for every value, for twice as long as it then writes; here it is set up once. The standard
decoder looks for spaces around a value first.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from json import encoder
from typing import Any


def writer(*, sort_keys: bool) -> Callable[[Any], str]:
    """What writes values. Raises TypeError for one that is no JSON, ValueError for NaN, RecursionError for one that is in itself."""
    whole = json.JSONEncoder(
        ensure_ascii=False, sort_keys=sort_keys, separators=(",", ":"), allow_nan=False, check_circular=False
    )
    make: Any = getattr(encoder, "c_make_encoder", None)
    if make is None:  # a Python without its part in C
        return whole.encode
    parts = make(None, whole.default, encoder.encode_basestring, None, ":", ",", sort_keys, False, False)

    def written(value: Any) -> str:
        return encoder.encode_basestring(value) if type(value) is str else "".join(parts(value, 0))

    return written


_scan: Any = json.JSONDecoder().scan_once  # type: ignore[attr-defined]


def read(text: str) -> Any:
    """The value of such a text. Raises ValueError for one that is no JSON."""
    try:
        value, end = _scan(text, 0)
    except StopIteration:
        end = -1
    return value if end == len(text) else json.loads(text)
