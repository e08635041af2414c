"""The worklist: what comes first, how it is cut into days, counted, narrowed and turned over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import pytest
import sqlalchemy as sa

from engine.clock import Lamp
from engine.diagrams import StepKind
from engine.reports import (
    Asked,
    Box,
    Boxes,
    Choices,
    Count,
    Line,
    Page,
    boxes,
    choices,
    desks,
    rounds,
    task_line,
    worklist,
    worklist_page,
)
from engine.store import Cursor, CursorNotUnderstood, Database, tables
from tests.hall import Hall

EXPERTS = {"ground": "expert_review", "planned": "10wd", "reason": "新技术"}


def page(hall: Hall, login: str, asked: Asked | None = None, **more: Any) -> Page:
    with hall.database.reading() as tx:
        return worklist_page(tx, hall.officer(login), hall.now, asked or Asked(), **more)


def lines(hall: Hall, login: str, asked: Asked | None = None, **more: Any) -> list[Line]:
    with hall.database.reading() as tx:
        return worklist(tx, hall.officer(login), hall.now, asked or Asked(), **more)


def counted(hall: Hall, login: str) -> Boxes:
    with hall.database.reading() as tx:
        return boxes(tx, hall.officer(login), hall.now)


def narrows(hall: Hall, login: str, box: Box) -> Choices:
    with hall.database.reading() as tx:
        return choices(tx, hall.officer(login), hall.now, box)


def cut(shown: Page) -> list[tuple[str, list[str]]]:
    return [(g.title, [line.case_no[-1] for line in g.lines]) for g in shown.groups]


def filed_on(hall: Hall, *days: str) -> None:
    for day in days:
        hall.at(day).file("GH02")


# ---------------------------------------------------------------- order and days
def test_late_first_then_by_day_and_each_group_by_the_offices_calendar(hall: Hall) -> None:
    """The intake step has one day. On Thursday: filed on Monday and Tuesday it is late, filed on Wednesday it is due today,
    filed today due tomorrow."""
    filed_on(hall, "2026-03-02", "2026-03-03", "2026-03-04", "2026-03-05")
    hall.at("2026-03-05", "10:00").duties()
    shown = page(hall, "zhao")
    assert cut(shown) == [("已超期", ["1", "2"]), ("今日到期", ["3"]), ("明日到期", ["4"])]
    assert [line.words for line in shown.lines] == ["超环节时限 2 日", "超环节时限 1 日", "今日 17:00", "剩 1 日"]
    assert [g.count for g in shown.groups] == [Count(2), Count(1), Count(1)]
    assert (shown.lamps[Lamp.RED], shown.lamps[Lamp.GREEN], shown.total) == (Count(2), Count(2), Count(4))
    assert not shown.more


def test_on_the_eve_of_a_rest_day_the_next_day_is_the_next_working_day(hall: Hall) -> None:
    filed_on(hall, "2026-03-06")
    assert cut(page(hall, "zhao")) == [("下个工作日到期（3月9日）", ["1"])]
    hall.at("2026-03-09", "08:00")
    assert cut(page(hall, "zhao")) == [("今日到期", ["1"])]


def test_this_week_and_later(hall: Hall) -> None:
    hall.at("2026-03-02").accepted("XF01")  # the review has three days, the check two
    assert cut(page(hall, "xu")) == [("本周内", ["1"])]
    hall.at("2026-03-05").accepted("XF01")
    hall.at("2026-03-05").duties()
    assert [title for title, _ in cut(page(hall, "xu"))] == ["今日到期", "下周及以后"]


def test_what_is_paused_stands_last_with_its_ground(hall: Hall) -> None:
    case_id = hall.at("2026-03-02").accepted("XF01")
    hall.does("xu", case_id, "review", "pass")
    hall.at("2026-03-03").does("gao", case_id, "expert_start", "start", **EXPERTS)
    hall.file("XF01")
    shown = page(hall, "xu")
    assert cut(shown) == [("明日到期", ["2"]), ("暂停计时", ["1"])]
    paused = shown.lines[-1]
    assert (paused.lamp, paused.words) == (Lamp.GREY, "暂停 专家评审")


def test_what_is_late_by_the_statute_stands_before_what_is_late_by_a_promise(hall: Hall) -> None:
    old = hall.at("2026-03-02").accepted()
    new = hall.at("2026-03-30").accepted()
    hall.at("2026-04-10").duties()
    shown = page(hall, "qian")
    assert [line.case_id for line in shown.lines] == [old, new]
    assert [line.lamp for line in shown.lines] == [Lamp.DARK_RED, Lamp.RED]
    assert shown.lines[0].words == "超法定 8 日"
    assert shown.lines[0].shown_due == date(2026, 3, 30), "the day that the words are about, not the step's"


def test_a_lamp_that_turned_a_moment_ago_is_told_before_the_sweep(hall: Hall) -> None:
    filed_on(hall, "2026-03-02")
    hall.at("2026-03-03", "17:00")
    shown = page(hall, "zhao")
    assert cut(shown)[0][0] == "已超期"
    assert shown.lines[0].words.startswith("超环节时限")


@pytest.mark.parametrize("asked", [Asked(), Asked(lamp=Lamp.GREEN), Asked(query="王")])
def test_a_group_is_never_counted_less_than_it_has_lines_before_the_sweep(hall: Hall, asked: Asked) -> None:
    """Five have become late a moment ago; three of them are on the page."""
    filed_on(hall, *["2026-03-02"] * 5)
    hall.at("2026-03-03", "17:00")
    shown = page(hall, "zhao", asked, limit=3)
    assert [(group.key, str(group.count)) for group in shown.groups] == [("late", "3+")]
    hall.duties()
    assert [str(group.count) for group in page(hall, "zhao", limit=3).groups] == ["5"]


def test_what_a_department_owes_about_a_case_does_not_speak_for_its_tasks(hall: Hall) -> None:
    """An order is late, the step is not: the line, the lamps that are counted and the whole case say the same."""
    case_id = hall.at("2026-03-02").accepted()
    hall.acts("zhou", case_id, "order", department="nr", text="请说明原因。", reply="1wd")
    (before,) = page(hall, "qian").lines
    assert (before.words, before.shown_due) == ("剩 2 日", date(2026, 3, 4))
    hall.at("2026-03-03", "17:30").duties()
    shown = page(hall, "qian")
    (line,) = shown.lines
    assert (line.lamp, line.shown_due) == (Lamp.YELLOW, date(2026, 3, 4))
    assert [group.key for group in shown.groups] == ["next"]
    assert shown.lamps[line.lamp] == page(hall, "qian", Asked(lamp=line.lamp)).total == Count(1)
    with hall.database.reading() as tx:
        assert task_line(tx, hall.officer("qian"), hall.now, line.id) == line


def test_yellow_is_said_although_the_day_that_comes_first_is_not(hall: Hall) -> None:
    case_id = hall.at("2026-03-02").accepted("XF01")
    with hall.database.writing() as tx:
        c, t = tables.clocks, tables.tasks
        tx.execute(c.update().where(c.c.case_id == case_id, c.c.kind == "statutory").values(lamp="yellow"))
        tx.execute(t.update().where(t.c.case_id == case_id).values(lamp="yellow"))
    assert page(hall, "xu").lines[0].words == "临期 剩 3 日"


@pytest.mark.parametrize("day", ["2026-03-03", "2026-03-10", "2026-04-20"])
def test_the_clock_that_speaks_is_the_same_for_a_list_and_for_one_task(hall: Hall, day: str) -> None:
    """The list has the database choose it, one task chooses among its clocks."""
    case_id = hall.at("2026-03-02").accepted("XF01")
    hall.does("xu", case_id, "review", "pass")
    hall.at("2026-03-03").does("gao", case_id, "expert_start", "start", **EXPERTS)
    for _ in range(2):
        hall.accepted("XF01")
        hall.file("GH02")
    hall.at(day).duties()
    for login in ("xu", "gao", "zhao", "qian"):
        for line in page(hall, login).lines:
            with hall.database.reading() as tx:
                assert task_line(tx, hall.officer(login), hall.now, line.id) == line


# ---------------------------------------------------------------- boxes
def test_a_task_goes_from_the_pool_to_the_desk_to_what_is_done(hall: Hall) -> None:
    case_id = hall.at("2026-03-02").file("GH02").case_id
    window = next(iter(hall.officer("zhao").windows))
    assert (counted(hall, "zhao").pool, counted(hall, "zhao").mine) == (Count(1), Count(0))
    task = hall.claim("zhao", case_id, "intake")
    assert counted(hall, "zhao") == Boxes(Count(1), {window: Count(0)})
    (mine,) = page(hall, "zhao", Asked(Box.MINE)).lines
    assert (mine.id, mine.officer, mine.window) == (task, "赵敏", "自然资源窗口")
    assert page(hall, "qian").lines == []
    hall.completes("zhao", task, "accept")
    assert page(hall, "zhao", Asked(Box.MINE)).lines == []
    (done,) = page(hall, "zhao", Asked(Box.DONE)).lines
    assert (done.outcome, done.done_at) == ("accept", hall.now)
    assert [line.name for line in page(hall, "qian").lines] == ["审查"]


def test_another_department_finds_nothing(hall: Hall) -> None:
    hall.accepted()
    for box in Box:
        assert page(hall, "li", Asked(box)).lines == []
    assert not counted(hall, "li").pool


def test_a_stand_in_finds_the_work_of_the_absent_colleague(hall: Hall) -> None:
    hall.at("2026-03-02").file("GH02")
    away = hall.hire("bai", "lz-900", like="zhao", name="白某")
    with hall.database.writing() as tx:
        w = tables.officer_windows
        tx.execute(w.delete().where(w.c.officer_id == away.id))
    assert page(hall, "bai").lines == []
    hall.stand_in("zhao", "bai")
    assert len(page(hall, "bai").lines) == 1
    assert counted(hall, "bai").pool == Count(1)
    hall.at("2027-01-04")
    assert page(hall, "bai").lines == [], "the year of the stand-in is over"


def test_a_stand_in_of_another_department_finds_it_too(hall: Hall) -> None:
    hall.at("2026-03-02").file("GH02")
    assert page(hall, "li").lines == []
    hall.stand_in("zhao", "li")
    assert [line.step for line in page(hall, "li").lines] == ["intake"]
    hall.at("2027-01-04")
    assert page(hall, "li").lines == [], "the year of the stand-in is over"


@pytest.mark.parametrize("few", [0, 3000])
def test_what_a_stand_in_did_is_not_shown_to_him_when_he_may_not_see_it_any_more(
    hall: Hall, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While he stands in, what he has done lies among what he did for his own department; afterwards those cases are a stranger's."""
    monkeypatch.setattr(desks, "FEW", few)
    hall.stand_in("zhao", "li")
    hall.at("2026-03-02").does("li", hall.file("GH02").case_id, "intake", "accept")
    with hall.database.reading() as tx:
        li = hall.officer("li")
        while_he_did = replace(li, stands_in=(hall.officer("zhao"),))
        for asked in (Asked(Box.DONE), Asked(Box.DONE, query="王"), Asked(Box.DONE, matter="GH02")):
            assert [line.step for line in worklist(tx, while_he_did, hall.now, asked)] == ["intake"]
            assert worklist_page(tx, li, hall.now, asked).lines == []
        assert choices(tx, while_he_did, hall.now, Box.DONE).kinds == {StepKind.INTAKE: Count(1)}
        assert choices(tx, li, hall.now, Box.DONE) == Choices((), {})


