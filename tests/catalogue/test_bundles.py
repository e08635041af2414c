"""Bundles: packed and gathered, copied under another code, compared in words, rehearsed. No database is needed."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.catalogue import (
    DIAGRAM,
    GUIDE,
    BundleNotReadable,
    CodeNotUsable,
    Move,
    MoveNotUnderstood,
    Rehearsal,
    compare_bundles,
    copy_of,
    gather,
    pack,
    read_folder,
    read_guide,
    rehearse,
    write_folder,
)
from engine.clock import OfficeTime, WorkCalendar, shipped_notices
from engine.diagrams import Change, ChangeKind, DiagramNotValid, StepKind
from tests.drawings import draw

SEEDS = Path(__file__).parents[2] / "bpmn"
GH02 = read_folder(SEEDS / "GH02")
XF01 = read_folder(SEEDS / "XF01")
HZ01 = read_folder(SEEDS / "HZ01")


def swapped(bundle: dict[str, bytes], file: str, old: str, new: str) -> dict[str, bytes]:
    text = bundle[file].decode()
    assert text.count(old) == 1, f"{old}: {text.count(old)}"
    return {**bundle, file: text.replace(old, new).encode()}


# ---------------------------------------------------------------- packed and gathered
def test_what_is_packed_comes_out_the_same_and_equal_bundles_are_equal_bytes() -> None:
    assert gather({"x.zip": pack(GH02)}) == GH02
    assert pack(GH02) == pack(dict(reversed(GH02.items())))


def test_files_find_their_places_by_their_names() -> None:
    brought = {"Zeichnung.bpmn": b"d", "guide.yml": b"g", "review.json": b"f"}
    assert gather(brought) == {DIAGRAM: b"d", GUIDE: b"g", "forms/review.json": b"f"}
    assert gather({"matter.bpmn": b"d", "C:\\x\\tail.bpmn": b"p"}) == {DIAGRAM: b"d", "parts/tail.bpmn": b"p"}


def test_decisions_travel_with_the_matter(tmp_path: Path) -> None:
    bundle = {**GH02, "decisions/grade.dmn": b"<definitions/>"}
    assert gather({"x.zip": pack(bundle)}) == bundle
    assert gather({"grade.dmn": b"d"}) == {"decisions/grade.dmn": b"d"}
    write_folder(bundle, tmp_path / "GH02")
    (tmp_path / "parts").mkdir(exist_ok=True)
    assert read_folder(tmp_path / "GH02") == bundle
    write_folder(GH02, tmp_path / "GH02")
    assert read_folder(tmp_path / "GH02") == GH02


def archive(*entries: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", method) as packed:
        for name, body in entries:
            packed.writestr(name, body)
    return whole.getvalue()


def damaged() -> bytes:
    """An archive whose list is whole and whose content no program unpacks."""
    body = bytearray(archive(("matter.bpmn", b"d" * 100)))
    body[body.index(b"matter.bpmn") + len("matter.bpmn")] = 0xFF
    return bytes(body)


def test_an_archive_with_a_folder_around_and_what_a_desktop_leaves_behind() -> None:
    body = archive(("GH02/matter.bpmn", b"d"), ("GH02/.DS_Store", b""), ("__MACOSX/x", b""), ("parts/tail.bpmn", b"p"))
    assert gather({"a.zip": body}) == {DIAGRAM: b"d", "parts/tail.bpmn": b"p"}


@pytest.mark.parametrize(
    ("brought", "sentence"),
    [
        ({}, "没有选择文件"),
        ({"a.exe": b""}, "“a.exe”不是事项的文件"),
        ({"a.zip": b"PK"}, "打不开"),
        ({"a.zip": damaged()}, "打不开"),
        ({"a.zip": archive(("matter.bpmn", b"d"), method=zipfile.ZIP_BZIP2)}, "打不开"),
        ({"a.zip": archive(("matter.bpmn", b"d"), method=zipfile.ZIP_LZMA)}, "打不开"),
        ({"a.zip": archive(("matter.bpmn", b"d")), "matter.bpmn": b"e"}, "有两个文件都叫 matter.bpmn"),
        ({"a.zip": archive(("b.zip", archive(("matter.bpmn", b""))))}, "不是事项的文件"),
        ({"a.zip": archive(("matter.bpmn", b"0" * 9 * 1024 * 1024))}, "展开后太大"),
        ({"a.zip": archive(*((f"forms/{n}.json", b"") for n in range(101)))}, "文件太多"),
        ({"a.bpmn": b"", "b.bpmn": b""}, "不知道哪一个是事项的"),
        ({"guide.yaml": b"", "guide.yml": b""}, "有两个文件都是 guide.yaml"),
        ({"../../etc/passwd": b""}, "不是事项的文件"),
    ],
)
def test_what_has_no_place_is_refused(brought: dict[str, bytes], sentence: str) -> None:
    with pytest.raises(BundleNotReadable) as refused:
        gather(brought)
    assert any(sentence in fault.sentence for fault in refused.value.faults)


def test_two_files_of_one_name_are_both_seen() -> None:
    with pytest.raises(BundleNotReadable, match="1 处"):
        gather({"guide.yaml": b"old"}, {"guide.yaml": b"new"})


# ---------------------------------------------------------------- copied
def test_a_copy_is_the_same_matter_under_another_code() -> None:
    copied = copy_of(GH02, "GH02", "GH77", '临时: "用地"')
    guide = read_guide(copied[GUIDE])
    assert (guide.code, guide.name) == ("GH77", '临时: "用地"')
    assert copied[GUIDE].decode().splitlines()[2:] == GH02[GUIDE].decode().splitlines()[2:]
    told = compare_bundles(GH02, copied)
    assert [c.sentence for c in told.drawing] == [
        '流程名称：建设用地规划许可证核发 → 临时: "用地"',
        "流程编号：gh02 → gh77",
    ]
    assert told.forms == ()


@pytest.mark.parametrize("code", ["", "gh07", "GH7", "GH00001", "GH-1", "GH07 ", "../GH07", "G107"])
def test_a_code_has_its_shape(code: str) -> None:
    with pytest.raises(CodeNotUsable):
        copy_of(GH02, "GH02", code, "x")


# ---------------------------------------------------------------- compared
REVIEW, APPLICATION = "forms/review.json", "forms/application.json"
SAID = {
    "promise": (GUIDE, "promised: {lim: [3, wd", "promised: {lim: [5, wd", "guide", "承诺时限 3 → 5 个工作日"),
    "unit": (GUIDE, "promised: {lim: [3, wd", "promised: {lim: [3, cd", "guide", "承诺时限 3 个工作日 → 3 个自然日"),
    "start": (GUIDE, "[3, wd, accepted]", "[3, wd, received]", "guide", "承诺时限：起算 受理 → 收件"),
    "extension": (GUIDE, "ext: [10, wd, head]", "ext: [5, wd, head]", "guide",
                  "法定时限：延长 10 个工作日（本机关负责人） → 5 个工作日（本机关负责人）"),
    "fee": (GUIDE, "fee: {text: 不收费", "fee: {text: 每件 5 元", "guide", "收费 不收费（未经核实） → 每件 5 元（未经核实）"),
    "kind": (GUIDE, "two_person: true", "two_person: false", "guide", "一审一核 是 → 否"),
    "channel": (GUIDE, "channels: [window, web]", "channels: [window]", "guide", "渠道 窗口、网上 → 窗口"),
    "material": (GUIDE, "name: 宗地图, rule: Q", "name: 宗地图, rule: R", "guide", "材料“宗地图”：可容缺 → 必要"),
    "material gone": (GUIDE, "  - {key: parcel_map, name: 宗地图, rule: Q, src: P}\n", "", "guide", "材料去掉“宗地图”"),
    "material new": (GUIDE, "materials:\n", "materials:\n  - {key: x, name: 授权书, rule: I}\n", "guide", "材料新增“授权书”（中介出具）"),
    "prerequisite": (GUIDE, "materials:\n", "prerequisites: [\"TZ01|TZ02\"]\nmaterials:\n", "guide", "前置事项新增“TZ01 或 TZ02”"),
    "only written anew": (GUIDE, "visits: 1", "visits:  1", "guide", "只改了写法（注释、格式），内容不变"),
    "form field": (REVIEW, '"label": "审查意见"', '"label": "意见"', "forms", "表单“review”：“审查意见”改称“意见”"),
    "option": (REVIEW, '"label": "立项文件"', '"label": "批文"', "forms", "表单“review”：“核对内容”的选项新增“批文”"),
    "value of an option": (REVIEW, '"value": "approval"', '"value": "paper"', "forms", "表单“review”：“核对内容”：选项的值有改动"),
    "demand": (REVIEW, '"maxLength": 1000', '"maxLength": 900', "forms", "表单“review”：“审查意见”：最多字数 1000 → 900"),
}  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "where", "sentence"), SAID.values(), ids=SAID.keys())
def test_what_is_changed_is_said(file: str, old: str, new: str, where: str, sentence: str) -> None:
    told = compare_bundles(GH02, swapped(GH02, file, old, new))
    assert sentence in [change.sentence for change in getattr(told, where)]
    assert {change.file for change in told.changes} == {file}
    assert not told.same
    assert told.drawing == ()


def test_forms_come_and_go_and_parts_that_nobody_calls_do_not_count() -> None:
    more = {**GH02, "forms/extra.json": GH02[REVIEW], "parts/unused.bpmn": GH02[DIAGRAM]}
    extra = "forms/extra.json"
    assert compare_bundles(GH02, more).forms == (Change(ChangeKind.ADDED, extra, "", "新增表单“extra”"),)
    assert compare_bundles(more, GH02).forms == (Change(ChangeKind.REMOVED, extra, "", "去掉表单“extra”"),)
    assert compare_bundles(GH02, GH02).same


def test_a_comment_in_the_drawing_is_not_passed_over() -> None:
    (change,) = compare_bundles(GH02, {**GH02, DIAGRAM: GH02[DIAGRAM] + b"<!-- x -->\n"}).drawing
    assert change.sentence == "文件的写法或其他工具的扩展有改动，不影响办理"


def test_what_cannot_be_read_is_named() -> None:
    told = compare_bundles(GH02, {**GH02, DIAGRAM: b"<", GUIDE: b": [", REVIEW: b"{"})
    assert set(told.unread) == {GUIDE, DIAGRAM, REVIEW}
    assert not told.same


# ---------------------------------------------------------------- rehearsed
NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)
TIME = OfficeTime(WorkCalendar.of(shipped_notices()))


def walk(bundle: dict[str, bytes], *moves: Move) -> Rehearsal:
    return rehearse(bundle, moves, NOW, TIME)


def onward(bundle: dict[str, bytes], moves: list[Move], *outcomes: str) -> Rehearsal:
    """Choose these outcomes at whatever step is open first."""
    for outcome in outcomes:
        moves.append(Move("step", walk(bundle, *moves).open[0].token, outcome))
    return walk(bundle, *moves)


def test_a_walk_goes_through_correction_special_procedure_and_parts_to_the_end() -> None:
    moves = [Move("begin")]
    stands = onward(XF01, moves, "request_correction")
    assert (stands.open, [c.code for a in stands.awaited for c in a.choices]) == ((), ["correction_received"])
    moves.append(Move("message", choice="correction_received"))
    stands = onward(XF01, moves, "accept", "pass", "start", "end", "pass", "grant")
    assert stands.here == ((DIAGRAM, "issue_certificate"), ("parts/certificate.bpmn", "certificate"))
    assert (DIAGRAM, "expert_end") in stands.passed
    stands = onward(XF01, moves, "made", "delivered")
    assert (stands.ended, stands.open, stands.made) == (True, (), len(moves))
    assert [line.said for line in stands.log][:3] == ["提交申请", "一次告知补正", "收到 correction_received"]


def test_a_stage_waits_for_the_matters_that_it_calls_and_each_may_end_in_every_way() -> None:
    moves = [Move("begin", facts={"land": "auctioned"})]
    stands = onward(HZ01, moves, "accept")
    called = {a.node: a for a in stands.awaited if a.what == "call"}
    assert set(called) == {"tz02", "zr01", "gh02"}, (
        "the other land's are not called, the optional ones nobody waits for"
    )
    assert [c.code for c in called["tz02"].choices][:2] == ["granted", "refused"]
    assert {node for _, node in stands.here} == {*called, "join"}, "the optional ones have gone on to the join"
    assert {"intake", "hp01"} <= {node for _, node in stands.passed}
    for node, ending in (("tz02", "granted"), ("zr01", "withdrawn"), ("gh02", "not_started")):
        assert not stands.open
        moves.append(Move("call", called[node].token, ending))
        stands = walk(HZ01, *moves)
    assert [line.said for line in stands.log][-3:] == ["准予", "申请人撤回", "未启动"]
    assert [(step.kind, step.name) for step in stands.open] == [(StepKind.SUMMARY, "牵头汇总")]
    again = walk(HZ01, *moves, moves[-1])
    assert (again.made, again.log[-1].refused) == (len(moves), True), "a matter ends once"


def test_what_was_sent_up_is_granted_or_refused_above() -> None:
    county = read_folder(SEEDS / "county/LY01")
    moves = [Move("begin")]
    stands = onward(county, moves, "accept", "done", "pass", "sent_up")
    (above,) = stands.awaited
    assert (above.what, above.node, [c.code for c in above.choices]) == ("call", "above", ["granted", "refused"])
    stands = walk(county, *moves, Move("call", above.token, "withdrawn"))
    assert stands.log[-1].refused
    assert [s.name for s in walk(county, *moves, Move("call", above.token, "refused")).open] == ["送达"]


def test_a_move_that_cannot_be_made_is_told_and_changes_nothing() -> None:
    begun = walk(GH02, Move("begin"))
    for move in (
        Move("step", begun.open[0].token, "grant"),
        Move("step", "gone", "accept"),
        Move("time"),
        Move("message"),
        Move("call", begun.open[0].token, "granted"),
        Move("call", "gone", "vanished"),
    ):
        stands = walk(GH02, Move("begin"), move)
        assert (stands.made, stands.open, stands.here) == (1, begun.open, begun.here)
        assert stands.log[-1].refused


@pytest.mark.parametrize(
    "moves", [[Move("step")], [Move("begin"), Move("begin")], [Move("fly")], [Move("begin")] * 400]
)
def test_moves_that_no_page_sends_are_refused(moves: list[Move]) -> None:
    with pytest.raises(MoveNotUnderstood):
        walk(GH02, *moves)


FORM = b"""{"components": [{"type": "number", "key": "area", "label": "\xe9\x9d\xa2\xe7\xa7\xaf"},
 {"type": "textfield", "key": "other", "label": "x"}]}"""
SPLIT = {
    DIAGRAM: draw("qq01", "s:start a:x b:review@nr c:check@nr t:timer=3wd e:end", "s>a a>b?area>100 a>c?100>=area b>t c>t t>e"),
    GUIDE: GH02[GUIDE].replace(b"GH02", b"QQ01", 1),
    "forms/application.json": FORM,
}  # fmt: skip


def test_facts_are_asked_where_a_condition_needs_them_and_time_passes_when_told() -> None:
    asked = walk(SPLIT)
    assert [q.key for q in asked.asks] == ["area"], "only what some condition reads"
    for area, node in (("101", "b"), ("100", "c")):
        assert [o.node for o in walk(SPLIT, Move("begin", facts={"area": area})).open] == [node]
    unknown = walk(SPLIT, Move("begin"))
    assert (unknown.made, unknown.log[-1].refused) == (0, True)
    assert "没有值" in unknown.log[-1].said or "条件都不成立" in unknown.log[-1].said
    wrong = walk(SPLIT, Move("begin", facts={"area": "wide"}))
    assert (wrong.made, wrong.log[-1].refused) == (0, True)
    moves = [Move("begin", facts={"area": "7"})]
    stands = onward(SPLIT, moves, "pass")
    assert [a.what for a in stands.awaited] == ["time"]
    assert walk(SPLIT, *moves, Move("time")).ended


def test_a_drawing_that_cannot_be_read_is_not_walked() -> None:
    with pytest.raises(DiagramNotValid):
        walk(swapped(GH02, DIAGRAM, 'ls:limit="2wd"', 'ls:limit="2days"'), Move("begin"))


# ---------------------------------------------------------------- decisions
GRADE = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="f" name="f" namespace="n">
<decision id="grade" name="grade"><decisionTable hitPolicy="UNIQUE"><input><inputExpression><text>area</text></inputExpression>
</input><output name="size"/><rule id="r1"><inputEntry><text>&lt; 500</text></inputEntry><outputEntry><text>"small"</text>
</outputEntry></rule></decisionTable></decision></definitions>"""


def test_a_changed_decision_is_told_as_one() -> None:
    old = {**GH02, "decisions/grade.dmn": GRADE.encode()}
    new = {**GH02, "decisions/grade.dmn": GRADE.replace("500", "600").encode()}
    assert [change.sentence for change in compare_bundles(old, new).drawing] == ["决策“grade”的内容有改动"]
    assert [change.sentence for change in compare_bundles(GH02, new).drawing] == ["新增决策“grade”"]
    assert [change.sentence for change in compare_bundles(old, GH02).drawing] == ["删去决策“grade”"]
