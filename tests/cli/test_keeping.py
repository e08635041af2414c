"""`lianshen found`, `calendar import`, `worker`, `doctor`, `backup`, `demo`: what keeps a hall running, on both databases."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from engine.clock import Notice, dump_notice
from engine.people import check_password, office_by_code, offices
from engine.store import Database, tables
from tests.cli.conftest import Run
from tests.hall import Hall
from tests.postgres import Cluster

SMALL = """
offices:
  - code: lz
    name: 临州市政务服务中心
    region: CN
    level: city
    departments:
      - {code: nr, name: 自然资源和规划局, windows: [{code: nr-1, name: 自然资源窗口}]}
    officers:
      - {login: zhao, name: 赵敏, identity: lz-001, department: nr, post: 窗口工作人员, roles: [clerk], windows: [nr-1]}
      - {login: feng, name: 冯宁, identity: lz-008, department: nr, post: 系统管理员, roles: [admin]}
"""


# ---------------------------------------------------------------- found
def test_an_office_is_founded_once_and_its_passwords_are_told(
    run: Run, database: Database, database_url: str, tmp_path: Path
) -> None:
    (tmp_path / "hall.yaml").write_text(SMALL, "utf-8")
    done = run("found", tmp_path / "hall.yaml", url=database_url)
    assert done.exit_code == 0
    told = {line.split()[0]: line.split()[1] for line in done.stdout.splitlines()}
    assert sorted(told) == ["feng", "zhao"]
    with database.reading() as tx:
        for login, password in told.items():
            assert check_password(tx, login, password).login == login
    again = run("found", tmp_path / "hall.yaml", url=database_url)
    assert (again.exit_code, again.stdout) == (6, "")
    with database.reading() as tx:
        assert len(offices(tx)) == 1
    assert run("verify", url=database_url).exit_code == 0


# ---------------------------------------------------------------- calendar import
def notice(tmp_path: Path, number: str = "测试〔2097〕1号") -> Path:
    """A fictional arrangement of a year that no shipped notice reaches."""
    off = [f"2098-01-{d:02}" for d in (1, 2, 3, 6)] + ["2098-05-01", "2098-10-01"]
    told = {"number": number, "title": "测试", "year": 2098, "region": "CN", "issued_on": "2097-12-10", "src": "P"}
    file = tmp_path / f"{number}.json"
    file.write_text(
        json.dumps({**told, "holds_from": "2097-12-10", "off": off, "work": []}, ensure_ascii=False), "utf-8"
    )
    return file


def test_a_notice_moves_the_open_dates(run: Run, hall: Hall, hall_url: str, tmp_path: Path) -> None:
    case_id = hall.at("2097-12-24").accepted()
    before = hall.clock(case_id, "statutory").due_on
    done = run("calendar", "import", notice(tmp_path), "--as", "feng", "--office", "lz", url=hall_url)
    assert (done.exit_code, done.stdout) == (0, "测试〔2097〕1号 已导入，重算 1 件办件的日期\n")
    after = hall.clock(case_id, "statutory").due_on
    assert after == hall.time.calendar.add(date(2097, 12, 24), 20).on
    assert after > before
    assert hall.acts_of(case_id)[-1] == "recount"
    assert run("verify", url=hall_url).exit_code == 0


def test_who_may_import_what_and_how_often(run: Run, hall_url: str, tmp_path: Path) -> None:
    file, to = notice(tmp_path), ("--office", "lz")
    (tmp_path / "no.json").write_text('{"number": "x"', "utf-8")
    assert run("calendar", "import", file, "--as", "zhao", *to, url=hall_url).exit_code == 4
    assert run("calendar", "import", tmp_path / "no.json", "--as", "feng", *to, url=hall_url).exit_code == 6
    assert run("calendar", "import", tmp_path / "no.json", "--as", "zhao", *to, url=hall_url).exit_code == 4, "unread"
    assert run("calendar", "import", file, "--as", "feng", *to, url=hall_url).exit_code == 0
    assert run("calendar", "import", file, "--as", "feng", *to, url=hall_url).exit_code == 5
    assert run("calendar", "import", file, "--as", "nobody", *to, url=hall_url).exit_code == 3


# ---------------------------------------------------------------- worker
def test_a_worker_does_what_is_due_at_its_moment_and_ends(run: Run, hall: Hall, hall_url: str) -> None:
    case_id = hall.at("2026-03-02").accepted()  # promised due 5 March, 17:00 at the office is 09:00 UTC
    for at, told in (
        ("2026-03-02T02:00:00", "灯色变化 0 处，执行工作 0 件\n"),
        ("2026-03-05T08:59:59", "灯色变化 2 处，执行工作 2 件\n"),
        ("2026-03-05T09:00:00", "灯色变化 1 处，执行工作 1 件\n"),
        ("2026-03-05T09:00:00", "灯色变化 0 处，执行工作 0 件\n"),
    ):
        done = run("worker", "--drain", "--at", at, url=hall_url)
        assert (at, done.exit_code, done.stdout) == (at, 0, told)
    assert hall.clock(case_id, "promised").lamp == "red"
    assert run("worker", "--drain", "--at", "soon", url=hall_url).exit_code == 2


# ---------------------------------------------------------------- doctor
def examined(run: Run, url: str) -> tuple[int, dict[str, str]]:
    """The exit code, and of each subject whether it is well (the worst where it comes twice)."""
    done = run("doctor", url=url)
    words: dict[str, str] = {}
    for line in done.stdout.splitlines():
        word, _, told = line.partition("  ")
        subject = told.partition("：")[0]
        words[subject] = "注意" if "注意" in (word, words.get(subject)) else word
    return done.exit_code, words


def far_calendar(hall: Hall) -> None:
    """Somebody brought in the notices of all years until the one after next."""
    year = datetime.now(UTC).year
    with hall.database.writing() as tx:
        for y in range(2018, year + 3):
            days = tuple(date(y, month, 1) for month in (1, 5, 10))
            made = Notice(f"测试〔{y}〕", date(y - 1, 12, 1), date(y - 1, 12, 1), y, off=days)
            values = {"region": "CN", "number": made.number, "year": y, "holds_from": made.holds_from}
            tx.insert_once(tables.calendar_notices, **values, body=dump_notice(made), imported_at=hall.now)


def test_a_hall_that_is_well(run: Run, hall: Hall, hall_url: str) -> None:
    far_calendar(hall)
    assert run("worker", "--drain", url=hall_url).exit_code == 0
    code, words = examined(run, hall_url)
    assert (code, set(words.values())) == (0, {"正常"})
    assert {"表结构", "机构", "时区数据", "巡查", "磁盘", "积压", "日历"} <= set(words)


def test_what_goes_wrong_quietly_is_seen(run: Run, hall: Hall, hall_url: str) -> None:
    """Each by itself, and put right again: nobody sweeps, a job was laid aside, the calendar comes to its end."""
    far_calendar(hall)
    now, beats, jobs = datetime.now(UTC), tables.heartbeats, tables.jobs
    assert examined(run, hall_url)[1]["巡查"] == "注意", "nobody has ever swept"
    run("worker", "--drain", url=hall_url)

    def worst(statement: sa.Executable) -> list[str]:
        with hall.database.writing() as tx:
            tx.execute(statement)
        code, words = examined(run, hall_url)
        bad = [subject for subject, word in words.items() if word == "注意"]
        assert code == bool(bad)
        return bad

    assert worst(beats.update().values(at=now - timedelta(minutes=6))) == ["巡查"]
    assert worst(beats.update().values(at=now + timedelta(days=30))) == ["巡查"], "a sweep of another day is no sweep"
    run("worker", "--drain", url=hall_url)
    late = {"kind": "recount", "payload": {}, "run_at": now - timedelta(minutes=6), "try_at": now, "state": "waiting"}
    assert worst(jobs.insert().values(**late)) == ["积压"], "the sweep beats, and the work stays undone"
    worst(jobs.delete())
    dead = {"kind": "notice", "payload": {}, "run_at": now, "try_at": now, "state": "dead", "attempts": 8}
    assert worst(jobs.insert().values(**dead)) == ["积压"]
    assert worst(jobs.delete()) == []
    last_years = tables.calendar_notices.c.year >= now.year
    assert worst(tables.calendar_notices.delete().where(last_years)) == ["日历"]


def test_how_old_the_last_sweep_is_and_what_to_do(run: Run, hall: Hall, hall_url: str) -> None:
    beats = tables.heartbeats
    for ago, said in (
        (None, "还没有巡查过：启动 lianshen serve"),
        (timedelta(minutes=7), "已过 7 分钟：看 lianshen serve"),
        (timedelta(days=3), "已过 3 天"),
        (timedelta(days=-1), "比现在还晚"),
    ):
        with hall.database.writing() as tx:
            tx.execute(beats.delete())
            if ago is not None:
                tx.insert_once(beats, name="duties", at=datetime.now(UTC) - ago)
        done = run("doctor", url=hall_url)
        assert done.exit_code == 1
        assert f"注意  巡查：{'' if ago is None else '最近一次'}" in done.stdout
        assert said in done.stdout


def test_a_disk_that_fills_up(run: Run, hall: Hall, hall_url: str, tmp_path: Path) -> None:
    """More than any disk has is too little; of SQLite the database's own disk counts."""
    full = run("doctor", "--low-disk", 10**9, url=hall_url)
    assert full.exit_code == 1
    (line,) = (line for line in full.stdout.splitlines() if "磁盘" in line)
    assert line.startswith("注意  磁盘：")
    assert f"少于 {10**9} MB：清理或扩容" in line
    assert (str(tmp_path) in line) == (hall.database.dialect == "sqlite")
    assert "正常  磁盘：" in run("doctor", "--low-disk", 1, url=hall_url).stdout