def test_nobody_without_a_window_has_a_pool(hall: Hall) -> None:
    hall.file("GH02")
    assert page(hall, "zhou").lines == []
    assert counted(hall, "zhou").pools == {}
    assert narrows(hall, "zhou", Box.POOL) == Choices((), {})


# ---------------------------------------------------------------- narrowing
@pytest.fixture
def busy(hall: Hall) -> Hall:
    """Sixteen in the pool of the window: ten to accept, six to review, one of them late."""
    return sixteen(hall)


@pytest.fixture(scope="module")
def full(shared_hall: Hall) -> Hall:
    """The same, for those who only look."""
    return sixteen(shared_hall)


def sixteen(hall: Hall) -> Hall:
    hall.at("2026-03-02").accepted()
    hall.at("2026-03-09")
    for _ in range(10):
        hall.file("GH02")
    for _ in range(5):
        hall.accepted()
    hall.duties()
    with hall.database.writing() as tx:
        c = tables.cases
        tx.execute(c.update().where(c.c.case_no == "GH02-2026-00003").values(applicant_name="临州 50%_制药有限公司"))
    return hall


NARROWED = [
    (Asked(lamp=Lamp.RED), 1),
    (Asked(lamp=Lamp.GREEN), 15),
    (Asked(lamp=Lamp.DARK_RED), 0),
    (Asked(kind=StepKind.INTAKE), 10),
    (Asked(kind=StepKind.REVIEW), 6),
    (Asked(matter="GH02"), 16),
    (Asked(matter="TZ01"), 0),
    (Asked(query="GH02-2026-0001"), 7),
    (Asked(query="gh02-2026-00012"), 1),
    (Asked(query="2026-00012"), 0),  # a number is found by its beginning
    (Asked(query="王"), 15),
    (Asked(query="50%_"), 1),  # what a pattern would mean is meant literally
    (Asked(query="%"), 1),
    (Asked(query="王", kind=StepKind.REVIEW, lamp=Lamp.RED), 1),
    (Asked(matter="GH02", kind=StepKind.INTAKE, query="GH02-2026-00012"), 0),
]


