"""The worklist: what waits for an officer, the gravest and the earliest first. One implementation for pages and API.

Whatever is counted is counted up to a thousand and then told as "1000+". A page ends at a place in the order, and the next one
begins behind that place (keyset): a task that stays where it is comes exactly once, whatever moves meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from ..clock import Lamp, OfficeTime
from ..diagrams import StepKind
from ..people import Establishment, Officer, establishment_last, establishment_now, sees, sight
from ..store import BIGGEST_KEY, Cursor, Prepared, Tx, compared, in_text, microseconds, moment_of, tables
from . import rounds
from .desks import (
    NONE,
    SHOWN,
    TIMED,
    Asked,
    Box,
    Count,
    Cut,
    Desk,
    Kinds,
    Narrowed,
    Owner,
    Part,
    Place,
    counts,
    ids_of,
    lies,
    narrowing,
    of_few_cases,
    owners,
)
from .lines import LATE, Line, lines_of, lines_with_words, stands, told_by_id, with_words
from .rounds import Looked, Round, in_rounds

SAMPLE = 1000
_ONE = timedelta(1)


Standing = tuple[tuple[Any, ...], ...]


@dataclass(frozen=True)
class Group:
    """Lines that are due in the same stretch of days. count: of the whole group, not of this page; None where counting
    would cost more than it says."""

    key: str
    title: str
    lines: tuple[Line, ...]
    count: Count | None


@dataclass(frozen=True)
class Page:
    """One page of a worklist. next: the cursor behind it, empty where there are no further ones; stopped: it is not full, for not all was
    looked through that might belong on it. lamps: how many of each lamp in this box as it is narrowed, whichever lamp was chosen; total:
    of the lines asked for; standing: as `standing` tells it."""

    groups: tuple[Group, ...]
    next: str
    lamps: Mapping[Lamp, Count]
    total: Count
    standing: Standing
    stopped: bool = False

    @property
    def more(self) -> bool:
        return bool(self.next)

    @property
    def lines(self) -> list[Line]:
        return [line for group in self.groups for line in group.lines]


@dataclass(frozen=True)
class Boxes:
    """How many lie where: mine, and in each window's pool by its id."""

    mine: Count
    pools: Mapping[int, Count]

    @property
    def pool(self) -> Count:
        return sum(self.pools.values(), NONE)


@dataclass(frozen=True)
class Choices:
    """What there is to narrow by: matters (code, name) and kinds of step, found among the first thousand tasks of the
    box; kinds with how many there are, None where there are more than were looked at."""

    matters: tuple[tuple[str, str], ...]
    kinds: Mapping[StepKind, Count | None]


def worklist(
    tx: Tx, who: Officer, now: datetime, asked: Asked | None = None, *, limit: int = 50, after: str = ""
) -> list[Line]:
    """The lines of a box in order, at most `limit`, behind the cursor `after`. No clock is read: words are empty. Raises
    CursorNotUnderstood."""
    return worklist_part(tx, who, now, asked or Asked(), limit=limit, after=after)[0]


def worklist_part(
    tx: Tx, who: Officer, now: datetime, asked: Asked, *, limit: int = 50, after: str = ""
) -> tuple[list[Line], str]:
    """The same, with the cursor behind these lines; it is empty where there are no further ones. Where the list is narrowed, they may be
    fewer, or none, although there are further ones."""
    known = establishment_now(tx)
    looked = _places(tx, who, now, asked, known, limit + 1, after)
    return lines_of(tx, known, [one.id for one in looked.found[:limit]]), looked.next(limit)


def standing(tx: Tx, who: Officer, now: datetime, asked: Asked, *, limit: int = 50, after: str = "") -> Standing:
    """Where the first tasks of a list stand: all that their lines depend on but the words of the day. While this is the
    same, so is the list; asking for it costs a fraction of the list itself."""
    return _standing(_places(tx, who, now, asked, establishment_now(tx), limit, after).found)


