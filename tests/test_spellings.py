"""The same drawing in another spelling of its file is the same drawing: import, repairs and play are equal."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from engine.catalogue import import_diagram, play_imported
from tests import shapes

SAMPLE = dict(list(shapes.files())[::4])
_TEXT = re.compile(r">([^<>\s][^<>]{3,})</")


def _encoded(codec: str) -> Callable[[str], bytes]:
    def spelt(text: str) -> bytes:
        plain = re.sub(r"^<\?xml[^>]*\?>\s*", "", text)
        return f'<?xml version="1.0" encoding="{codec}"?>\n{plain}'.encode(codec, "xmlcharrefreplace")

    return spelt


def _renamed(text: str) -> bytes:
    """BPMN's own elements under another prefix; a default namespace gets one."""
    if "bpmn:" in text:
        return re.sub(r"(</?|xmlns:)bpmn(?=[:=])", r"\1zz", text).encode()
    outer = re.sub(r"(</?)(?=[A-Za-z]+[\s/>])", r"\1zz:", text)
    return re.sub(r'xmlns="(http://www.omg.org/spec/BPMN[^"]*)"', r'xmlns:zz="\1"', outer).encode()


SPELLINGS: dict[str, Callable[[str], bytes]] = {
    "line ends of Windows": lambda text: text.replace("\n", "\r\n").encode(),
    "a byte order mark": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "UTF-16": _encoded("utf-16"),
    "GBK": _encoded("gbk"),
    "another prefix": _renamed,
    "comments in texts": lambda text: _TEXT.sub(
        lambda found: f">{found[1][:2]}<!-- 注 -->{found[1][2:]}</", text
    ).encode(),
    "texts as they are": lambda text: (
        _TEXT.sub(lambda found: f">\n <![CDATA[{found[1]}]]> </", text).encode() if "&" not in text else text.encode()
    ),
    "attributes of others": lambda text: re.sub(r'(\sid="[^"]*")', r'\1 xmlns:q="urn:q" q:color="red"', text).encode(),
}


def outcome(name: str, body: bytes) -> object:
    imported = import_diagram({name: body})
    played = play_imported(imported)
    findings = sorted((f.rule, f.element) for f in imported.findings)
    repairs = sorted((made.kind, made.element, made.confirm) for made in imported.repairs)
    return imported.result, findings, repairs, played


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_spelling_changes_nothing(spelling: str) -> None:
    changed = 0
    for name, body in SAMPLE.items():
        other = SPELLINGS[spelling](body.decode())
        changed += other != body
        assert outcome(name, other) == outcome(name, body), name
    assert changed > len(SAMPLE) / 4
