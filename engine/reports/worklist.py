"""The worklist: what waits for an officer, the gravest and the earliest first. One implementation for pages and API.

Whatever is counted is counted up to a thousand and then told as "1000+". A page ends at a task, and the next one begins
behind the place where that task stands now (keyset); its id is all that an address has to carry.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from ..clock import Lamp, OfficeTime
from ..diagrams import StepKind
from ..people import Officer, office, office_time, sees
from ..store import Tx, tables
from .desks import NONE, SHOWN, TIMED, Asked, Box, Count, Cut, Desk, Owner, bounded, counts, narrowing, owners
from .lines import LATE, Line, lines_of, with_words

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
    """One page of a worklist. more: there are further lines, behind the id of the last one. lamps: how many of each lamp
    in this box as it is narrowed, whichever lamp was chosen; total: of the lines asked for; standing: as `standing` tells
    it."""

    groups: tuple[Group, ...]
    more: bool
    lamps: Mapping[Lamp, Count]
    total: Count
    standing: Standing

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
    tx: Tx, who: Officer, now: datetime, asked: Asked | None = None, *, limit: int = 50, after: int = 0
) -> list[Line]:
    """The lines of a box in order, at most `limit`, behind the task `after`. No clock is read: words are empty."""
    wanted = asked or Asked()
    if wanted.box is Box.DONE:
        return lines_of(tx, _done(tx, who, wanted, limit, after))
    desk = Desk(tx, owners(tx, who, wanted, _time(tx, who), now), wanted)
    return lines_of(tx, desk.ids(limit, after))


def standing(tx: Tx, who: Officer, now: datetime, asked: Asked, *, limit: int = 50, after: int = 0) -> Standing:
    """Where the first tasks of a list stand: all that their lines depend on but the words of the day. While this is the
    same, so is the list; asking for it costs a fraction of the list itself."""
    if asked.box is Box.DONE:
        return _standing(tx, _done(tx, who, asked, limit, after))
    desk = Desk(tx, owners(tx, who, asked, _time(tx, who), now), asked)
    return _standing(tx, desk.ids(limit, after))


def worklist_page(
    tx: Tx, who: Officer, now: datetime, asked: Asked, *, limit: int = 50, after: int = 0, further: int = 0
) -> Page:
    """One page with its groups, its sums and what each clock says. Groups are cut by the calendar of the officer's office:
    已超期, 今日到期, 明日到期 (on the eve of a rest day: the next working day), 本周内, 下周及以后, 暂停计时. further: how many
    tasks behind the page its standing tells of."""
    reach = limit + further + 1
    if asked.box is Box.DONE:
        done = _done(tx, who, asked, reach, after)
        lines = tuple(lines_of(tx, done[:limit]))
        groups = (Group("done", "", lines, None),) if lines else ()
        return Page(groups, len(done) > limit, {}, NONE, _standing(tx, done))
    time = _time(tx, who)
    desk = Desk(tx, owners(tx, who, asked, time, now), asked)
    ids = desk.ids(reach, after)
    told = with_words(tx, lines_of(tx, ids[:limit]), time, now)
    cuts = _cuts(time, now)
    if len(ids) > limit or after or asked.lamp is not None:
        lamps, sums = desk.lamp_counts(), {} if desk.joins else desk.cut_counts(cuts)
    else:  # all there is lies on the page
        lamps = {lamp: Count(sum(line.lamp is lamp for line in told)) for lamp in SHOWN}
        sums = {cut.key: Count(sum(cut.holds(line.lamp, line.due_on) for line in told)) for cut in cuts}
    cut = [_group(one, told, sums.get(one.key)) for one in cuts]
    total = lamps[asked.lamp] if asked.lamp is not None else sum(lamps.values(), NONE)
    return Page(tuple(g for g in cut if g.lines), len(ids) > limit, lamps, total, _standing(tx, ids))


def _standing(tx: Tx, ids: Sequence[int]) -> Standing:
    t = tables.tasks
    chosen = sa.select(t.c.id, t.c.state, t.c.officer_id, t.c.lamp, t.c.due_on).where(t.c.id.in_(ids))
    return tuple(tuple(row) for row in tx.rows(chosen.order_by(t.c.id))) if ids else ()


def task_line(tx: Tx, who: Officer, now: datetime, task_id: int) -> Line | None:
    """One task as a line, whatever its state; None for a stranger and for a task that is none."""
    t, c = tables.tasks, tables.cases
    row = tx.row(sa.select(t.c.case_id, c.c.office_id).join(c, c.c.id == t.c.case_id).where(t.c.id == task_id))
    if row is None or not sees(tx, who, row.case_id, row.office_id):
        return None
    (line,) = with_words(tx, lines_of(tx, [task_id]), _time(tx, who), now)
    return line


def boxes(tx: Tx, who: Officer, now: datetime) -> Boxes:
    """How many tasks lie in the officer's boxes."""
    pools = owners(tx, who, Asked(Box.POOL), _time(tx, who), now)
    desks = (Owner("claimed", tables.tasks.c.officer_id, who.id), *pools)
    found = counts(tx, [bounded(owner, lamp) for owner in desks for lamp in SHOWN])
    mine, *rest = [sum(found[i : i + len(SHOWN)], NONE) for i in range(0, len(found), len(SHOWN))]
    return Boxes(mine, {owner.id: count for owner, count in zip(pools, rest, strict=True)})