def lamp_counts(tx: Tx, who: Officer, now: datetime, asked: Asked) -> Mapping[Lamp, Count]:
    """How many of each lamp lie in a box as it is narrowed, whichever lamp was asked for. What is done has no lamp any more."""
    if asked.box is Box.DONE:
        return {}
    known = establishment_now(tx)
    return Desk(tx, owners(tx, who, asked, known, now), asked).lamps()


def worklist_page(
    tx: Tx, who: Officer, now: datetime, asked: Asked, *, limit: int = 50, after: str = "", further: int = 0
) -> Page:
    """One page with its groups, its sums and what each clock says. Groups are cut by the calendar of the officer's office:
    已超期, 今日到期, 明日到期 (on the eve of a rest day: the next working day), 本周内, 下周及以后, 暂停计时. further: how many
    tasks behind the page its standing tells of. Raises CursorNotUnderstood."""
    if asked.box is Box.DONE:
        known = establishment_now(tx)
        done = _done(tx, who, asked, limit + further + 1, after)
        lines = tuple(lines_of(tx, known, [one.id for one in done.found[:limit]]))
        whole = (Group("done", "", lines, None),) if lines else ()
        stopped = done.stopped is not None and len(lines) < limit
        return Page(whole, done.next(limit), {}, NONE, _standing(done.found), stopped)
    known, desk = _counted(tx, who, now, asked)
    time, behind = known.time(tx, who.office_id), Place.behind(after)
    if desk.whole:
        rows = desk.told(limit + 1, behind)
        standing = [stands(row) for row in rows]
        cursor = Place.of(*standing[limit - 1]).cursor if len(rows) > limit else ""
        if further and cursor:
            standing += _standing(desk.look(further, Place.of(*standing[-1])).found)
    else:
        looked = desk.look(limit + further + 1, behind)
        rows = told_by_id(tx, [place.id for place in looked.found[: limit + 1]])
        standing, cursor = list(_standing(looked.found)), looked.next(limit)
    told = lines_with_words(tx, known, rows[:limit], time, now)
    held, further_on = _cut(told, _cuts(time, now)), bool(cursor)
    sums: dict[str, Count | None] = {cut.key: Count(len(lines)) for cut, lines in held}
    if further_on or after or asked.lamp is not None:
        # all of the first and of the last may not lie on the page
        open_ended = {cut: len(lines) for cut, lines in (*held[: bool(after)], *held[len(held) - further_on :])}
        lamps, counted = desk.lamps(), desk.days(list(open_ended))
        sums |= {cut.key: counted[cut.key].but_at_least(n) if counted else None for cut, n in open_ended.items()}
    else:
        lamps = {lamp: Count(sum(line.lamp is lamp for line in told)) for lamp in SHOWN}
    total = lamps[asked.lamp] if asked.lamp is not None else sum(lamps.values(), NONE)
    groups = tuple(Group(cut.key, cut.title, tuple(lines), sums[cut.key]) for cut, lines in held)
    return Page(groups, cursor, lamps, total, tuple(standing), further_on and len(told) < limit)


def _counted(tx: Tx, who: Officer, now: datetime, asked: Asked) -> tuple[Establishment, Desk]:
    """His desk with what is known of the establishment. A desk that is counted at once is, by what was known last: the count says
    whether that still holds."""
    last = establishment_last(tx)
    plainly = not (asked.matter or asked.query or asked.kind)
    for mark, known in [last] if last is not None and plainly else []:
        desk = Desk(tx, owners(tx, who, asked, known, now), asked)
        if desk.at_once and desk.lamps() and desk.mark == mark:
            return known, desk
    known = establishment_now(tx)
    desk = Desk(tx, owners(tx, who, asked, known, now), asked)
    if desk.at_once:
        desk.lamps()
    return known, desk


def _standing(places: Sequence[Place | Past]) -> Standing:
    return tuple(one.stands if isinstance(one, Place) else (one.id,) for one in places)


