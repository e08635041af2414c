"""Lists that are narrowed look at so much and no more: held to a plain filter, whatever is looked for and however little is looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.clock import Lamp
from engine.diagrams import StepKind
from engine.reports import (
    Asked,
    Box,
    CasesAsked,
    Line,
    case_list_part,
    cases_page,
    desks,
    lamp_counts,
    standing,
    worklist_page,
)
from engine.reports import rounds as of_rounds
from engine.reports import search as searching
from engine.reports.desks import Place
from engine.reports.worklist import _cuts
from engine.store import Prepared, names, tables
from tests.hall import Hall
from tests.reports.test_search import NAMES, filled

C, T, M = tables.cases, tables.tasks, tables.matters
CASES = 160
ACT = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
TEXTS = st.one_of(
    st.sampled_from(["GH02", "gh02-2026", "GH02-2025-1001", "LZ-2026-777", "LZ", "用地规划", "没有", "50%_", "_"]),
    st.sampled_from(NAMES).flatmap(
        lambda name: st.integers(0, len(name) - 1).flatmap(
            lambda at: st.integers(1, 5).map(lambda n: name[at : at + n].strip() or name)
        )
    ),
)
FEWNESS = st.fixed_dictionaries(
    {
        "round": st.integers(1, 60),
        "looked": st.integers(1, 200),
        "common": st.booleans(),
        "tasks": st.sampled_from([0, 5, 1000]),
        "cases": st.sampled_from([0, 20, 5000]),
    }
)


@pytest.fixture(scope="module")
def full(shared_hall: Hall) -> Hall:
    """Of every four one is claimed by zhao, of every seven one he has done, some of them of cases that he may not see; two are of
    another kind than the others."""
    filled(shared_hall, CASES)
    zhao = shared_hall.officer("zhao")
    with shared_hall.database.writing() as tx:
        for n in range(1, CASES):
            at = shared_hall.now + timedelta(minutes=n // 3)
            held: dict[str, Any] = {"officer_id": zhao.id, "claimed_at": shared_hall.now}
            if n % 4 == 1:
                tx.execute(T.update().where(T.c.id == 1000 + n).values(state="claimed", **held))
            elif n % 7 == 1:
                tx.execute(T.update().where(T.c.id == 1000 + n).values(state="done", done_at=at, **held))
            if n in (9, 10):
                tx.execute(T.update().where(T.c.id == 1000 + n).values(kind="review"))
    return shared_hall


@contextmanager
def looking_at(**few: Any) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(of_rounds, "ROUND", few["round"])
        patched.setattr(desks, "LOOKED", few["looked"])
        patched.setattr(desks, "IN_INDEX", 2)
        patched.setattr(desks, "FEW", few["tasks"])
        patched.setattr(names, "COMMON", few["cases"])
        patched.setattr(desks, "FEW_CASES", few["cases"])
        patched.setattr(searching, "FEW_SEEN", few["tasks"])
        patched.setattr(searching.Search, "common", few["common"])
        yield


def has(row: Any, text: str) -> bool:
    return (
        row.case_no.startswith(text.upper())
        or text.lower() in row.applicant_name.lower()
        or row.project_code == text
        or text in row.matter
    )


def everything(hall: Hall) -> list[Any]:
    told = [T.c[name] for name in ("id", "state", "lamp", "due_on", "done_at", "kind", "window_id")]
    of_case = [C.c.case_no, C.c.applicant_name, C.c.project_code, M.c.name.label("matter"), M.c.code]
    joined = T.join(C, C.c.id == T.c.case_id).join(M, M.c.id == C.c.matter_id)
    with hall.database.reading() as tx:
        return list(tx.rows(sa.select(*told, *of_case).select_from(joined)))


def meant(hall: Hall, asked: Asked, windows: Collection[int]) -> list[Any]:
    """The tasks in order, in a pool those of these windows, by no index and without any lamp that was asked for."""
    state = {Box.POOL: "open", Box.MINE: "claimed", Box.DONE: "done"}[asked.box]
    some = [
        row
        for row in everything(hall)
        if row.state == state
        and (asked.box is not Box.POOL or row.window_id in windows)
        and (not asked.query or has(row, asked.query))
        and asked.kind in (None, row.kind)
        and asked.matter in ("", row.code)
    ]
    if asked.box is Box.DONE:
        some = [
            row for row in some if row.id < 1000 or row.id % 10
        ]  # what he did for another, in whose place he stands no more
        return sorted(some, key=lambda row: (-row.done_at.timestamp(), -row.id))
    return sorted(some, key=lambda row: Place.of(row.id, row.lamp, row.due_on))


ASKED = st.builds(
    Asked,
    box=st.sampled_from(Box),
    lamp=st.sampled_from([None, None, Lamp.RED, Lamp.GREEN]),
    matter=st.sampled_from(["", "", "GH02", "XF01", "none"]),
    kind=st.sampled_from([None, None, StepKind.REVIEW, StepKind.INTAKE]),
    query=st.one_of(st.just(""), TEXTS, TEXTS, TEXTS),
)


@ACT
@given(asked=ASKED, few=FEWNESS, limit=st.integers(1, 50), further=st.sampled_from([0, 7]))
def test_a_narrowed_worklist_is_the_plain_filter_page_after_page(
    full: Hall, asked: Asked, few: dict[str, Any], limit: int, further: int
) -> None:
    """Every task once and in order; what is counted is exact or says that there may be more, and is never more than there are."""
    zhao = full.officer("zhao")
    whole = meant(full, asked, zhao.windows)
    shown = [row for row in whole if asked.box is Box.DONE or asked.lamp in (None, row.lamp)]
    came, after = list[Line](), ""
    with looking_at(**few), full.database.reading() as tx:
        for _ in range(2000):
            page = worklist_page(tx, zhao, full.now, asked, limit=limit, after=after, further=further)
            same = standing(tx, zhao, full.now, asked, limit=limit + further + 1, after=after)
            assert page.standing == same, "an open list asks for this and is told that nothing has changed"
            assert len(page.lines) <= limit
            assert page.stopped is (page.more and len(page.lines) < limit)
            came += page.lines
            for lamp, count in page.lamps.items():
                there = sum(row.lamp == lamp for row in whole)
                assert (count.n <= there) if count.at_least else (count.n == there)
                assert count.n >= sum(line.lamp is lamp for line in page.lines)
            for group in page.groups:
                assert group.count is None or group.count.n >= len(group.lines)
            after = page.next
            if not after:
                break
        counted = lamp_counts(tx, zhao, full.now, asked)
    assert [line.id for line in came] == [row.id for row in shown]
    for lamp, count in counted.items():
        there = sum(row.lamp == lamp for row in whole)
        assert (count.n <= there) if count.at_least else (count.n == there)


SEATS = {"seated at one": 1, "seated at three": 3, "seated at six": 6}


@pytest.fixture(scope="module")
def spread(full: Hall) -> Hall:
    """The pool lies in six windows of the department, at which officers sit at one, at three or at all of them."""
    t, w, o = T, tables.windows, tables.officer_windows
    zhao = full.officer("zhao")
    seats = [full.hire(login, login, like="zhao") for login in SEATS]
    with full.database.writing() as tx:
        (first,) = zhao.windows
        row = dict(tx.execute(sa.select(w).where(w.c.id == first)).one()._mapping)
        there = [
            first,
            *(tx.insert(w, **{**row, "id": 900 + n, "code": f"w{n}", "kind": "department"}) for n in range(5)),
        ]
        tx.execute(o.delete().where(o.c.officer_id.in_([one.id for one in seats])))
        for one, n in zip(seats, SEATS.values(), strict=True):
            tx.execute(o.insert(), [{"officer_id": one.id, "window_id": window} for window in there[:n]])
        for n in range(1, CASES):
            tx.execute(t.update().where(t.c.id == 1000 + n, t.c.state == "open").values(window_id=there[n % 17 % 6]))
    return full


@ACT
@given(
    login=st.sampled_from(list(SEATS)),
    asked=ASKED.filter(lambda asked: asked.box is Box.POOL),
    one_of_them=st.booleans(),
    few=FEWNESS,
    limit=st.integers(1, 50),
)
def test_the_pools_of_several_windows_are_one_list(
    spread: Hall, login: str, asked: Asked, one_of_them: bool, few: dict[str, Any], limit: int
) -> None:
    """However many there are, and whether or not the list is narrowed: in order, each once, and its days counted whole."""
    who = spread.officer(login)
    window = min(who.windows) if one_of_them else None
    asked = replace(asked, window=window)
    there = {window} if window else who.windows
    whole = [row for row in meant(spread, asked, there) if asked.lamp in (None, row.lamp)]
    came, after, told = list[int](), "", dict[str, Any]()
    with looking_at(**few), spread.database.reading() as tx:
        for _ in range(2000):
            page = worklist_page(tx, who, spread.now, asked, limit=limit, after=after)
            came += [line.id for line in page.lines]
            assert page.total.n <= len(whole) if page.total.at_least else page.total.n == len(whole)
            told |= {group.key: group.count for group in page.groups if group.count and not group.count.at_least}
            after = page.next
            if not after:
                break
    assert came == [row.id for row in whole]
    if not asked.query:
        cuts = _cuts(spread.time, spread.now)
        days = Counter(next(cut.key for cut in cuts if cut.holds(row.lamp, row.due_on)) for row in whole)
        assert {key: count.n for key, count in told.items()}.items() <= days.items()


@ACT
@given(
    text=TEXTS,
    few=FEWNESS,
    limit=st.integers(1, 50),
    login=st.sampled_from(["zheng", "zhao", "li"]),
    lamp=st.sampled_from([None, None, Lamp.GREEN]),
)
def test_a_search_is_the_plain_filter_page_after_page(
    full: Hall, text: str, few: dict[str, Any], limit: int, login: str, lamp: Lamp | None
) -> None:
    """Every case that he may see once, in the order in which they come where all are looked at."""
    who, asked = full.officer(login), CasesAsked(text, lamp=lamp)
    everybody = {"round": 1000, "looked": 1000, "common": False, "tasks": 1000, "cases": 5000}
    with full.database.reading() as tx:
        with looking_at(**everybody):
            at_once, further = case_list_part(tx, who, asked, limit=500)
        assert not further
        seen = {row.case_no for row in everything(full) if login != "li" and has(row, text)}
        if login == "zhao":  # of the others one in ten is held by another department
            seen = {number for number in seen if len(number) < 12 or int(number[-5:]) % 10 or number.endswith("00001")}
        if lamp is None:
            assert {line.case_no for line in at_once} == seen
        came, after = [], ""
        with looking_at(**few):
            for _ in range(2000):
                page = cases_page(tx, who, full.now, asked, limit=limit, after=after)
                assert page.stopped is (page.more and len(page.lines) < limit)
                came += page.lines
                after = page.next
                if not after:
                    break
    assert came == at_once


@pytest.mark.parametrize("text", ["王", "有限公司", "白鹿", "没有", "临州 50%_建材"])
def test_how_many_names_have_a_text_is_told_about(full: Hall, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exactly, up to where it is common, on SQLite; on PostgreSQL as a part of the names says, here all of them."""
    for name, number in (("COMMON", 20), ("STRETCHES", 1), ("IN_EACH", 2000)):
        monkeypatch.setattr(names, name, number)
    dialect = full.database.dialect
    asked = Prepared(names.how_many_named(dialect, names.asked(dialect)))
    with full.database.reading() as tx:
        n = tx.value(asked, **names.said(dialect, text)._asdict())
        biggest, kept = tx.row(sa.select(sa.func.max(C.c.id), sa.func.count()).select_from(C)) or (0, 0)
        having = sum(text in row.applicant_name for row in tx.rows(sa.select(C.c.applicant_name)))
    assert n == (min(having, 21) if dialect == "sqlite" else having * biggest // kept)