def choices(tx: Tx, who: Officer, now: datetime, box: Box) -> Choices:
    """What a box can be narrowed by."""
    t, c, m = tables.tasks, tables.cases, tables.matters
    lying = [o.where() for o in owners(tx, who, Asked(box), _time(tx, who), now)]
    if box is Box.DONE:
        lying = [(t.c.officer_id == who.id, t.c.state == "done")]
    if not lying:
        return Choices((), {})
    some = [sa.select(sa.select(t.c.case_id, t.c.kind).where(*w).limit(SAMPLE).subquery()) for w in lying]
    sample = sa.union_all(*some).subquery()
    n = sa.func.count().label("n")
    rows = tx.rows(
        sa.select(sample.c.kind, m.c.code, m.c.name, n)
        .join(c, c.c.id == sample.c.case_id)
        .join(m, m.c.id == c.c.matter_id)
        .group_by(sample.c.kind, m.c.code, m.c.name)
    )
    by_kind: dict[str, int] = {}
    for row in rows:
        by_kind[row.kind] = by_kind.get(row.kind, 0) + row.n
    whole = sum(by_kind.values()) < SAMPLE
    kinds = {k: Count(by_kind[k]) if whole else None for k in StepKind if k in by_kind}
    return Choices(tuple(sorted({(r.code, r.name) for r in rows})), kinds)


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


def _group(cut: Cut, lines: Sequence[Line], count: Count | None) -> Group:
    held = tuple(line for line in lines if cut.holds(line.lamp, line.due_on))
    return Group(cut.key, cut.title, held, count)


def _done(tx: Tx, who: Officer, asked: Asked, limit: int, after: int) -> list[int]:
    """What an officer has done, the latest first."""
    t, c, m = tables.tasks, tables.cases, tables.matters
    chosen = (
        sa.select(t.c.id)
        .select_from(t.join(c, c.c.id == t.c.case_id).join(m, m.c.id == c.c.matter_id))
        .where(t.c.officer_id == who.id, t.c.state == "done", *narrowing(asked))
        .order_by(t.c.done_at.desc(), t.c.id.desc())
        .limit(limit)
    )
    last = tx.row(sa.select(t.c.id, t.c.done_at).where(t.c.id == after, t.c.state == "done")) if after else None
    if last is not None:
        same = sa.and_(t.c.done_at == last.done_at, t.c.id < last.id)
        chosen = chosen.where(t.c.done_at <= last.done_at, sa.or_(t.c.done_at < last.done_at, same))
    return [r.id for r in tx.rows(chosen)]


def _time(tx: Tx, who: Officer) -> OfficeTime:
    return office_time(tx, office(tx, who.office_id))
