"""The database room: tables, transactions, journal, possession, jobs. See README.md."""

from . import jobs, journal, names, possession, tables
from .carriers import Carriers, Crew
from .columns import Written, canonical, microseconds, moment_of, written
from .cursors import Cursor, CursorNotUnderstood
from .database import STANDS, Database, Overtaken, Tx, held
from .drawn import drawn_id
from .failures import (
    CommitInDoubt,
    ConstraintBroken,
    DatabaseAddressNotUnderstood,
    DatabaseBusy,
    DatabaseGone,
    DiskFull,
)
from .lists import BIGGEST_KEY, among, among_chosen, compared, day_and_text, day_first, in_text
from .migrate import DatabaseEmpty, DatabaseOutdated, demand_newest, demand_tables, found, migrate, newest
from .nested import nested
from .prepared import Prepared
from .requests import SEEN, RequestReused, answered, earlier_answer, first_time, keep_answer
from .series import Series, next_number, next_numbers
from .several import Act, several

__all__ = [
    "BIGGEST_KEY",
    "SEEN",
    "STANDS",
    "Act",
    "Carriers",
    "CommitInDoubt",
    "ConstraintBroken",
    "Crew",
    "Cursor",
    "CursorNotUnderstood",
    "Database",
    "DatabaseAddressNotUnderstood",
    "DatabaseBusy",
    "DatabaseEmpty",
    "DatabaseGone",
    "DatabaseOutdated",
    "DiskFull",
    "Overtaken",
    "Prepared",
    "RequestReused",
    "Series",
    "Tx",
    "Written",
    "among",
    "among_chosen",
    "answered",
    "canonical",
    "compared",
    "day_and_text",
    "day_first",
    "demand_newest",
    "demand_tables",
    "drawn_id",
    "earlier_answer",
    "first_time",
    "found",
    "held",
    "in_text",
    "jobs",
    "journal",
    "keep_answer",
    "microseconds",
    "migrate",
    "moment_of",
    "names",
    "nested",
    "newest",
    "next_number",
    "next_numbers",
    "possession",
    "several",
    "tables",
    "written",
]
