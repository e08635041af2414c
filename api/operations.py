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

from engine.cases import Flaw, case_ids, verify_case, verify_offices
from engine.config import Settings
from engine.errors import NotNow, NotReady
from engine.people import office_time, offices
from engine.store import Database, found, jobs, newest, tables

STALE = timedelta(minutes=5)
LOW_DISK = 512 * 1024 * 1024


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


def examine(database: Database, settings: Settings, now: datetime) -> list[Sign]:
    """Look at everything that goes wrong quietly."""
    with database.reading() as tx:
        all_offices = offices(tx)
        backlog = jobs.backlog(tx, now)
        beat = tx.value(sa.select(sa.func.max(tables.heartbeats.c.at)))
        times = [(o, office_time(tx, o)) for o in all_offices]
    disk = shutil.disk_usage(settings.home if settings.home.exists() else Path.cwd())
    signs = [
        Sign("表结构", found(database) == newest(), f"{found(database)}"),
        Sign("机构", bool(all_offices), "、".join(f"{o.code} {o.name}" for o in all_offices) or "还没有登记机构"),
        Sign("时区数据", True, f"tzdata {metadata.version('tzdata')}"),
        Sign(
            "巡查",
            beat is not None and abs(now - beat) <= STALE,
            f"最近一次 {beat:%Y-%m-%d %H:%M:%S} UTC" if beat else "还没有巡查过",
        ),
        Sign("磁盘", disk.free >= LOW_DISK, f"剩余 {disk.free / 1024**3:.1f} GB"),
        Sign("积压", backlog.dead == 0, f"待做 {backlog.due} 件，搁置 {backlog.dead} 件"),
    ]
    for office, time in times:
        known = time.calendar.known_through
        ahead = (known - time.civil(now)).days
        told = f"{office.name}：日历已公布到 {known}，其后为暂定"
        signs.append(Sign("日历", ahead >= 30, told))
    return signs
