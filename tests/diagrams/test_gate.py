"""Hostile bytes are refused with one finding before a tree is built; decent ones are read in their own encoding."""

import codecs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.diagrams import Finding, Severity, read
from engine.diagrams.reader import gate

ONE = '<userTask id="a" name="受理"/>'
FRAME = '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="P">{}</process></definitions>'


def refused(data: bytes) -> Finding:
    reading = read({"a.bpmn": data})
    assert reading.diagram is None
    (finding,) = reading.findings
    assert (finding.file, finding.severity, finding.element) == ("a.bpmn", Severity.ERROR, "")
    return finding


LAUGHS = "".join(f'<!ENTITY l{i} "&l{i - 1};&l{i - 1};&l{i - 1};&l{i - 1};">' for i in range(1, 40))
REFUSED = {
    "fifty megabytes": (b"<" * 50 * 1024 * 1024, "file-too-large", (1, 1)),
    "one byte too many": (b" " * (gate.MAX_BYTES + 1), "file-too-large", (1, 1)),
    "billion laughs": (
        f'<!DOCTYPE d [<!ENTITY l0 "ha">{LAUGHS}]><definitions>&l39;</definitions>'.encode(),
        "file-with-dtd",
        (1, 1),
    ),
    "external entity": (b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><d>&x;</d>', "file-with-dtd", (1, 1)),
    "external subset": (b'<?xml version="1.0"?>\n <!DOCTYPE d SYSTEM "http://h/d.dtd"><d/>', "file-with-dtd", (2, 2)),
    "parameter entity": (b'<!DOCTYPE d [<!ENTITY % p SYSTEM "http://h/e">%p;]><d/>', "file-with-dtd", (1, 1)),
    "undeclared entity": (FRAME.format("&nbsp;").encode(), "file-not-xml", (1, 82)),
    "too deep": (FRAME.format("<a>" * 199 + "</a>" * 199).encode(), "file-too-deep", (1, 82 + 198 * 3)),
    "too many elements": (FRAME.format("<a/>" * 49_999).encode(), "file-too-many-elements", (1, 82 + 49_998 * 4)),
    "empty": (b"", "file-not-xml", (1, 1)),
    "text": ("这不是流程图".encode(), "file-not-xml", (1, 1)),
    "JSON": (b'{"a": 1}', "file-not-xml", (1, 1)),
    "picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "file-encoding-broken", (1, 1)),
    "cut off": (FRAME.format("")[:-5].encode(), "file-not-xml", (1, 92)),
    "crossed tags": (b"<a>\n<b></a></b>", "file-not-xml", (2, 6)),
    "attribute twice": (b'<a x="1" x="2"/>', "file-not-xml", (1, 10)),
    "prefix not declared": (FRAME.format("\n 受理<x:a/>").encode(), "file-not-xml", (2, 4)),
    "other root": (b"<html/>", "file-not-bpmn", (1, 1)),
    "BPMN without its namespace": (b"<definitions/>", "file-not-bpmn", (1, 1)),
    "unknown encoding": (b'<?xml version="1.0" encoding="klingon"?><d/>', "file-encoding-unknown", (1, 1)),
    "codec that is no encoding": (b'<?xml version="1.0" encoding="zlib"?><d/>', "file-encoding-unknown", (1, 1)),
    "UTF-7": (b'<?xml version="1.0" encoding="UTF-7"?><d/>', "file-encoding-unknown", (1, 1)),
    "half of a pair of UTF-16": ("<a>\n ".encode("utf-16-le") + b"\x00\xd8", "file-encoding-broken", (2, 2)),
    "GBK called UTF-8": ("<a>\n 受理</a>".encode("gbk"), "file-encoding-broken", (2, 2)),
    "half a character of GBK": (b'<?xml version="1.0" encoding="GBK"?><a>\n\xca', "file-encoding-broken", (2, 1)),
    "UTF-32 of something else": (codecs.BOM_UTF32_LE + "<a/>".encode("utf-32-le"), "file-not-bpmn", (1, 1)),
    "lone surrogate": (b"<a>\xed\xa0\x80</a>", "file-encoding-broken", (1, 4)),
    "control character": (b"<a>\x00</a>", "file-not-xml", (1, 4)),
}


@pytest.mark.parametrize(("data", "code", "place"), REFUSED.values(), ids=REFUSED.keys())
def test_hostile_bytes_are_refused_with_their_place(data: bytes, code: str, place: tuple[int, int]) -> None:
    finding = refused(data)
    assert (finding.rule, (finding.line, finding.column)) == (code, place)
    assert finding.sentence
    assert finding.remedy


def test_a_large_file_is_refused_without_being_looked_at() -> None:
    class Unread(bytes):
        def decode(self, *_: object) -> str:  # type: ignore[override]
            raise AssertionError("decoded")

        def startswith(self, *_: object) -> bool:
            raise AssertionError("looked at")

    assert refused(Unread(b"<" * (gate.MAX_BYTES + 1))).rule == "file-too-large"


def test_the_limits_themselves_are_allowed() -> None:
    deep = "<a>" * (gate.MAX_DEPTH - 2) + "</a>" * (gate.MAX_DEPTH - 2)
    many = "<a/>" * (gate.MAX_ELEMENTS - 3)
    for inside in (deep, ONE + many):
        assert read({"a.bpmn": FRAME.format(inside).encode()}).diagram is not None


def test_nested_scopes_as_deep_as_the_gate_lets_through_are_read() -> None:
    levels = gate.MAX_DEPTH - 2
    inside = "".join(f'<subProcess id="s{i}">' for i in range(levels)) + "</subProcess>" * levels
    diagram = read({"a.bpmn": FRAME.format(inside).encode()}).usable()
    scope = diagram.processes["P"]
    for level in range(levels):
        inner = scope.nodes[f"s{level}"].inner
        assert inner is not None
        scope = inner
    assert scope.id == "/".join(["P", *(f"s{i}" for i in range(levels))])


ENCODED = {
    "nothing said": ("", "utf-8", b""),
    "UTF-8": ("UTF-8", "utf-8", b""),
    "UTF-8 with mark": ("utf-8", "utf-8", codecs.BOM_UTF8),
    "the mark wins": ("GB2312", "utf-8", codecs.BOM_UTF8),
    "UTF-16 little": ("UTF-16", "utf-16-le", codecs.BOM_UTF16_LE),
    "UTF-16 big": ("UTF-16", "utf-16-be", codecs.BOM_UTF16_BE),
    "UTF-16 without mark": ("UTF-16", "utf-16-le", b""),
    "UTF-16 big without mark": ("UTF-16BE", "utf-16-be", b""),
    "GB2312": ("GB2312", "gb2312", b""),
    "GBK": ("gbk", "gbk", b""),
    "GB2312 that is GBK": ("gb2312", "gbk", b""),
    "GB18030": ("GB18030", "gb18030", b""),
    "UTF-16 only in words": ("UTF-16", "utf-8", b""),
    "UTF-32": ("UTF-32", "utf-32-le", codecs.BOM_UTF32_LE),
    "Big5": ("Big5", "big5hkscs", b""),
    "Shift_JIS": ("Shift_JIS", "shift_jis", b""),
}


@pytest.mark.parametrize(("declared", "codec", "mark"), ENCODED.values(), ids=ENCODED.keys())
def test_the_declared_encoding_is_read(declared: str, codec: str, mark: bytes) -> None:
    head = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    name = "受理" if codec in ("gb2312", "big5hkscs", "shift_jis") else "朱镕基路窗口"
    data = mark + (head + FRAME.format(f'<userTask id="a" name="{name}"/>')).encode(codec)
    node = read({"a.bpmn": data}).usable().processes["P"].nodes["a"]
    assert node.name == name
    assert (node.at.line, node.at.column) == (1, len(head) + 82)


def test_western_encodings_are_read() -> None:
    for declared, codec in (("ISO-8859-1", "latin-1"), ("Windows-1252", "cp1252")):
        task = FRAME.format('<task id="a" name="Prüfung"/>')
        data = f'<?xml version="1.0" encoding="{declared}"?>{task}'.encode(codec)
        assert read({"a.bpmn": data}).usable().processes["P"].nodes["a"].name == "Prüfung"


def test_white_space_before_the_declaration_moves_nothing() -> None:
    data = f'\n  <?xml version="1.0" encoding="UTF-8"?>\n{FRAME.format(ONE)}'.encode()
    at = read({"a.bpmn": data}).usable().processes["P"].nodes["a"].at
    assert (at.line, at.column) == (3, 82)


def test_a_namespace_with_a_space_in_its_address_harms_nobody() -> None:
    frame = FRAME.replace("<process", '<process xmlns:x="http://a b/c"')
    assert list(read({"a.bpmn": frame.format(ONE).encode()}).usable().processes["P"].nodes) == ["a"]


def test_columns_count_characters_and_not_bytes() -> None:
    inside = (
        "\n<!-- 受理 -->"
        '<startEvent id="s" name="收件𠀀"/><userTask id="a"/>\r\n'
        '\t<documentation>会签、\n联审</documentation><userTask id="b"/>\r'
        '  <sequenceFlow id="f" sourceRef="s" targetRef="a"><conditionExpression><![CDATA[${a < 1 && b}]]>'
        "</conditionExpression></sequenceFlow>"
    )
    process = read({"a.bpmn": FRAME.format(inside).encode()}).usable().processes["P"]
    places = {node.id: (node.at.line, node.at.column) for node in process.nodes.values()}
    assert places == {"s": (2, 12), "a": (2, 43), "b": (4, 19)}
    assert (process.flows[0].at.line, process.flows[0].at.column) == (5, 3)
    assert process.flows[0].condition == "${a < 1 && b}"


def test_text_broken_by_comments_and_instructions_is_whole() -> None:
    condition = "<conditionExpression>${a<!-- x --> == <?pi?>1}</conditionExpression>"
    flow = f'<sequenceFlow sourceRef="a" targetRef="a">{condition}</sequenceFlow>'
    process = read({"a.bpmn": FRAME.format(ONE + flow).encode()}).usable().processes["P"]
    assert process.flows[0].condition == "${a == 1}"


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_whatever_the_bytes_the_answer_is_a_finding(data: bytes) -> None:
    assert read({"a.bpmn": data}).findings


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["<", ">", "/", "<task id='a'/>", "<subProcess>", "</subProcess>", "受", "&", "\n", "id='b'", "]]>"]
        )
    )
)
def test_whatever_stands_inside_nothing_but_findings_comes_back(parts: list[str]) -> None:
    reading = read({"a.bpmn": FRAME.format("".join(parts)).encode()})
    assert reading.diagram is not None or reading.findings