def _places(
    tx: Tx, who: Officer, now: datetime, asked: Asked, known: Establishment, limit: int, after: str
) -> Looked[Any]:
    if asked.box is Box.DONE:
        return _done(tx, who, asked, limit, after)
    return Desk(tx, owners(tx, who, asked, known, now), asked).look(limit, Place.behind(after))


def task_line(tx: Tx, who: Officer, now: datetime, task_id: int) -> Line | None:
    """One task as a line, whatever its state; None for a stranger and for a task that is none."""
    t, c = tables.tasks, tables.cases
    row = tx.row(sa.select(t.c.case_id, c.c.office_id).join(c, c.c.id == t.c.case_id).where(t.c.id == task_id))
    if row is None or not sees(tx, who, row.case_id, row.office_id):
        return None
    known = establishment_now(tx)
    (line,) = with_words(tx, lines_of(tx, known, [task_id]), known.time(tx, who.office_id), now)
    return line


def boxes(tx: Tx, who: Officer, now: datetime) -> Boxes:
    """How many tasks lie in the officer's boxes."""
    pools = owners(tx, who, Asked(Box.POOL), establishment_now(tx), now)
    desks = (Owner("claimed", tables.tasks.c.officer_id, who.id), *pools)
    (mine, *rest), _ = counts(tx, desks, [Part(n) for n in range(len(desks))])
    return Boxes(mine, {owner.id: count for owner, count in zip(pools, rest, strict=True)})


def choices(tx: Tx, who: Officer, now: datetime, box: Box) -> Choices:
    """What a box can be narrowed by."""
    t = tables.tasks
    if box is Box.DONE:
        lying, seen = [Owner("done", t.c.officer_id, who.id)], sight(tx, who)
    else:
        lying, seen = list(owners(tx, who, Asked(box), establishment_now(tx), now)), None
    if not lying:
        return Choices((), {})
    kinds_of_owners = tuple((owner.state, owner.column.name) for owner in lying)
    rows = tx.rows(_sample(kinds_of_owners, Narrowed(seen=seen), SAMPLE), **ids_of(lying))
    by_kind: dict[str, int] = {}
    for row in rows:
        by_kind[row.kind] = by_kind.get(row.kind, 0) + row.n
    whole = sum(by_kind.values()) < SAMPLE
    kinds = {k: Count(by_kind[k]) if whole else None for k in StepKind if k in by_kind}
    return Choices(tuple(sorted({(r.code, r.name) for r in rows})), kinds)


@lru_cache(64)
def _sample(owners: Kinds, narrowed: Narrowed, most: int) -> Prepared:
    """Of the first so many tasks of each owner how many there are of each kind and matter."""
    t, m = tables.tasks, tables.matters
    some = [
        sa.select(
            sa.select(t.c.kind, t.c.matter_id)
            .where(*lies(state, column, n), *narrowed.where())
            .limit(in_text(most))
            .subquery()
        )
        for n, (state, column) in enumerate(owners)
    ]
    sample = sa.union_all(*some).subquery()
    number = sa.func.count().label("n")
    told = sa.select(sample.c.kind, m.c.code, m.c.name, number).join(m, m.c.id == sample.c.matter_id)
    return Prepared(told.group_by(sample.c.kind, m.c.code, m.c.name))


# ---------------------------------------------------------------- how they are cut
def _cuts(time: OfficeTime, now: datetime) -> list[Cut]:
    today = time.civil(now)
    coming = time.next_working_day(today).on
    sunday = today + timedelta(6 - today.weekday())
    week = max(sunday, coming)
    named = "明日到期" if coming == today + _ONE else f"下个工作日到期（{coming.month}月{coming.day}日）"
    return [
        Cut("late", "已超期", LATE),
        Cut("today", "今日到期", TIMED, None, today),
        Cut("next", named, TIMED, today, coming),
        Cut("week", "本周内", TIMED, coming, week),
        Cut("later", "下周及以后", TIMED, week, None),
        Cut("paused", "暂停计时", (Lamp.GREY,)),
        Cut("undated", "没有到期日", SHOWN, dated=False),
    ]


