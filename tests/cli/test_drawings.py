"""`lianshen play`, `sketch`, `publish`, `export`: what a designer does with files."""

from __future__ import annotations

import json
import os
import shutil
from importlib import resources
from pathlib import Path

import pytest

from engine.catalogue import running_version, versions
from engine.people import office_by_code
from tests.cli.conftest import Run
from tests.drawings import draw
from tests.hall import Hall

SHIPPED = Path(str(resources.files("bpmn")))
DEAD_END = Path(__file__).parent.parent / "diagrams" / "rules" / "dead-end" / "bad.bpmn"


# ---------------------------------------------------------------- play
def played(run: Run, *words: object, **more: str) -> list[str]:
    """The steps as `id=outcome`, what came from outside in brackets, and how it ended."""
    told = []
    for line in run("play", *words, **more).stdout.splitlines():
        head, arrow, outcome = line.partition(" → ")
        told.append(f"{head.partition('[')[2].rstrip(']')}={outcome}" if arrow else line.strip())
    return told


def test_a_matter_that_is_called_is_granted_and_ends_otherwise_where_told(run: Run) -> None:
    up = [
        "intake=accept",
        "site_visit=done",
        "review=pass",
        "escalate=sent_up",
        "above=granted",
        "deliver=delivered",
    ]
    assert played(run, SHIPPED / "county/LY01") == [*up, "结束"]
    stage = played(run, SHIPPED / "HZ01", "--fact", "land=auctioned", "--take", "zr01=withdrawn")
    assert [line for line in stage if line.endswith(("granted", "withdrawn"))] == [
        "tz02=granted",
        "zr01=withdrawn",
        "gh02=granted",
    ]
    assert stage[-3:] == ["summary=concluded", "deliver=delivered", "结束"]


def test_the_first_outcomes_lead_to_the_end(run: Run) -> None:
    straight = ["intake=accept", "review=pass", "decide=grant", "certificate=made", "deliver=delivered", "结束"]
    assert played(run, SHIPPED / "GH02") == straight
    assert run("play", SHIPPED / "GH02").exit_code == 0


def test_choices_are_used_in_their_order(run: Run) -> None:
    twice = ("--take", "intake=request_correction", "--take", "intake=refuse_acceptance")
    told = played(run, SHIPPED / "GH02", *twice)
    assert told == [
        "intake=request_correction",
        "（收到消息 correction_received）",
        "intake=refuse_acceptance",
        "结束",
    ]


BRANCHED = draw(
    "QT01",
    "start:start intake:intake(accept) x:x big:review(pass) small:check(pass) end:end wait:timer=P3D",
    "start>intake intake>x x>big?amount>100 x>small?100>=amount big>wait wait>end small>end",
)


@pytest.mark.parametrize(
    ("amount", "way"), [("101", ["big=pass", "wait"]), ("100", ["small=pass"]), ("1e2", ["small=pass"])]
)
def test_a_fact_chooses_the_way(run: Run, tmp_path: Path, amount: str, way: list[str]) -> None:
    """A number is a number; a drawn wait is over at its moment."""
    (tmp_path / "own.bpmn").write_bytes(BRANCHED)
    told = played(run, tmp_path / "own.bpmn", "--fact", f"amount={amount}")
    waited = [line for line in told if line.startswith("（到了 ")]
    assert len(waited) == ("wait" in way)
    assert [line for line in told if line not in waited] == ["intake=accept", way[0], "结束"]


def test_a_way_that_only_people_know(run: Run, tmp_path: Path) -> None:
    flows = "start>intake intake>x x>a x>b a>end b>end"
    (tmp_path / "own.bpmn").write_bytes(
        draw("QT02", "start:start intake:intake(accept) x:x a:review b:review end:end", flows)
    )
    assert played(run, tmp_path / "own.bpmn", "--take", "x=f3")[2] == "b=pass"
    assert played(run, tmp_path / "own.bpmn", "--ask", input="accept\nf3\npass\n")[-1] == "结束"


def test_a_diagram_that_goes_round_is_left(run: Run, tmp_path: Path) -> None:
    flows = "start>a a>x x>a?outcome=='pass' x>end?outcome=='return'"
    (tmp_path / "own.bpmn").write_bytes(draw("QT03", "start:start a:review(pass,return) x:x end:end", flows))
    told = played(run, tmp_path / "own.bpmn")
    assert told[-1].startswith("停在")
    assert set(told[:-1]) == {"a=pass"}


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--take", "intake=nonsense"), 6, "没有“nonsense”这种结果"),
        (("--take", "nowhere=accept"), 1, "没有用到：nowhere=accept"),
        (("--take", "intake"), 2, "没有等号"),
        (("--fact", "amount"), 2, "没有等号"),
    ],
)
def test_a_choice_that_means_nothing_is_told(run: Run, words: tuple[str, ...], code: int, said: str) -> None:
    done = run("play", SHIPPED / "GH02", *words)
    assert done.exit_code == code
    assert said in done.output


