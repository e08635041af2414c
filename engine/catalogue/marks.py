"""What a guide says without having read it in a source: it may be shown as demo data, never as law (domain law of §5.9).

A statement carries its source mark. Only one marked S may name an article; every other is shown as 示例数据，未经核实, and an
article in it would be lost or, worse, be believed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..diagrams import Finding, Rule, Severity
from .guide import parsed_guide, places_of

ARTICLE = re.compile(r"第\s*[0-9０-９零〇一二三四五六七八九十百千]+\s*条")
CARD = Rule("unverified-as-law", Severity.ERROR, "没有核对的条款当作依据")
_REMEDY = "核对原文后把 src 改为 S；没有核对的，删去条款，指南会标明“示例数据，未经核实”"


def unverified_as_law(body: bytes, file: str) -> list[Finding]:
    """Every place where guide.yaml names an article as basis although its source mark is not S.

    A promise may repeat the pause of the statutory limit with its very basis: what was read there holds here. A file that
    cannot be read has no findings of this rule; `read_guide` tells what is wrong with it.
    """
    drawn = parsed_guide(body)
    places = places_of(body) if drawn else {}
    told = [(place, text) for place, text in _unread(drawn) if ARTICLE.search(text)]
    return [_finding(file, place, text, places.get(place, (1, 1))) for place, text in told]


def _unread(drawn: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The texts that stand as basis without having been read, with their places."""
    for name in ("basis", "quantity", "fee"):
        yield from _statement(f"/{name}", drawn.get(name))
    for i, condition in enumerate(_list(drawn.get("conditions"))):
        yield from _statement(f"/conditions/{i}", condition)
    limits = _mapping(drawn.get("limits"))
    read = {
        pause
        for limit in map(_mapping, limits.values())
        if limit.get("src") == "S"
        for pause in _mapping(limit.get("pause_basis")).items()
    }
    for name, limit in ((name, _mapping(limit)) for name, limit in limits.items()):
        if limit.get("src") == "S":
            continue
        for basis in ("basis", "ext_basis"):
            yield f"/limits/{name}/{basis}", str(limit.get(basis) or "")
        for ground, basis in _mapping(limit.get("pause_basis")).items():
            if (ground, basis) not in read:
                yield f"/limits/{name}/pause_basis/{ground}", str(basis)


def _statement(place: str, record: Any) -> Iterator[tuple[str, str]]:
    """`{text, src}`, or a bare text: that one has no mark at all."""
    if not isinstance(record, Mapping):
        yield place, str(record or "")
    elif record.get("src") != "S":
        yield f"{place}/text", str(record.get("text") or "")


def _finding(file: str, place: str, text: str, at: tuple[int, int]) -> Finding:
    sentence = f"“{text}”写了法律条款，来源标记却不是 S，不能作为依据公布"
    return Finding(CARD.code, CARD.severity, file, at[0], at[1], place, sentence, _REMEDY)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