@pytest.mark.parametrize(("asked", "n"), NARROWED)
def test_narrowed(full: Hall, asked: Asked, n: int) -> None:
    shown = page(full, "zhao", asked)
    assert (len(shown.lines), shown.total) == (n, Count(n))
    assert sum((g.count.n for g in shown.groups if g.count), 0) == n
    assert [line.id for line in shown.lines] == [line.id for line in lines(full, "zhao", asked)]


def test_every_task_bears_the_matter_of_its_case(busy: Hall) -> None:
    """A list that is narrowed by a matter looks at no case."""
    busy.accepted("XF01")
    t, c = tables.tasks, tables.cases
    with busy.database.reading() as tx:
        rows = tx.rows(sa.select(t.c.matter_id, c.c.matter_id.label("of_case")).join(c, c.c.id == t.c.case_id))
    assert len({row.matter_id for row in rows}) == 2
    assert [row for row in rows if row.matter_id != row.of_case] == []


def test_the_sums_of_lamps_do_not_follow_the_lamp_that_is_chosen(full: Hall) -> None:
    shown = page(full, "zhao", Asked(lamp=Lamp.RED))
    assert (shown.lamps[Lamp.RED], shown.lamps[Lamp.GREEN]) == (Count(1), Count(15))


def test_one_window_of_several(full: Hall) -> None:
    window = next(iter(full.officer("zhao").windows))
    assert len(page(full, "zhao", Asked(window=window)).lines) == 16
    assert page(full, "zhao", Asked(window=window + 1)).lines == []