def _cut(lines: Sequence[Line], cuts: Sequence[Cut]) -> list[tuple[Cut, list[Line]]]:
    """Which lines lie in which stretch of days, without the stretches that hold none of them."""
    where: dict[tuple[Lamp, date | None], Cut] = {}
    held: dict[str, list[Line]] = {cut.key: [] for cut in cuts}
    for line in lines:
        stands = (line.lamp, line.due_on)
        if stands not in where:
            where[stands] = next(cut for cut in cuts if cut.holds(*stands))
        held[where[stands].key].append(line)
    return [(cut, held[cut.key]) for cut in cuts if held[cut.key]]


@dataclass(frozen=True)
class Past:
    """Where a task that is done stands among the others, the latest first."""

    id: int
    done_at: datetime

    @property
    def cursor(self) -> str:
        return Cursor("done", microseconds(self.done_at), self.id).written

    @classmethod
    def behind(cls, cursor: str) -> Past | None:
        if not cursor:
            return None
        moment, task_id = Cursor.read(cursor, "done", (_LAST, None)).numbers
        return cls(task_id, moment_of(moment))


_LAST = microseconds(datetime(9999, 1, 1, tzinfo=UTC))


def _done(tx: Tx, who: Officer, asked: Asked, limit: int, after: str) -> Looked[Past]:
    """What an officer has done, the latest first: of cases that he may see. Some he saw only as long as he stood in for another."""
    narrowed = narrowing(tx, asked, sight(tx, who))
    begin = Past.behind(after) or Past(BIGGEST_KEY, moment_of(_LAST))
    few = of_few_cases(tx, [Owner("done", tables.tasks.c.officer_id, who.id)], narrowed)
    if few is not None:
        places = sorted((Past(row.id, row.done_at) for row in few), key=_latest_first)
        return Looked([one for one in places if _latest_first(one) > _latest_first(begin)][:limit])
    given = {**narrowed.given, "officer_id": who.id}

    def look(behind: Past) -> Round[Past]:
        at = {**given, "behind_at": behind.done_at, "behind_id": behind.id}
        end = tx.row(_done_ending(rounds.ROUND), **at)
        through = {"through_at": end.done_at, "through_id": end.id} if end else {"through_at": _FIRST, "through_id": 0}
        rows = tx.rows(_done_within(limit, narrowed), **at, **through)
        return Round([Past(row.id, row.done_at) for row in rows], Past(end.id, end.done_at) if end else None)

    return in_rounds(begin, limit, look)


def _latest_first(one: Past) -> tuple[int, int]:
    return -microseconds(one.done_at), -one.id


@lru_cache(64)
def _done_ending(entries: int) -> Prepared:
    """The last of so many behind a place, where there are as many."""
    return Prepared(_done_behind().offset(in_text(entries - 1)).limit(in_text(1)))


@lru_cache(512)
def _done_within(limit: int, narrowed: Narrowed) -> Prepared:
    """The first that are asked for behind a place and through another."""
    through = compared((_T.c.done_at, _T.c.id), ">=", _place("through"))
    return Prepared(_done_behind().where(through, *narrowed.where()).limit(in_text(limit)))


def _done_behind() -> sa.Select[Any]:
    mine = (_T.c.officer_id == sa.bindparam("officer_id", type_=sa.BigInteger()), _T.c.state == "done")
    behind = compared((_T.c.done_at, _T.c.id), "<", _place("behind"))
    return sa.select(_T.c.id, _T.c.done_at).where(*mine, behind).order_by(_T.c.done_at.desc(), _T.c.id.desc())


def _place(name: str) -> tuple[sa.ColumnElement[Any], sa.ColumnElement[Any]]:
    moment = sa.bindparam(f"{name}_at", type_=_T.c.done_at.type)
    return moment, sa.bindparam(f"{name}_id", type_=sa.BigInteger())


_T = tables.tasks
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