def test_an_unsound_diagram_is_not_played(run: Run, tmp_path: Path) -> None:
    (tmp_path / "no.bpmn").write_text("<definitions", "utf-8")
    done = run("play", tmp_path / "no.bpmn")
    assert (done.exit_code, done.stdout) == (6, "")


# ---------------------------------------------------------------- sketch
def test_a_sketch_can_be_played(run: Run, tmp_path: Path) -> None:
    shutil.copytree(SHIPPED / "parts", tmp_path / "parts")
    lines = "intake 受理 nr nr-1 1wd\nreview 审查 nr 2wd\ndecide 核准 nr 1wd\n"
    target = tmp_path / "QT01" / "matter.bpmn"
    assert run("sketch", "QT01", "测试事项", "-", "--to", target, input=lines).exit_code == 0
    assert run("sketch", "QT01", "测试事项", "-", input=lines).stdout.encode() == target.read_bytes()
    assert run("lint", tmp_path / "QT01").exit_code == 0
    assert played(run, tmp_path / "QT01")[-1] == "结束"


def test_a_sketch_with_faults_draws_nothing(run: Run, tmp_path: Path) -> None:
    done = run("sketch", "QT01", "测试事项", "-", "--to", tmp_path / "no.bpmn", input="fly 起飞 nr\n")
    assert done.exit_code == 6
    assert not (tmp_path / "no.bpmn").exists()


# ---------------------------------------------------------------- publish and export
def files(folder: Path) -> dict[str, bytes]:
    return {str(f.relative_to(folder)): f.read_bytes() for f in sorted(folder.rglob("*")) if f.is_file()}


def copied(to: Path) -> Path:
    """The shipped matter with the parts beside it, to be changed."""
    shutil.copytree(SHIPPED / "parts", to / "parts")
    return shutil.copytree(SHIPPED / "GH02", to / "GH02")


def aged(folder: Path, seconds: float) -> None:
    """All files as if written so many seconds from now."""
    for file in folder.rglob("*"):
        stamp = file.stat().st_mtime + seconds
        os.utime(file, (stamp, stamp))


def running(hall: Hall) -> int:
    with hall.database.reading() as tx:
        return running_version(tx, office_by_code(tx, "lz").id, "GH02").number


def test_the_very_bytes_come_back(run: Run, hall: Hall, hall_url: str, tmp_path: Path) -> None:
    done = run("export", "GH02", "--office", "lz", "--to", tmp_path / "GH02", url=hall_url)
    assert done.exit_code == 0
    shipped, exported = files(SHIPPED / "GH02"), files(tmp_path / "GH02")
    assert exported == shipped
    again = run("publish", tmp_path / "GH02", "--office", "lz", "--as", "wu", url=hall_url)
    assert (again.exit_code, running(hall)) == (0, 1)
    assert "内容未变" in again.stdout


def test_versions_follow_each_other_and_an_old_file_must_say_so(
    run: Run, hall: Hall, hall_url: str, tmp_path: Path
) -> None:
    first, second = copied(tmp_path / "1"), copied(tmp_path / "2")
    guide = (second / "guide.yaml").read_text("utf-8")
    (second / "guide.yaml").write_text(guide.replace("不收费", "免收费用"), "utf-8")
    assert files(first) != files(second)
    publish = ("--office", "lz", "--as", "wu")
    aged(second, 3600)
    assert run("publish", second, *publish, "--note", "改费用", url=hall_url).exit_code == 0
    assert run("publish", second, *publish, url=hall_url).exit_code == 0
    assert running(hall) == 2
    old = run("publish", first, *publish, url=hall_url)
    assert (old.exit_code, running(hall)) == (5, 2)
    assert "--over 2" in old.stderr
    assert run("publish", first, *publish, "--over", "1", url=hall_url).exit_code == 5
    assert run("publish", first, *publish, "--over", "2", url=hall_url).exit_code == 0
    assert running(hall) == 1, "this content had a number already"
    with hall.database.reading() as tx:
        history = versions(tx, office_by_code(tx, "lz"), "GH02")
    assert [(v.number, v.running) for v in sorted(history, key=lambda v: v.number)] == [(1, True), (2, False)]
    (first / "forms" / "of-another-version.json").write_text("{}", "utf-8")
    assert run("export", "GH02", "--office", "lz", "--number", "2", "--to", first, url=hall_url).exit_code == 0
    assert files(first) == files(second), "no mixture with what lay there"
    assert run("verify", url=hall_url).exit_code == 0, "publishing is journalled by the office"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("publish", SHIPPED / "GH02", "--office", "lz", "--as", "zhao"), 4),
        (("publish", SHIPPED / "GH02", "--office", "lz", "--as", "nobody"), 3),
        (("publish", SHIPPED / "GH02", "--office", "nowhere", "--as", "wu"), 3),
        (("publish", SHIPPED / "GH02", "--office", "lz"), 2),
        (("export", "GH99", "--office", "lz"), 3),
        (("export", "GH02", "--office", "lz", "--number", "7"), 3),
    ],
)
def test_what_is_not_published_or_exported(run: Run, hall_url: str, words: tuple[object, ...], code: int) -> None:
    assert run(*words, url=hall_url).exit_code == code