def test_what_there_is_to_narrow_by(full: Hall) -> None:
    found = narrows(full, "zhao", Box.POOL)
    assert found.matters == (("GH02", "建设用地规划许可证核发"),)
    assert found.kinds == {StepKind.INTAKE: Count(10), StepKind.REVIEW: Count(6)}
    assert narrows(full, "zhao", Box.DONE).kinds == {StepKind.INTAKE: Count(6)}


# ---------------------------------------------------------------- pages
def turned(hall: Hall, login: str, asked: Asked, limit: int) -> Iterable[Line]:
    after = ""
    while True:
        shown = page(hall, login, asked, limit=limit, after=after)
        yield from shown.lines
        if not shown.more:
            return
        after = shown.next


@pytest.mark.parametrize("asked", [Asked(), Asked(query="王"), Asked(kind=StepKind.INTAKE), Asked(Box.DONE)])
@pytest.mark.parametrize("limit", [1, 3, 16])
def test_page_after_page_gives_every_task_once(full: Hall, asked: Asked, limit: int) -> None:
    whole = [line.id for line in page(full, "zhao", asked, limit=100).lines]
    assert [line.id for line in turned(full, "zhao", asked, limit)] == whole
    assert len(set(whole)) == len(whole) > 5


def test_a_page_goes_on_behind_the_place_where_the_last_one_ended(busy: Hall) -> None:
    """Although the task that stood there was put off by three months meanwhile: what lay between must not be left out."""
    first = page(busy, "zhao", limit=5)
    assert first.more
    assert first.total == Count(16)
    last = first.lines[-1]
    with busy.database.writing() as tx:
        later = tables.tasks.update().where(tables.tasks.c.id == last.id).values(due_on=last.due_on + timedelta(90))
        tx.execute(later)
    rest = page(busy, "zhao", after=first.next).lines
    assert len(rest) == 12
    assert rest[-1].id == last.id
    assert {line.id for line in first.lines} & {line.id for line in rest} == {last.id}