# ---------------------------------------------------------------- backup
def test_a_backup_opens_and_verifies_clean(
    run: Run, hall: Hall, hall_url: str, cluster: Cluster, tmp_path: Path
) -> None:
    """The copy of SQLite, and the dump of PostgreSQL restored: the case that was there is there, with all around it."""
    case_id = hall.at("2026-03-02").accepted()
    copy = tmp_path / "copies" / "hall.backup"
    assert run("backup", copy, url=hall_url).exit_code == 0
    assert run("backup", copy, url=hall_url).exit_code == 5, "never over an older one"
    restored = f"sqlite:///{copy}" if hall.database.dialect == "sqlite" else cluster.restore(copy, "kept")
    done = run("verify", url=restored)
    assert (done.exit_code, done.stdout) == (0, "核验 1 件办件，0 处不符\n")
    opened = Database.open(restored)
    assert Hall(opened).acts_of(case_id) == ["receive", "claim", "accept"]
    opened.close()


def test_a_dump_that_fails_leaves_nothing(run: Run, hall_url: str, tmp_path: Path) -> None:
    (tmp_path / "in the way").write_text("", "utf-8")
    target = tmp_path / "in the way" / "b.db"
    done = run("backup", target, url=hall_url)
    assert done.exit_code == 8
    assert "备份没有成功" in done.stderr
    assert sorted(p.name for p in tmp_path.iterdir() if "b.db" in p.name) == []


# ---------------------------------------------------------------- demo
def test_the_demo_fills_no_hall_that_is_in_use(run: Run, hall: Hall, hall_url: str) -> None:
    case_id = hall.file("GH02").case_id
    done = run("demo", url=hall_url)
    assert (done.exit_code, done.stdout) == (5, "")
    assert "只装入空数据库" in done.stderr
    with hall.database.reading() as tx:
        assert tx.value(sa.select(sa.func.max(tables.cases.c.id))) == case_id
        assert office_by_code(tx, "lz").name
