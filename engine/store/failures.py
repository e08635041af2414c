"""What a database may answer instead of doing as it is told. Foreign errors end at this wall."""

from __future__ import annotations

import errno
import re
from collections.abc import Mapping

import psycopg
import sqlalchemy as sa

from ..errors import NotReady, NotValid
from .tables import metadata


class DatabaseBusy(NotReady):
    """Another process holds the database longer than an act may wait."""

    code = "database-busy"
    sentence = "数据库正忙，等待 {seconds} 秒后仍未轮到，这一步没有执行。"
    remedy = "请稍后重试；若反复出现，请管理员查看是否有长时间运行的备份或导入。"


class DiskFull(NotReady):
    """Nothing more can be written; the act was rolled back whole."""

    code = "disk-full"
    sentence = "磁盘空间已满，这一步没有执行，已有数据没有受损。"
    remedy = "请管理员清理磁盘后重试。"


class DatabaseGone(NotReady):
    """The database cannot be reached, or cannot be written."""

    code = "database-gone"
    sentence = "数据库无法访问：{why}。这一步没有执行。"
    remedy = "请管理员检查数据库服务、文件权限和磁盘。"


class CommitInDoubt(DatabaseGone):
    """The line broke between COMMIT and its answer: the act is there whole, or not at all, and nobody can tell which."""

    code = "commit-in-doubt"
    sentence = "提交时与数据库的连接断了：{why}。这一步可能已经生效，也可能没有。"
    remedy = "请先刷新页面，看这一步有没有生效；没有生效的再做一次。请管理员检查数据库服务和网络。"


class DatabaseAddressNotUnderstood(NotValid):
    """No address of a database that we know. The address is not repeated: there may be a password in it."""

    code = "database-address-not-understood"
    sentence = "数据库地址看不懂：{why}。"
    remedy = "写成 sqlite:////文件的完整路径 或 postgresql+psycopg://用户:密码@主机/数据库（LIANSHEN_DATABASE 或 --database）。"


class ConstraintBroken(Exception):
    """The database refused a row. `name` is the constraint's; the room that wrote the row says what it means."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


_OF_THE_MACHINE = (sa.exc.OperationalError, sa.exc.DatabaseError)  # not what is derived from them: those are bugs


def translated(failed: sa.exc.DBAPIError, lock_seconds: float) -> Exception:
    """The NotReady that a driver's error means; the driver's own error when it is a bug of ours."""
    cause = failed.orig
    text = str(cause)
    state = getattr(cause, "sqlstate", None)
    if "database is locked" in text or state in ("55P03", "40P01", "40001"):
        return DatabaseBusy(seconds=f"{lock_seconds:g}")
    if "disk is full" in text or state == "53100" or getattr(cause, "errno", None) == errno.ENOSPC:
        return DiskFull()
    if failed.connection_invalidated or (type(failed) in _OF_THE_MACHINE and _is_gone(cause, text, state)):
        return DatabaseGone(why=text.splitlines()[0][:200] if text else type(cause).__name__)
    return failed


def _is_gone(cause: BaseException | None, text: str, state: str | None) -> bool:
    if state is not None:
        return state[:2] in ("08", "57", "53")
    if isinstance(cause, psycopg.OperationalError):
        return True  # no server has said it: the way to it is broken, or its name is known to nobody
    return any(
        words in text
        for words in (
            "unable to open",
            "readonly database",
            "disk I/O error",
            "connection",
            "not a database",
            "malformed",
        )
    )


def constraint_name(refused: sa.exc.IntegrityError) -> str:
    """The name of the constraint that refused a row, the same on both databases."""
    diagnosis = getattr(refused.orig, "diag", None)
    if diagnosis is not None:
        return diagnosis.constraint_name or diagnosis.column_name or ""
    text = str(refused.orig)
    if match := re.match(r"CHECK constraint failed: (\S+)", text):
        return match[1]
    if match := re.match(r"UNIQUE constraint failed: (.+)", text):
        return _unique_over(match[1].split(", "))
    return text


def _unique_over(columns: list[str]) -> str:
    """SQLite names the columns of a broken unique key, not the key: look it up on our page of tables."""
    table = metadata.tables[columns[0].split(".")[0]]
    names = {column.split(".")[1] for column in columns}
    keys: Mapping[str, set[str]] = {
        **{
            str(c.name): {k.name for k in c.columns}
            for c in table.constraints
            if isinstance(c, sa.UniqueConstraint | sa.PrimaryKeyConstraint)
        },
        **{str(i.name): {k.name for k in i.columns} for i in table.indexes if i.unique},
    }
    return next((name for name, over in keys.items() if over == names), ", ".join(columns))