DAY, LAST_DAY = date(2026, 3, 2).toordinal(), date.max.toordinal()


@pytest.mark.parametrize(
    "cursor",
    [
        *("x", "4711", "ZGVzay4xLjIu", Cursor("done", 1, 2).written, Cursor("desk", 9, 1, 1).written),
        Cursor("desk", 2, LAST_DAY, 1).written,  # no day, among those that have one
        Cursor("desk", 4, DAY, 1).written,  # a day, among those that have none
        Cursor("desk", 2, DAY, 1, text="\0").written,
    ],
)
def test_a_cursor_that_is_none_is_refused_and_does_not_begin_anew(full: Hall, cursor: str) -> None:
    for asked in (Asked(), Asked(query="王")):
        with pytest.raises(CursorNotUnderstood):
            page(full, "zhao", asked, after=cursor)


def test_what_has_no_day_comes_last(busy: Hall) -> None:
    some = page(busy, "zhao").lines[3]
    with busy.database.writing() as tx:
        tx.execute(tables.tasks.update().where(tables.tasks.c.id == some.id).values(due_on=None))
    for limit in (4, 50):
        assert [line.id for line in turned(busy, "zhao", Asked(), limit)][-1] == some.id
    assert page(busy, "zhao").groups[-1].title == "没有到期日"


@pytest.mark.parametrize("limit", [1, 3, 7])
@pytest.mark.parametrize("asked", [Asked(), Asked(lamp=Lamp.GREEN), Asked(kind=StepKind.REVIEW)])
def test_a_group_is_counted_whole_on_whichever_page_it_begins_ends_or_goes_on(
    full: Hall, asked: Asked, limit: int
) -> None:
    whole = {group.key: group.count for group in page(full, "zhao", asked, limit=100).groups}
    assert len(whole) >= 2
    after, told = "", set[str]()
    while True:
        shown = page(full, "zhao", asked, limit=limit, after=after)
        assert {group.key: group.count for group in shown.groups}.items() <= whole.items()
        told |= {group.key for group in shown.groups}
        if not shown.more:
            break
        after = shown.next
    assert told == whole.keys()


def test_a_page_asks_two_questions_and_a_third_where_its_last_days_go_on(full: Hall) -> None:
    """The counts with the mark under which office, windows and stand-ins are kept; the lines; how many are due in the days in which
    the page ends."""
    zhao, heard = full.officer("zhao"), list[str]()
    with full.database.reading() as tx:
        worklist_page(tx, zhao, full.now, Asked(), limit=3)

    def hears(*given: Any) -> None:
        heard.append(given[2])

    sa.event.listen(full.database.engine, "before_cursor_execute", hears)
    for limit, questions in ((100, 2), (1, 2), (3, 3)):
        heard.clear()
        with full.database.reading() as tx:
            shown = worklist_page(tx, zhao, full.now, Asked(), limit=limit)
        assert (len(shown.lines), shown.total) == (min(limit, 16), Count(16))
        assert len([text for text in heard if " FROM " in text.replace("\n", " ")]) == questions
    sa.event.remove(full.database.engine, "before_cursor_execute", hears)


