"""`lianshen play`: step by step as before, and by itself over files and folders."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests import shapes
from tests.cli.conftest import Run

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files of two tools, one that cannot be read, and what is no diagram."""
    drawn = dict(shapes.files())
    for name in ("camunda/way_asked.bpmn", "camunda/stuck.bpmn", "flowable/fails.bpmn20.xml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(drawn[name])
    (tmp_path / "broken.bpmn").write_bytes(b"<definitions")
    (tmp_path / "pom.xml").write_bytes(b"<project/>")
    return tmp_path


def test_every_diagram_of_a_folder_is_played(run: Run, folder: Path) -> None:
    done = run("play", folder, "--auto", "--format", "json")
    assert done.exit_code == 0
    told: list[dict[str, Any]] = json.loads(done.stdout)
    assert [(Path(one["file"]).name, one["result"], one["outcome"]) for one in told] == [
        ("broken.bpmn", "refused", ""),
        ("stuck.bpmn", "waiting", ""),
        ("way_asked.bpmn", "completed", "ended"),
        ("fails.bpmn20.xml", "completed", "ended"),
    ]
    keys = ["file", "process", "result", "outcome", "acts", "trace", "assumed", "reason"]
    assert all(list(one) == keys for one in told)
    played = told[2]
    assert (played["process"], played["acts"]) == ("camunda_way_asked", 5)
    assert played["trace"][0] == {"n": 1, "element": "Activity_start", "event": "entered", "by": "auto"}
    assert {line["by"] for line in played["trace"]} == {"auto", "choice"}
    assert any("退回" in assumed for assumed in played["assumed"])
    assert told[0]["reason"].startswith("broken.bpmn:1:1 definitions ")


def test_for_people_one_line_a_file_and_the_trace(run: Run, folder: Path) -> None:
    done = run("play", folder / "camunda/stuck.bpmn", folder / "flowable", "--auto")
    lines = done.stdout.splitlines()
    assert "stuck.bpmn：走不到头，3 次操作。汇合“Activity_join”" in lines[0]
    assert any("fails.bpmn20.xml：走完（结束），3 次操作" in line for line in lines)
    assert "    1. start 进入" in lines


def test_a_matter_of_ours_with_the_parts_that_it_calls(run: Run) -> None:
    done = run("play", ROOT / "bpmn" / "GH02", "--auto", "--format", "json")
    (told,) = json.loads(done.stdout)
    assert (told["process"], told["result"], told["outcome"]) == ("gh02", "completed", "ended")
    assert {"element": "certified", "event": "completed"}.items() <= {**told["trace"][18]}.items()


def test_the_same_play_each_time(run: Run, folder: Path) -> None:
    one, other = (run("play", folder, "--auto", "--format", "json").stdout for _ in range(2))
    assert one == other


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["a.bpmn", "b.bpmn"], "--auto"),
        (["a.bpmn", "--format", "json"], "--auto"),
        (["a.bpmn", "--auto", "--ask"], "--take、--fact、--ask"),
        ([".", "--auto"], "没有找到流程图"),
    ],
)
def test_what_does_not_go_together(run: Run, tmp_path: Path, words: list[str], said: str) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    for name in ("a.bpmn", "b.bpmn"):
        (tmp_path / name).write_bytes(dict(shapes.files())["camunda/stuck.bpmn"])
    places = [empty if word == "." else tmp_path / word if word.endswith(".bpmn") else word for word in words]
    done = run("play", *places)
    assert done.exit_code == 2
    assert said in done.stderr