def test_a_folder_is_not_read_for_who_may_not_publish(run: Run, hall_url: str, tmp_path: Path) -> None:
    assert run("publish", tmp_path, "--office", "lz", "--as", "zhao", url=hall_url).exit_code == 4
    assert run("publish", tmp_path, "--office", "lz", "--as", "wu", url=hall_url).exit_code == 3, (
        "there is nothing in it"
    )


def test_a_matter_with_errors_is_not_published(run: Run, hall: Hall, hall_url: str, tmp_path: Path) -> None:
    folder = copied(tmp_path)
    (folder / "matter.bpmn").write_bytes(DEAD_END.read_bytes())
    aged(folder, 3600)
    done = run("publish", folder, "--office", "lz", "--as", "wu", url=hall_url)
    assert (done.exit_code, running(hall)) == (6, 1)
    assert "matter.bpmn:" in done.stderr


# ---------------------------------------------------------------- prove
EMPTY = b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="x"><process id="p"/></definitions>'


def test_what_is_proved_of_a_matter(run: Run) -> None:
    done = run("prove", SHIPPED / "GH02", SHIPPED / "GH02" / "matter.bpmn")
    assert done.exit_code == 0, done.stdout
    lines = done.stdout.splitlines()
    assert lines[1] == "  办得结：每件都能办结，没有办两遍和到不了的步骤"
    assert lines[2].startswith("  按已公布的日历逐日核算（2018-01-01 至 2026-")
    assert lines[3].startswith(
        "  承诺时限 3 个工作日（自受理起）：守得住，最长 3 个工作日，浮时 0 个工作日，每个开始日都一样"
    )
    assert "  浮时（承诺时限，工作日）：审查 0，核准 0" in lines
    assert "  退回 1 次、每一步又用足时限：" in lines
    assert lines[-1] == "  办得结：每件都能办结，没有办两遍和到不了的步骤", "a file alone has no limits"


def test_what_does_not_hold_is_said_with_its_path(run: Run) -> None:
    done = run("prove", SHIPPED / "HZ04")
    assert done.exit_code == 1
    assert (
        "晚 3 个工作日：建设工程规划条件核实 5 个工作日 → 竣工联合验收 10 个工作日；每个开始日都守不住" in done.stdout
    )


def test_a_folder_is_proved_one_after_the_other(run: Run, tmp_path: Path) -> None:
    """Matters and other drawings, as lint finds them; what cannot be read does not hold the others up."""
    assert run("prove", tmp_path).exit_code == 2
    shutil.copytree(SHIPPED / "parts", tmp_path / "parts")
    shutil.copytree(SHIPPED / "GH02", tmp_path / "GH02")
    shutil.copy(SHIPPED / "GH02" / "matter.bpmn", tmp_path / "own.bpmn")
    assert run("prove", tmp_path).exit_code == 0
    (tmp_path / "gone.bpmn").symlink_to(tmp_path / "nowhere")
    (tmp_path / "void.bpmn").write_bytes(EMPTY)
    done = run("prove", "--json", tmp_path)
    assert done.exit_code == 1
    sound = {Path(one["path"]).name: one["sound"] and one["sound"]["sound"] for one in json.loads(done.stdout)}
    assert sound == {"GH02": True, "gone.bpmn": None, "own.bpmn": True, "void.bpmn": False}


def test_proved_by_the_calendar_of_an_office_and_as_json(run: Run, hall_url: str) -> None:
    done = run("prove", "--json", "--office", "lz", SHIPPED / "HZ04", url=hall_url)
    (one,) = json.loads(done.stdout)
    assert (one["sound"]["sound"], one["time"]["kept"], one["time"]["promised"]["slack"]) == (True, False, -3)