def test_what_was_known_of_the_establishment_is_used_only_while_it_holds(hall: Hall) -> None:
    """Another process names a matter and a window anew: the next page of this one says so."""
    hall.at("2026-03-02").file("GH02")
    (before,) = page(hall, "zhao").lines
    assert (before.matter, before.window) == ("建设用地规划许可证核发", "自然资源窗口")
    other = Database.open(hall.database.engine.url.render_as_string(hide_password=False))
    with other.writing() as tx:
        m, w = tables.matters, tables.windows
        tx.execute(m.update().where(m.c.name == before.matter).values(name="用地规划"))
        tx.execute(w.update().where(w.c.id == before.window_id).values(name="规划窗口"))
    other.close()
    (after,) = page(hall, "zhao").lines
    assert (after.matter, after.window) == ("用地规划", "规划窗口")


def test_counting_ends_for_a_lamp_and_for_a_stretch_of_days(full: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fifteen are green, and more than eight of them are due in one stretch; one is red."""
    whole = page(full, "zhao")
    monkeypatch.setattr(desks, "MOST", 8)
    monkeypatch.setattr(desks, "_counting", lru_cache(desks._counting.__wrapped__))
    after, told = "", dict[str, int]()
    while True:
        shown = page(full, "zhao", limit=2, after=after)
        assert (shown.lamps[Lamp.RED], shown.lamps[Lamp.GREY]) == (Count(1), Count(0))
        assert str(shown.lamps[Lamp.GREEN]) == str(shown.total) == "8+"
        for group in shown.groups:
            assert group.count is not None
            told[group.key] = group.count.n
        if not shown.more:
            break
        after = shown.next
    assert told == {group.key: min(group.count.n, 9) for group in whole.groups if group.count}
    assert 9 in told.values()


def test_counts_end_at_a_thousand() -> None:
    assert [str(Count(n)) for n in (0, 1, 1000, 1001, 2002)] == ["0", "1", "1000", "1000+", "1000+"]


def test_many_cases_found_are_read_from_the_index_and_few_from_the_cases(
    busy: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both ways give the same page."""
    asked = Asked(query="王")
    few = page(busy, "zhao", asked)
    monkeypatch.setattr(desks, "FEW", 3)
    many = page(busy, "zhao", asked)
    assert [line.id for line in many.lines] == [line.id for line in few.lines]
    assert (many.lamps, many.total) == (few.lamps, few.total)
    assert [line.id for line in turned(busy, "zhao", asked, 4)] == [line.id for line in few.lines]


def test_what_was_not_looked_at_may_be_more(full: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fifteen are green, one is red: of each lamp four are looked at, in one round of the list also four."""
    monkeypatch.setattr(desks, "FEW", 3)
    monkeypatch.setattr(desks, "IN_INDEX", 1)
    monkeypatch.setattr(desks, "LOOKED", 20)
    monkeypatch.setattr(rounds, "ROUND", 4)
    for asked in (Asked(query="王"), Asked(matter="GH02")):
        shown = page(full, "zhao", asked, limit=5)
        assert shown.lamps[Lamp.RED] == Count(1), "all one of them were looked at"
        assert shown.lamps[Lamp.GREEN].at_least
        assert str(shown.total) == f"{shown.lamps[Lamp.GREEN].n + 1}+"
        assert 4 <= shown.lamps[Lamp.GREEN].n <= 5, "what stands on the page is counted"
    rare = page(full, "zhao", Asked(kind=StepKind.CERTIFICATE), limit=5)
    assert (rare.lines, rare.stopped, str(rare.total), bool(rare.total)) == ([], True, "0+", True)
    assert list(turned(full, "zhao", Asked(kind=StepKind.CERTIFICATE), 5)) == []
    monkeypatch.setattr(desks, "LOOKED", 75)
    assert page(full, "zhao", Asked(matter="GH02"), limit=5).total == Count(16)


# ---------------------------------------------------------------- tags
def test_the_tag_that_changes_the_work(hall: Hall) -> None:
    hall.at("2026-03-02").file("GH02")
    tolerant = hall.file("GH02").case_id
    with hall.database.writing() as tx:
        c = tables.cases
        tx.execute(c.update().where(c.c.id == tolerant).values(acceptance_mode="tolerant"))
    assert [line.tag for line in page(hall, "zhao").lines] == ["", "容缺"]
