"""Holiday notices: what is shipped, what is refused, and that a notice goes out and comes back."""

from __future__ import annotations

import json
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import chinese_calendar
import pytest

from engine.clock import Notice, Source, WorkCalendar, dump_notice, parse_notice, shipped_notices
from engine.clock.notice import NoticeNotValid
from tests.clock.reckoning import CALENDAR, day, days

GOOD: dict[str, Any] = {
    "number": "国办发明电〔2026〕0号",
    "title": "演示",
    "year": 2027,
    "region": "CN",
    "issued_on": "2026-11-25",
    "holds_from": "2026-11-25",
    "changes": "",
    "off": ["2026-12-31", "2027-01-01", "2027-05-01", "2027-05-03", "2027-10-01", "2027-10-04"],
    "work": ["2026-12-26", "2027-10-09"],
    "src": "P",
}


def faults(drawn: Any) -> dict[str, str]:
    with pytest.raises(NoticeNotValid) as refused:
        parse_notice(drawn)
    assert all(f.remedy and f.code == "notice-not-valid" for f in refused.value.faults)
    assert refused.value.facts["count"] == len(refused.value.faults)
    return {f.place: f.sentence for f in refused.value.faults}


def test_every_day_of_nine_years_agrees_with_the_package() -> None:
    known = days(date(2018, 1, 1), date(2026, 12, 24))
    assert len(known) == 3280
    assert [d for d in known if CALENDAR.is_working(d) is not chinese_calendar.is_workday(d)] == []
    assert all(CALENDAR.known(d) for d in known)


@pytest.mark.parametrize(
    ("year", "months"),
    [(2025, "19 19 21 22 19 20 23 21 23 18 20 23"), (2026, "21 16 22 21 19 21 23 21 22 18 21 23")],
)
def test_working_days_per_month(year: int, months: str) -> None:
    firsts = [date(year, m, 1) for m in range(1, 13)] + [date(year + 1, 1, 1)]
    one = timedelta(1)
    counts = [CALENDAR.count(a - one, b - one) for a, b in pairwise(firsts)]
    assert counts == [int(n) for n in months.split()]
    assert sum(counts) == 248


def test_what_is_shipped() -> None:
    shipped = shipped_notices()
    assert [n.year for n in shipped if n.opens_year] == list(range(2018, 2027))
    changes = {n.changes: n for n in shipped if not n.opens_year}
    assert set(changes) == {"国办发明电〔2018〕15号", "国办发明电〔2019〕16号"}
    assert changes["国办发明电〔2018〕15号"].holds_from == day("2019-03-22")
    assert changes["国办发明电〔2019〕16号"].holds_from == day("2020-01-26")
    newest = shipped[-1]
    assert (newest.number, newest.issued_on, newest.src) == ("国办发明电〔2025〕7号", day("2025-11-04"), Source.S)
    assert len({n.number for n in shipped}) == len(shipped) == 11


def test_the_days_of_2025_and_2026_that_the_handbook_lists() -> None:
    by_year = {n.year: n for n in shipped_notices() if n.opens_year}
    weekdays_off = (
        "01-01 01-28 01-29 01-30 01-31 02-03 02-04 04-04 05-01 05-02 05-05 06-02 10-01 10-02 10-03 10-06 10-07 10-08"
    )
    assert [f"{d:%m-%d}" for d in by_year[2025].off if d.weekday() < 5] == weekdays_off.split()
    assert [f"{d:%m-%d}" for d in by_year[2025].work] == ["01-26", "02-08", "04-27", "09-28", "10-11"]
    assert [f"{d:%m-%d}" for d in by_year[2026].work] == ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"]


@pytest.mark.parametrize("notice", shipped_notices(), ids=lambda n: n.number)
def test_a_shipped_notice_round_trips(notice: Notice) -> None:
    dumped = dump_notice(notice)
    assert parse_notice(dumped) == notice
    assert parse_notice(json.dumps(dumped, ensure_ascii=False).encode()) == notice
    assert hash(parse_notice(dumped)) == hash(notice)


