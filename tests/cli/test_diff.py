"""`lianshen diff`: what differs between two drawings, two folders and two versions, in words and in exit codes."""

from __future__ import annotations

import json
import shutil
from importlib import resources
from pathlib import Path

import pytest
from click.testing import CliRunner

from api.cli import main
from tests.cli.conftest import Run
from tests.hall import Hall

SHIPPED = Path(str(resources.files("bpmn")))
GH02 = SHIPPED / "GH02"


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    """GH02 with another limit of a step, another promise, another field and one more form; the parts beside it."""
    shutil.copytree(SHIPPED / "parts", tmp_path / "parts")
    folder = shutil.copytree(GH02, tmp_path / "GH02")
    for file, old, new in (
        ("matter.bpmn", 'ls:limit="2wd"', 'ls:limit="5wd"'),
        ("guide.yaml", "promised: {lim: [3, wd", "promised: {lim: [8, wd"),
        ("forms/review.json", '"maxLength": 1000', '"maxLength": 900'),
    ):
        text = (folder / file).read_text("utf-8")
        assert text.count(old) == 1
        (folder / file).write_text(text.replace(old, new), "utf-8")
    shutil.copy(folder / "forms" / "review.json", folder / "forms" / "extra.json")
    return folder


def test_two_folders_are_compared_in_words(run: Run, changed: Path) -> None:
    done = run("diff", GH02, changed)
    assert done.exit_code == 1
    assert done.stdout.splitlines() == [
        "流程图",
        "  ~ 审查：环节时限 2 → 5 个工作日  [review]",
        "办事指南",
        "  ~ 承诺时限 3 → 8 个工作日",
        "表单",
        "  + 新增表单“extra”",
        "  ~ 表单“review”：“审查意见”：最多字数 1000 → 900",
        "新增 1 处、修改 3 处",
    ]
    back = run("diff", changed, GH02).stdout
    assert "  ~ 承诺时限 8 → 3 个工作日" in back
    assert "  − 去掉表单“extra”" in back


def test_what_is_the_same_is_zero(run: Run, tmp_path: Path) -> None:
    shutil.copytree(SHIPPED / "parts", tmp_path / "parts")
    same = shutil.copytree(GH02, tmp_path / "same")
    done = run("diff", GH02, same)
    assert (done.exit_code, done.stdout) == (0, "没有不同\n")
    assert run("diff", GH02 / "matter.bpmn", same / "matter.bpmn").exit_code == 0


def test_two_drawings_are_compared_without_guide_and_forms(run: Run, changed: Path) -> None:
    done = run("diff", GH02 / "matter.bpmn", changed / "matter.bpmn")
    assert (done.exit_code, done.stdout.splitlines()[1:]) == (
        1,
        ["  ~ 审查：环节时限 2 → 5 个工作日  [review]", "修改 1 处"],
    )
    (changed / "matter.bpmn").write_bytes((GH02 / "matter.bpmn").read_bytes() + b"<!-- x -->\n")
    comment = run("diff", GH02 / "matter.bpmn", changed / "matter.bpmn")
    assert comment.exit_code == 1
    assert "文件的写法或其他工具的扩展有改动，不影响办理" in comment.stdout


def test_as_json(run: Run, changed: Path) -> None:
    done = run("diff", "--json", GH02, changed)
    told = json.loads(done.stdout)
    assert (done.exit_code, told["same"], told["unread"]) == (1, False, [])
    assert told["changes"][0] == {
        "kind": "changed",
        "file": "matter.bpmn",
        "elements": ["review"],
        "sentence": "审查：环节时限 2 → 5 个工作日",
    }
    assert [one["file"] for one in told["changes"][1:]] == ["guide.yaml", "forms/extra.json", "forms/review.json"]
    assert json.loads(run("diff", "--json", GH02, GH02).stdout) == {"same": True, "changes": [], "unread": []}


def test_colours_only_where_a_person_looks_and_never_alone(changed: Path) -> None:
    words = ["diff", str(GH02), str(changed)]
    coloured = CliRunner().invoke(main, words, color=True).stdout
    assert "\x1b[33m~ 审查：环节时限 2 → 5 个工作日\x1b[0m" in coloured
    assert "\x1b[32m+ 新增表单“extra”\x1b[0m" in coloured
    assert "\x1b[" not in CliRunner().invoke(main, words).stdout


def test_a_file_that_cannot_be_read_is_told_and_differs(run: Run, changed: Path) -> None:
    (changed / "forms" / "review.json").write_text("{", "utf-8")
    done = run("diff", GH02, changed)
    assert done.exit_code == 1
    assert "! forms/review.json 还读不出来，没有比较" in done.stdout
    (changed / "matter.bpmn").write_text("<", "utf-8")
    unread = run("diff", GH02 / "matter.bpmn", changed / "matter.bpmn")
    assert (unread.exit_code, f"{changed / 'matter.bpmn'}:1:" in unread.stderr) == (6, True)


@pytest.mark.parametrize(
    "words",
    [
        (GH02,),
        (GH02, GH02, GH02),
        (GH02, GH02 / "matter.bpmn"),
        (GH02, SHIPPED / "nowhere"),
        ("--office", "lz", "GH02", "1"),
        ("--office", "lz", "GH02", "1", "zwei"),
    ],
)
def test_what_cannot_be_compared_is_a_usage_error(run: Run, words: tuple[object, ...]) -> None:
    assert run("diff", *words).exit_code == 2


def test_two_versions_of_an_office(run: Run, hall: Hall, hall_url: str, changed: Path) -> None:
    publish = ("publish", changed, "--office", "lz", "--as", "wu", "--over", "1")
    assert run(*publish, url=hall_url).exit_code == 0
    done = run("diff", "--office", "lz", "GH02", "1", "2", url=hall_url)
    assert done.exit_code == 1
    assert "  ~ 审查：环节时限 2 → 5 个工作日  [review]" in done.stdout
    assert run("diff", "--office", "lz", "GH02", "2", "2", url=hall_url).exit_code == 0
    assert run("diff", "--office", "lz", "GH02", "1", "9", url=hall_url).exit_code == 3
    assert run("diff", "--office", "lz", "GH98", "1", "2", url=hall_url).exit_code == 3
