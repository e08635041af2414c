"""`lianshen account …`: what an administrator does about people, and what he is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.cli.conftest import Run
from tests.hall import Hall


def line(run: Run, url: str, login: str) -> str:
    done = run("account", "list", "--as", "feng", "--office", "lz", url=url)
    assert done.exit_code == 0
    (found,) = (line for line in done.stdout.splitlines() if line.startswith(f"{login} "))
    return found


def test_roles_and_seats_are_changed_and_listed(run: Run, hall: Hall, hall_url: str) -> None:
    case_id = hall.accepted("GH02")
    hall.claim("qian", case_id, "review")
    assert line(run, hall_url, "qian").endswith("钱立　审查员　审查人 reviewer　nr-1")
    asked = ("--take", "reviewer", "--give", "approver", "--seat", "nr-2", "--leave", "nr-1", "--post", "登记核准")
    done = run("account", "change", "qian", "--as", "feng", *asked, "--reason", "调岗", url=hall_url)
    assert done.exit_code == 0
    assert done.stdout.splitlines() == [
        line(run, hall_url, "qian"),
        "1 件办件里他签收的任务将由巡查放回待签收",
    ]
    assert line(run, hall_url, "qian").endswith("钱立　登记核准　首席代表 approver　nr-2")
    assert run("worker", "--drain", url=hall_url).exit_code == 0
    assert hall.task(case_id, "review", "open").officer_id is None
    assert run("verify", url=hall_url).exit_code == 0
    for by, code in (("sun", 4), ("nobody", 3), ("feng", 6)):
        done = run("account", "change", "zhao", "--as", by, "--give", "king", "--reason", "x", url=hall_url)
        assert (done.exit_code, done.stdout) == (code, "")
    assert "/give：角色“king”不存在" in done.stderr


def test_a_stand_in_is_appointed_listed_and_ended(run: Run, hall: Hall, hall_url: str) -> None:
    today = datetime.now(UTC).date()
    days = ("--from", str(today + timedelta(1)), "--until", str(today + timedelta(10)))
    asked = ("account", "stand-in", "sun", "qian", "--as", "feng", *days)
    assert run(*asked, url=hall_url).exit_code == 2, "not without a basis"
    done = run(*asked, "--basis", "年休假", url=hall_url)
    assert (done.exit_code, done.stdout) == (0, f"qian 代 sun 办理，{days[1]} 至 {days[3]}\n")
    assert run(*asked, "--basis", "年休假", url=hall_url).exit_code == 5, "not for the same days again"
    listed = run("account", "list", "--as", "feng", "--office", "lz", url=hall_url).stdout
    assert f"由 qian 代理 {days[1]} 至 {days[3]}（年休假）" in listed
    over = ("account", "end-stand-in", "sun", "qian", "--as", "feng", "--reason", "提前返岗")
    assert run(*over, url=hall_url).stdout == "qian 不再代 sun 办理\n"
    assert run(*over, url=hall_url).exit_code == 3
    assert "代理" not in run("account", "list", "--as", "feng", "--office", "lz", url=hall_url).stdout
    assert run("verify", url=hall_url).exit_code == 0