def test_a_good_notice() -> None:
    notice = parse_notice(json.dumps(GOOD).encode("utf-8-sig"))
    assert (notice.year, notice.work[0], notice.opens_year) == (2027, day("2026-12-26"), True)
    assert parse_notice({k: v for k, v in GOOD.items() if k != "holds_from"}).holds_from == notice.issued_on
    assert WorkCalendar.of((*shipped_notices(), notice)).known_through == day("2027-12-24")


def test_a_change_may_give_a_weekday_back() -> None:
    change = {**GOOD, "number": "演示2", "changes": GOOD["number"], "off": [], "work": ["2027-05-03"]}
    notice = parse_notice(change)
    assert not notice.opens_year
    calendar = WorkCalendar.of((*shipped_notices(), parse_notice(GOOD), notice))
    assert calendar.is_working(day("2027-05-03"))
    assert calendar.why(day("2027-05-03")).words == "工作日（演示2）"


@pytest.mark.parametrize(
    ("changed", "place", "told"),
    [
        ({"work": [*GOOD["work"], "2027-05-01"]}, "/work", "既放假又上班"),
        ({"work": ["2027-10-12"]}, "/work", "本来就上班"),
        ({"off": [*GOOD["off"], "2026-12-24"]}, "/off", "不在 2027 年"),
        ({"off": [*GOOD["off"], "2028-01-01"]}, "/off", "不在 2027 年"),
        ({"work": ["2026-12-19"]}, "/work", "不在 2027 年"),
        ({"off": ["2027-01-01", "2027-05-01"]}, "/off", "没有 10 月 1 日"),
        ({"off": [*GOOD["off"], "2027-01-01"]}, "/off", "写了两次"),
        ({"off": ["2027-02-30"]}, "/off/0", "不是日期"),
        ({"off": "2027-01-01"}, "/off", "列表"),
        ({"off": [20270101]}, "/off/0", "不是日期"),
        ({"year": "2027"}, "/year", "年份"),
        ({"year": True}, "/year", "年份"),
        ({"year": 1800}, "/year", "年份"),
        ({"region": "四川"}, "/region", "地区代码"),
        ({"src": "X"}, "/src", "来源标记"),
        ({"number": " "}, "/number", "文字"),
        ({"number": 7}, "/number", "文字"),
        ({"title": "长" * 201}, "/title", "文字"),
        ({"issued_on": "昨天"}, "/issued_on", "不是日期"),
        ({"holds_from": "2026-11-24"}, "/holds_from", "发布之前"),
        ({"holidays": []}, "/holidays", "没有“holidays”这个字段"),
        ({"changes": "别的", "off": [], "work": []}, "/off", "没有写任何一天"),
    ],
)
def test_a_fault_is_named(changed: dict[str, Any], place: str, told: str) -> None:
    assert told in faults({**GOOD, **changed})[place]


@pytest.mark.parametrize("name", ["number", "year", "issued_on", "off", "work", "src"])
def test_a_missing_field_is_named(name: str) -> None:
    assert faults({k: v for k, v in GOOD.items() if k != name}) == {f"/{name}": f"缺少“{name}”"}


def test_all_faults_at_once() -> None:
    told = faults({"year": 1, "off": ["?"], "colour": "red"})
    assert set(told) == {"/colour", "/number", "/issued_on", "/work", "/src", "/year", "/off/0"}


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"{", "JSON"),
        (b"\xff\xfe", "JSON"),
        (b"[" * 60000, "JSON"),
        (b" " * 70000, "64 KB"),
        (b"[]", "对象"),
        (b'{"year": 2027, "year": 2028}', "写了两次"),
    ],
)
def test_bytes_that_are_no_notice(body: bytes, told: str) -> None:
    assert told in "；".join(faults(body).values())
