"""`lianshen workday` and `lianshen clock`: every day that is told can be reckoned after."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from engine.clock import WorkCalendar, shipped_notices
from engine.supervision import publish_notice
from tests.cli.conftest import Run
from tests.hall import Hall

CALENDAR = WorkCalendar.of(shipped_notices())


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("2025-09-26", "20"), "2025-10-30"),
        (("2025-09-30", "0"), "2025-09-30"),
        (("2025-10-01", "0"), "2025-10-09"),
        (("2150-01-01", "5"), "2150-01-08 provisional"),
        (("2025-09-26", "20", "--region", "CN"), "2025-10-30"),
    ],
)
def test_a_workday(run: Run, words: tuple[str, ...], told: str) -> None:
    done = run("workday", "add", *words)
    assert (done.exit_code, done.stdout) == (0, f"{told}\n")


@pytest.mark.parametrize(
    ("words", "code"),
    [(("2025-02-30", "3"), 6), (("2025-01-01", "100000"), 6), (("2025-01-01",), 2), (("2025-01-01", "--", "-1"), 2)],
)
def test_what_is_no_day(run: Run, words: tuple[str, ...], code: int) -> None:
    done = run("workday", "add", *words)
    assert (done.exit_code, done.stdout) == (code, "")


@pytest.mark.parametrize(
    ("region", "said"), [("XX", "“XX”不认识"), ("", "“”不认识"), ("CN-51-34", "没有地区 CN-51-34")]
)
def test_a_region_that_nobody_knows_is_refused(run: Run, region: str, said: str) -> None:
    for words in (("workday", "add", "2025-09-26", "20"), ("clock", "explain", "2025-09-08", "20wd")):
        done = run(*words, "--region", region)
        assert (done.exit_code, done.stdout) == (6, "")
        assert said in done.stderr


def test_an_offices_own_days(run: Run, hall: Hall, hall_url: str) -> None:
    """With the notices that were brought into its database; a region beside it is a contradiction."""
    told = {"number": "测试〔2026〕3号", "year": 2026, "issued_on": "2026-03-02", "changes": "国办发明电〔2025〕7号"}
    with hall.database.writing() as tx:
        notice = {**told, "off": ["2026-03-10"], "work": [], "src": "P"}
        publish_notice(tx, hall.office, notice, hall.officer("feng"), hall.now)
    asked = ("workday", "add", "2026-03-09", "1")
    assert run(*asked).stdout == "2026-03-10\n"
    assert run(*asked, "--office", "lz", url=hall_url).stdout == "2026-03-11\n"
    assert run(*asked, "--office", "lz", "--region", "CN", url=hall_url).exit_code == 2
    assert run("clock", "explain", "--case", "x", "--region", "CN", url=hall_url).exit_code == 2


def test_many_days_from_standard_input(run: Run) -> None:
    asked = [(date(2024, 1, 1) + timedelta(i % 900), i % 60) for i in range(3000)]
    done = run("workday", "add", "-", input="".join(f"{day} {n}\n" for day, n in asked))
    assert done.exit_code == 0
    assert done.stdout.splitlines() == [str(CALENDAR.add(day, n)) for day, n in asked]


def test_bad_lines_are_told_in_their_places(run: Run) -> None:
    """One line each, the good ones are answered, and the exit code says that not all were."""
    bad = ["2025-02-30 3", "heute 3", "2025-01-01", "2025-01-01 -1", "2025-01-01 1_0", "1500-01-01 3", "2025-01-01 9 9"]
    done = run("workday", "add", "-", input="\n\n".join(f"{line}\n2025-09-26 20" for line in bad))
    assert done.exit_code == 6
    lines = done.stdout.splitlines()
    assert lines[1::2] == ["2025-10-30"] * len(bad)
    assert [line.startswith("错误：") for line in lines[::2]] == [True] * len(bad)


# ---------------------------------------------------------------- clock explain
PAUSED = ("2025-09-08", "20wd", "--pause", "2025-09-15..2025-10-20:expert_review", "--on", "2025-10-25")


def test_every_day_of_a_clock_is_told(run: Run) -> None:
    done = run("clock", "explain", *PAUSED)
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert lines[:3] == [
        "法定时限 20 个工作日，自受理（9月8日 周一）起算",
        "示例数据，未经核实",
        "专家评审：9月15日 周一至 10月20日 周一",
    ]
    days = lines[3:-2]
    assert len(days) == (date(2025, 11, 10) - date(2025, 9, 8)).days + 1
    assert "9月16日 周二  —  暂停（专家评审）" in days
    assert "10月1日 周三  —  节日（国办发明电〔2024〕12号）" in days
    counted = [line.split()[2] for line in days if line.split()[2] != "—"]
    assert counted == [str(n) for n in range(1, 21)]
    assert lines[-2:] == ["共 20 个工作日：已用 9 个，暂停 21 个，剩余 11 个", "到期：11月10日 周一 17:00"]


def test_an_extension_adds_its_days(run: Run) -> None:
    done = run("clock", "explain", "2025-09-08", "20wd", "--extend", "10wd", "--on", "2025-09-08")
    assert CALENDAR.add(date(2025, 9, 8), 30).on == date(2025, 10, 24)
    assert done.stdout.splitlines()[-1] == "到期：10月24日 周五 17:00"


def test_a_pause_that_is_not_over_leaves_the_end_open(run: Run) -> None:
    done = run("clock", "explain", "2025-09-08", "20wd", "--pause", "2025-09-15..:hearing", "--on", "2025-09-20")
    assert done.stdout.splitlines()[-1] == "暂停没有写明计划时间，结束后才能算出到期日"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((), 2),
        (("2025-09-08",), 2),
        (("2025-09-08", "20x"), 6),
        (("2025-13-08", "20wd"), 6),
        (("2025-09-08", "20wd", "--pause", "2025-09-15..2025-10-20:lunch"), 6),
        (("2025-09-08", "20wd", "--pause", "2025-09-15:hearing"), 6),
        (("2025-09-08", "20wd", "--pause", "2025-10-20..2025-09-15:hearing"), 6),
        (("2025-09-08", "20wd", "--kind", "soon"), 2),
    ],
)
def test_what_cannot_be_explained(run: Run, words: tuple[str, ...], code: int) -> None:
    done = run("clock", "explain", *words)
    assert (done.exit_code, done.stdout) == (code, "")
    assert done.stderr


def test_the_clocks_of_a_case(run: Run, hall: Hall, hall_url: str) -> None:
    case_id = hall.at("2026-03-02").accepted()
    done = run("clock", "explain", "--case", hall.case(case_id).case_no, "--on", "2026-03-03", url=hall_url)
    assert done.exit_code == 0
    told = [block.splitlines() for block in done.stdout.strip().split("\n\n")]
    promised = next(lines for lines in told if lines[0].startswith("承诺时限"))
    due = hall.clock(case_id, "promised").due_on
    assert promised[-1].startswith(f"到期：{due.month}月{due.day}日")
    assert any(lines[0].startswith("法定时限") for lines in told)


def test_a_case_that_is_not_there(run: Run, hall_url: str) -> None:
    assert run("clock", "explain", "--case", "GH02-2026-99999", url=hall_url).exit_code == 3
