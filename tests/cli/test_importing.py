"""`lianshen import`: what it prints, what it writes, and that no file whatever makes it stumble."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.catalogue.test_importing import FOREIGN, LINE, file
from tests.cli.conftest import Run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three drawings, one in a folder of its own, and what is none."""
    inside = tmp_path / "来文" / "深"
    inside.mkdir(parents=True)
    (tmp_path / "来文" / "a.bpmn").write_bytes(file(LINE))
    (tmp_path / "来文" / "b.bpmn20.xml").write_bytes(file(FOREIGN))
    (inside / "c.xml").write_bytes(file('<task id="a"/><task id="a"/>'))
    (tmp_path / "来文" / "pom.xml").write_text("<project/>")
    (tmp_path / "来文" / "readme.txt").write_text("x")
    return tmp_path / "来文"


def test_json_is_one_array_with_an_object_for_each_file(run: Run, folder: Path) -> None:
    done = run("import", folder, "--format", "json")
    told = json.loads(done.stdout)
    assert done.exit_code == 1
    assert [(Path(one["file"]).name, one["result"]) for one in told] == [
        ("a.bpmn", "imported"),
        ("b.bpmn20.xml", "repaired"),
        ("c.xml", "refused"),
    ]
    assert all(list(one) == ["file", "result", "findings", "repairs"] for one in told)
    assert {key: told[2]["findings"][0][key] for key in ("rule", "level", "element", "line", "column")} == {
        "rule": "id-duplicate",
        "level": "error",
        "element": "a",
        "line": 4,
        "column": 15,
    }
    assert {"kind": "script-by-hand", "element": "t", "confirm": True} in told[1]["repairs"]
    assert "算" in done.stdout
    assert sorted(path.name for path in folder.rglob("*")) == [
        "a.bpmn",
        "b.bpmn20.xml",
        "c.xml",
        "pom.xml",
        "readme.txt",
        "深",
    ]


def test_people_read_what_was_found_and_what_would_be_mended(run: Run, folder: Path) -> None:
    done = run("import", folder / "b.bpmn20.xml")
    lines = done.stdout.splitlines()
    assert done.exit_code == 0
    assert lines[0].endswith("b.bpmn20.xml：修复后可以导入（7 处修复，7 处要由人确认）")
    assert any(line.startswith("  5:1 错误 script-language [t] ") for line in lines)
    assert any(line.startswith("  修复 script-by-hand [t] 第 5 行：“算”的脚本（groovy）") for line in lines)
    assert lines[-1] == "共 1 个文件，1 个可以导入，0 个不能"


def test_repairs_are_written_beside_and_never_over_anything(run: Run, folder: Path) -> None:
    before = (folder / "b.bpmn20.xml").read_bytes()
    assert run("import", folder, "--apply-repairs").exit_code == 1
    draft = folder / "b.imported.bpmn"
    assert (folder / "b.bpmn20.xml").read_bytes() == before
    assert b"ls:repair" in draft.read_bytes()
    assert not (folder / "a.imported.bpmn").exists()
    written = draft.read_bytes()
    assert f"已写到 {draft}" in run("import", folder / "b.bpmn20.xml", "--apply-repairs").stdout
    draft.write_bytes(b"changed by hand")
    assert "b.imported-2.bpmn" in run("import", folder / "b.bpmn20.xml", "--apply-repairs").stdout
    assert (draft.read_bytes(), (folder / "b.imported-2.bpmn").read_bytes()) == (b"changed by hand", written)
    assert run("import", folder / "b.imported-2.bpmn").stdout.splitlines()[0].endswith("：可以导入")


def test_a_folder_of_its_own_gets_every_draft(run: Run, folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "out"
    run("import", folder, "--apply-repairs", "--to", target)
    assert sorted(path.name for path in target.rglob("*.*")) == ["a.bpmn", "b.bpmn20.xml"]
    assert (target / "a.bpmn").read_bytes() == (folder / "a.bpmn").read_bytes()
    run("import", folder, "--apply-repairs", "--to", folder)
    assert b"ls:repair" not in (folder / "b.bpmn20.xml").read_bytes()
    assert b"ls:repair" in (folder / "b.imported.bpmn").read_bytes()
    (tmp_path / "file").write_text("x")
    full = run("import", folder / "a.bpmn", "--apply-repairs", "--to", tmp_path / "file" / "deep")
    assert (full.exit_code, "写不出" in full.stderr) == (1, True)


def test_what_a_file_calls_is_found_beside_it(run: Run, tmp_path: Path) -> None:
    call = LINE.replace("<userTask", '<callActivity calledElement="Q"')
    (tmp_path / "main.bpmn").write_bytes(file(call))
    (tmp_path / "part.bpmn").write_bytes(file(LINE, name="Q"))
    done = run("import", tmp_path / "main.bpmn", "--format", "json")
    (told,) = json.loads(done.stdout)
    assert (done.exit_code, told["result"], told["repairs"]) == (0, "imported", [])
    (tmp_path / "part.bpmn").unlink()


def test_the_main_process_may_be_named(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.bpmn"
    path.write_bytes(file(LINE))
    assert run("import", path, "--main", "P").exit_code == 0
    done = run("import", path, "--main", "没有")
    assert (done.exit_code, "main-process-missing" in done.stdout) == (1, True)


def test_no_file_makes_it_stumble(run: Run, tmp_path: Path) -> None:
    inside = tmp_path / "in"
    (inside / "folder.bpmn").mkdir(parents=True)
    bodies = {
        "empty": b"",
        "large": b"<a>" * 2_000_000,
        "deep": b"<a>" * 5000,
        "bytes": bytes(range(256)) * 9,
        "bom": b"\xff\xfe\x00",
        "nul": b"\0" * 100,
        "yaml": b"a: [b",
    }
    for name, body in bodies.items():
        (inside / f"{name}.bpmn").write_bytes(body)
    (inside / os.fsdecode(b"\xff\xfe.bpmn")).write_bytes(file(LINE))
    (inside / "gone.bpmn").symlink_to(inside / "nowhere")
    os.mkfifo(inside / "pipe.bpmn")
    for form in ("json", "text"):
        done = run("import", inside, "--format", form, "--apply-repairs", "--to", tmp_path / "out")
        assert done.exit_code == 1
    told = {Path(one["file"]).stem: one for one in json.loads(run("import", inside, "--format", "json").stdout)}
    assert [name for name, one in told.items() if one["result"] != "refused"] == ["\ufffd\ufffd"]
    assert {told[name]["findings"][0]["rule"] for name in ("gone", "pipe")} == {"file-unreadable"}
    assert all(f["element"] and f["line"] >= 1 for one in told.values() for f in one["findings"])


@pytest.mark.parametrize(
    "words", [(), ("nowhere.bpmn",), (".", "--to", "x"), (".", "--format", "xml"), (".", "--unknown")], ids=str
)
def test_wrong_use_is_two(words: tuple[str, ...], run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("import", *words).exit_code == 2
    assert run("import", tmp_path).exit_code == 2


def test_of_a_file_that_is_too_large_only_the_limit_is_told(run: Run, tmp_path: Path) -> None:
    """No more of it was read than shows that it is too large."""
    with (tmp_path / "big.bpmn").open("wb") as big:
        big.truncate(50 * 1024 * 1024)
    done = run("import", tmp_path / "big.bpmn")
    assert done.exit_code == 1
    assert "文件超过 5 MB 的上限，没有读取。" in done.stdout
    assert "有 5 MB" not in done.stdout
