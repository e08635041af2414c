"""`lianshen connection …`: what an administrator registers, and that the secret is never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.hall import Hall
from tests.other_system import OtherSystem
from tests.outbound import SECRET, World

GOOD = (
    "connection",
    "add",
    "RK",
    "--name",
    "人口库",
    "--url",
    "https://10.1.2.3/check",
    "--as",
    "feng",
    "--office",
    "lz",
)
LIST = ("connection", "list", "--as", "feng", "--office", "lz")


@pytest.mark.parametrize("hall_url", ["sqlite"], indirect=True)
def test_registered_listed_and_closed(run: Run, hall: Hall, hall_url: str, tmp_path: Path) -> None:
    typed = run(*GOOD, url=hall_url, input=f"{SECRET}\n{SECRET}\n")
    assert (typed.exit_code, SECRET in typed.output) == (0, False)
    assert "已登记对接 RK 人口库" in typed.stdout
    assert run(*GOOD, url=hall_url, input=f"{SECRET}\n{SECRET}\n").exit_code == 5, "it is known"
    listed = run(*LIST, url=hall_url)
    assert listed.stdout == "RK           人口库　https://10.1.2.3/check　10 秒\n"
    closed = run("connection", "disable", "RK", "--as", "feng", "--office", "lz", url=hall_url)
    assert (closed.exit_code, closed.stdout) == (0, "RK 已停用\n")
    assert run(*LIST, url=hall_url).stdout.endswith("　已停用\n")
    file = tmp_path / "secret.txt"
    file.write_text(f"{SECRET}\n", "utf-8")
    again = run(*GOOD, "--secret-file", file, "--timeout", 3, url=hall_url)
    assert (again.exit_code, SECRET in again.output) == (0, False)
    assert "　3 秒\n" in run(*LIST, url=hall_url).stdout
    assert run("verify", url=hall_url).exit_code == 0


@pytest.mark.parametrize("hall_url", ["sqlite"], indirect=True)
def test_who_may_not_is_asked_for_no_secret_and_what_is_wrong_is_named(run: Run, hall: Hall, hall_url: str) -> None:
    words = [word if word != "feng" else "sun" for word in GOOD]
    refused = run(*words, url=hall_url, input=f"{SECRET}\n{SECRET}\n")
    assert (refused.exit_code, "密钥" in refused.output) == (4, False)
    words = [word.replace("https://10.1.2.3/check", "https://169.254.169.254/?token=1") for word in GOOD]
    wrong = run(*words, url=hall_url, input=f"{SECRET}\n{SECRET}\n")
    assert (wrong.exit_code, SECRET in wrong.output) == (6, False)
    assert "网址里不带 ? 和 # 之后的部分" in wrong.stderr
    assert run(*LIST, url=hall_url).stdout == ""


@pytest.mark.parametrize("hall_url", ["sqlite"], indirect=True)
def test_the_worker_asks_with_the_key_of_its_home(run: Run, hall: Hall, hall_url: str) -> None:
    with OtherSystem() as system:
        world = World(hall, system, register=False)
        words = [word.replace("https://10.1.2.3/check", system.url) for word in GOOD]
        assert run(*words, url=hall_url, input=f"{SECRET}\n{SECRET}\n").exit_code == 0
        asking = world.comes((200, {"alive": True}))
        assert run("worker", "--drain", "--at", "2026-03-02 02:00:00", url=hall_url).exit_code == 0
    assert (len(asking.asked), asking.call.state) == (1, "answered")
    assert run("verify", url=hall_url).exit_code == 0
