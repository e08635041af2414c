"""What people really draw, imported and played: a sample of our own in every check, and the whole corpus where there is one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests import corpus, shapes
from tests.corpus import Corpus

BARS = {
    "camunda+camunda-bpm-examples": (0.95, 0.90),
    "henryyan+activiti-in-action-codes": (0.95, 0.90),
    "bpmn-miwg+bpmn-miwg-test-suite": (0.92, 0.75),
    "flowable+flowable-engine": (0.0, 0.75),
    "paed01+bpmn-elements": (0.0, 0.60),
}
"""Corpus -> the share that is imported, the share that is played to its end."""

OTHERWISE = {"fails": "ended", "stops": "terminated", "stuck": ""}
"""Shapes that do not simply end, or that one might take for such."""


def test_a_sample_in_the_shapes_that_people_draw(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    shapes.write(tmp_path)
    found = list(corpus.corpora(tmp_path))
    demand_nothing_wrong(found)
    assert [c.name for c in found] == sorted(tool.name for tool in shapes.TOOLS)
    for tool in found:
        figures = tool.figures
        assert (figures["files"], figures["refused"]) == (25, 0), tool.name
        assert (figures["completed"], figures["waiting"]) == (24, 1), tool.name
        for result in tool.results:
            shape = result.file.split(".")[0]
            assert result.played is not None
            assert result.played.outcome == OTHERWISE.get(shape, "ended"), result.file
            assert all(line.element for line in result.played.trace), result.file
            if shape == "stuck":
                assert "join" in result.played.reason, result.file
    record_property("corpus", "150 files of our own making")


def test_the_sample_is_the_same_each_time() -> None:
    assert dict(shapes.files()) == dict(shapes.files())
    assert len(dict(shapes.files())) == 150


def test_the_whole_corpus_where_there_is_one(
    foreign_folder: str | None, record_property: Callable[[str, object], None]
) -> None:
    if not foreign_folder:
        record_property("corpus", "LIANSHEN_CORPUS names no folder, so no other files")
        return
    found, figures = corpus.measured(Path(foreign_folder))
    demand_nothing_wrong(found)
    for one in figures["corpora"]:
        imported, completed = BARS.get(one["name"], (0.0, 0.0))
        assert one["imported"] + one["repaired"] >= imported * one["files"], one
        assert one["completed"] >= completed * one["files"], one
    if told := figures["conformance"]:
        assert (told["features"], told["wrong"]) == (136, 0)
        assert told["passed"] >= 125
        assert told["passed"] + told["refused"] == 136
    record_property("corpus", f"all {sum(one['files'] for one in figures['corpora'])} files of {foreign_folder}")


def demand_nothing_wrong(found: list[Corpus]) -> None:
    """No exception, no hang, no fault of ours; every refusal says where; the token checker objects to no trace."""
    troubles = [f"{c.name}/{r.file}" for c in found for r in c.results if r.error or r.hung or corpus.nowhere(r)]
    assert not troubles
    assert sum(c.figures["failed"] for c in found) == 0
    assert [(r.file, r.wrong) for c in found for r in c.results if r.wrong] == []
