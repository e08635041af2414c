"""The database room: tables, transactions, journal, possession, jobs. See README.md."""

from . import jobs, journal, possession, tables
from .columns import canonical
from .database import ConstraintBroken, Database, DatabaseBusy, DatabaseGone, DiskFull, Tx
from .migrate import demand_newest, found, migrate, newest
from .requests import RequestReused, earlier_answer, keep_answer
from .series import next_number

__all__ = [
    "ConstraintBroken",
    "Database",
    "DatabaseBusy",
    "DatabaseGone",
    "DiskFull",
    "RequestReused",
    "Tx",
    "canonical",
    "demand_newest",
    "earlier_answer",
    "found",
    "jobs",
    "journal",
    "keep_answer",
    "migrate",
    "newest",
    "next_number",
    "possession",
    "tables",
]
