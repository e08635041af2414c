"""Keeping it well: verify everything, back up, examine."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import metadata
from pathlib import Path

import sqlalchemy as sa

from engine.cases import CallCounts, Flaw, call_counts, case_ids, verify_case, verify_offices
from engine.config import Settings
from engine.errors import NotNow, NotReady
from engine.people import office_time, offices
from engine.store import Database, found, jobs, newest
from engine.supervision import last_round

STALE = timedelta(minutes=5)
LOW_DISK = 512  # MB


class BackupExists(NotNow):
    code = "backup-exists"
    sentence = "{target} 已经存在，没有备份。"
    remedy = "换一个文件名；备份从不覆盖旧文件。"


class BackupFailed(NotReady):
    code = "backup-failed"
    sentence = "备份没有成功：{why}。"
    remedy = "检查磁盘空间和文件夹的权限；PostgreSQL 还要有 pg_dump，版本不低于服务器。"


class AddressNotFree(NotReady):
    code = "address-not-free"
    sentence = "不能在 {host}:{port} 提供服务：{why}。"
    remedy = "停下占用这个端口的程序，或换一个（LIANSHEN_HOST、LIANSHEN_PORT，或 --host、--port）。"


@dataclass(frozen=True)
class Sign:
    """One thing that was looked at."""

    subject: str
    well: bool
    told: str


def flaws(database: Database) -> tuple[int, list[Flaw]]:
    """Verify every case and every office's chain. Returns how many cases, and every flaw."""
    with database.reading() as tx:
        ids = case_ids(tx)
        seen = list(verify_offices(tx))
    for case_id in ids:
        with database.reading() as tx:
            seen += verify_case(tx, case_id)
    return len(ids), seen


def backup(database: Database, url: str, target: Path) -> int:
    """A consistent copy in a new file that nobody else may read, taken while the server runs. Returns its size in bytes.
    Raises BackupExists, BackupFailed."""
    if target.exists():
        raise BackupExists(target=target)
    part = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part.touch(mode=0o600)
        if database.dialect == "sqlite":
            _copy_sqlite(str(sa.make_url(url).database), part)
        else:
            _dump_postgresql(sa.make_url(url), part)
        part.rename(target)
    except (OSError, sqlite3.Error) as failed:
        raise BackupFailed(why=getattr(failed, "strerror", None) or failed) from failed
    return target.stat().st_size


def _copy_sqlite(file: str, part: Path) -> None:
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(part)) as copy:
        source.backup(copy)


def _dump_postgresql(url: sa.URL, part: Path) -> None:
    """The password goes by the environment: every user of the machine can read the arguments of a command."""
    address = url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    secret = {"PGPASSWORD": str(url.password)} if url.password else {}
    command = ["pg_dump", "--format=custom", "--file", str(part), "--dbname", address]
    try:
        done = subprocess.run(command, env={**os.environ, **secret}, capture_output=True, text=True, check=False)
    except FileNotFoundError as missing:
        raise BackupFailed(why="没有找到 pg_dump") from missing
    if done.returncode:
        raise BackupFailed(why=done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "pg_dump")


def examine(database: Database, settings: Settings, now: datetime, low_disk: int = LOW_DISK) -> list[Sign]:
    """Look at everything that goes wrong quietly. low_disk: how many MB are too few."""
    with database.reading() as tx:
        all_offices = offices(tx)
        backlog = jobs.backlog(tx, now)
        swept, calls = last_round(tx), call_counts(tx, now)
        times = [(o, office_time(tx, o)) for o in all_offices]
    folder = _kept_in(settings)
    free = shutil.disk_usage(folder).free // 1024**2
    signs = [
        Sign("表结构", found(database) == newest(), f"{found(database)}"),
        Sign("机构", bool(all_offices), "、".join(f"{o.code} {o.name}" for o in all_offices) or "还没有登记机构"),
        Sign("时区数据", True, f"tzdata {metadata.version('tzdata')}"),
        _sweep_sign(swept, now),
        Sign(
            "磁盘",
            free >= low_disk,
            f"{folder} 剩余 {free / 1024:.1f} GB" + ("" if free >= low_disk else f"，少于 {low_disk} MB：清理或扩容"),
        ),
        _backlog_sign(backlog, now),
        _calls_sign(calls),
    ]
    for office, time in times:
        known = time.calendar.known_through
        ahead = (known - time.civil(now)).days
        told = f"{office.name}：日历已公布到 {known}，其后为暂定"
        signs.append(Sign("日历", ahead >= 30, told))
    return signs


def _sweep_sign(swept: datetime | None, now: datetime) -> Sign:
    """One from a moment that is still to come was left by somebody who tried another day."""
    if swept is None:
        return Sign("巡查", False, "还没有巡查过：启动 lianshen serve 或 lianshen worker")
    told = f"最近一次 {swept:%Y-%m-%d %H:%M:%S} UTC"
    if timedelta(0) <= now - swept <= STALE:
        return Sign("巡查", True, told)
    age = f"已过 {_words(now - swept)}" if swept <= now else "比现在还晚，机器的时钟不对，或有人试过别的日子"
    return Sign(
        "巡查", False, f"{told}，{age}：看 lianshen serve 或 lianshen worker 是否在运行，查日志里的 beat-failed"
    )


def _backlog_sign(backlog: jobs.Backlog, now: datetime) -> Sign:
    told = f"待做 {backlog.due} 件，搁置 {backlog.dead} 件"
    if backlog.dead:
        told += "（原因看 lianshen jobs list）"
    lag = now - backlog.oldest_due if backlog.oldest_due else timedelta(0)
    if lag > STALE:
        told += f"，最早一件已到期 {_words(lag)}"
    return Sign("积压", backlog.dead == 0 and lag <= STALE, told)


def _calls_sign(calls: CallCounts) -> Sign:
    told = f"等待答复 {calls.open} 件"
    if calls.failing:
        told += f"，其中 {calls.failing} 件试过还没有答复"
    if calls.given_up:
        told += f"，一天内转由人确认 {calls.given_up} 件：办件页写明原因，看 lianshen connection list"
    return Sign("对接", not calls.failing and not calls.given_up, told)


def _words(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    return f"{minutes} 分钟" if minutes < 120 else f"{minutes // 60} 小时" if minutes < 2880 else f"{span.days} 天"


def _kept_in(settings: Settings) -> Path:
    """The folder whose disk fills up: the SQLite database's own, else where the settings keep their things."""
    url = sa.make_url(settings.database)
    kept = Path(url.database).parent if url.get_backend_name() == "sqlite" and url.database else settings.home
    return kept if kept.exists() else Path.cwd()
