"""Keeping it well: verify everything, back up, examine."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
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
    remedy = "检查磁盘空间和 pg_dump 是否可用。"


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
    """A consistent copy in a new file, taken while the server runs. Returns its size in bytes."""
    if target.exists():
        raise BackupExists(target=target)
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    if database.dialect == "sqlite":
        source, copy = sqlite3.connect(str(sa.make_url(url).database)), sqlite3.connect(part)
        with source, copy:
            source.backup(copy)
        copy.close()
        source.close()
    else:
        plain = sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        done = subprocess.run(["pg_dump", "-Fc", "-f", part, "-d", plain], capture_output=True, text=True, check=False)
        if done.returncode:
            raise BackupFailed(why=done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "pg_dump")
    part.rename(target)
    return target.stat().st_size


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
            beat is not None and now - beat <= STALE,
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
