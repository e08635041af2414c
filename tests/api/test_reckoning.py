"""The story's own arithmetic: known dates of the law come out of it, and a kept date that was altered is found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from api.demo.joint_story import story_days
from api.demo.reckoning import Days, Run, Told, reckon

ZONE = ZoneInfo("Asia/Shanghai")
LIMITS: Mapping[str, Any] = {
    "promised": {"lim": [20, "wd", "accepted"]},
    "statutory": {"lim": [20, "wd", "accepted"], "pause": ["expert_review<=20wd"]},
}
TODAY = date(2026, 3, 31)


@pytest.fixture(scope="module")
def days() -> Days:
    return story_days()


@pytest.mark.parametrize(
    ("start", "n", "unit", "due"),
    [
        ("2025-09-26", 20, "wd", "2025-10-30"),  # V01
        ("2025-09-30", 1, "wd", "2025-10-09"),  # V04
        ("2025-01-26", 5, "wd", "2025-02-08"),  # V06: due on a make-up Saturday
        ("2025-08-15", 60, "wd", "2025-11-13"),  # V24: a stage with its extension
        ("2026-02-10", 20, "wd", "2026-03-16"),  # V13
        ("2026-05-08", 3, "wd", "2026-05-12"),  # V18: a make-up day makes it shorter
        ("2025-08-08", 60, "cd", "2025-10-09"),  # X11: calendar days that end in a holiday move on
        ("2025-10-03", 0, "wd", "2025-10-09"),
    ],
)
def test_due_days_of_the_handbook(days: Days, start: str, n: int, unit: str, due: str) -> None:
    assert days.due(Run("statutory", "", date.fromisoformat(start), n, unit)) == date.fromisoformat(due)


def act(on: str, name: str, **payload: Any) -> dict[str, Any]:
    return {"at": datetime.fromisoformat(on).replace(tzinfo=ZONE), "act": name, "payload": payload}


def clock(kind: str, start: str, due: str, used: int, paused: int = 0, subject: str = "") -> dict[str, Any]:
    told = {"kind": kind, "subject": subject, "started_on": start, "due_on": due, "used": used, "paused": paused}
    return {**told, "state": "stopped"}


def paused_case() -> Told:
    """X03: accepted 8 September 2025, experts from the 15th to 20 October, so due 10 November; decided that day."""
    acts = [
        act("2025-09-05T10:00", "receive", received_at="2025-09-05T10:00:00+08:00"),
        act("2025-09-08T09:30", "accept", accepted_on="2025-09-08", mode="ordinary"),
        act("2025-09-15T09:00", "start_special", ground="expert_review", planned="20wd"),
        act("2025-10-20T16:00", "end_special", ground="expert_review"),
        act("2025-11-10T11:00", "decide_grant"),
        act("2025-11-11T11:00", "deliver"),
    ]
    clocks = [
        clock("notice", "2025-09-05", "2025-09-12", 1),
        clock("promised", "2025-09-08", "2025-11-10", 20, 21),
        clock("statutory", "2025-09-08", "2025-11-10", 20, 21),
        clock("special", "2025-09-15", "2025-10-17", 21, subject="expert_review"),
        clock("delivery", "2025-11-10", "2025-11-24", 1),
    ]
    acts.insert(3, flagged("special", "expert_review", "2025-10-17"))
    guide = {"name": "特殊建设工程消防设计审查", "limits": LIMITS}
    return Told("XF01-2025-00001", "XF01", guide, {"review": "3wd"}, acts, [], clocks)


def flagged(kind: str, subject: str, on: str) -> dict[str, Any]:
    return act(f"{on}T20:00", "flag", clock=kind, subject=subject, to="red")


def test_what_is_kept_rightly_has_no_flaw(days: Days) -> None:
    found = reckon([paused_case()], days, TODAY)
    assert (found.wrong, found.clocks) == ([], 5)
    (row,) = found.rows
    assert (row.promised, row.used, row.paused, str(row.due), row.in_time) == (
        "20 个工作日",
        20,
        21,
        "2025-11-10",
        True,
    )


@pytest.mark.parametrize(
    ("what", "value"), [("due_on", "2025-11-11"), ("used", 19), ("paused", 20), ("state", "running")]
)
def test_an_altered_record_is_found(days: Days, what: str, value: Any) -> None:
    told = paused_case()
    clocks = [dict(c) for c in told.clocks]
    clocks[2][what] = value
    wrong = reckon([replace(told, clocks=clocks)], days, TODAY).wrong
    assert len(wrong) == 1
    assert wrong[0].startswith("XF01-2025-00001 statutory（自 2025-09-08）")
    assert str(value) in wrong[0]


def test_a_clock_that_is_missing_or_has_no_ground_is_found(days: Days) -> None:
    told = paused_case()
    moved = [{**c, "started_on": "2025-09-09"} if c["kind"] == "promised" else c for c in told.clocks]
    wrong = reckon([replace(told, clocks=moved)], days, TODAY).wrong
    assert wrong == [
        "XF01-2025-00001 promised（自 2025-09-08）：没有这个时钟",
        "XF01-2025-00001 promised （自 2025-09-09）：这个时钟没有依据",
    ]


def test_whoever_was_late_must_have_been_flagged_and_nobody_else(days: Days) -> None:
    told = paused_case()
    silent = [a for a in told.acts if a["act"] != "flag"]
    assert reckon([replace(told, acts=silent)], days, TODAY).wrong == [
        "XF01-2025-00001 special expert_review：2025-10-17 到期未办，没有亮红灯"
    ]
    more = [*told.acts, flagged("statutory", "", "2025-11-07")]
    assert reckon([replace(told, acts=more)], days, TODAY).wrong == [
        "XF01-2025-00001 statutory ：2025-11-07 亮了红灯，依法不该"
    ]


def matter(code: str, opened: str, decided: str, *pauses: tuple[str, str]) -> Told:
    spans = [
        one
        for start, end in pauses
        for one in (
            act(f"{start}T10:00", "start_special", ground="auction", planned="20wd"),
            act(f"{end}T10:00", "end_special", ground="auction"),
        )
    ]
    acts = [
        act(f"{opened}T09:00", "accept", accepted_on=opened, mode="joint"),
        *spans,
        act(f"{decided}T09:00", "decide_grant"),
    ]
    return Told(f"{code}-1", code, {"name": code, "limits": LIMITS}, {}, acts, [], [], master="BA01-1")


def test_a_stage_stands_still_only_while_every_open_matter_does(days: Days) -> None:
    """From 4 to 9 March one is paused; the other is decided on the 5th, and until then it runs."""
    limits = {
        "promised": {"lim": [15, "wd", "accepted"]},
        "statutory": {"lim": [45, "wd", "accepted"], "pause": ["matters_paused"], "ext": [15, "wd", "government"]},
    }
    acts = [
        act("2026-03-02T09:00", "receive", received_at="2026-03-02T09:00:00+08:00"),
        act("2026-03-03T09:00", "accept", accepted_on="2026-03-03", mode="ordinary"),
        act("2026-03-10T09:00", "extend", span="15wd"),
        act("2026-03-12T09:00", "conclude"),
    ]
    stage = Told("BA01-1", "BA01", {"name": "阶段", "stage": "S1", "limits": limits}, {}, acts, [], [])
    children = [
        matter("ZR01", "2026-03-03", "2026-03-11", ("2026-03-04", "2026-03-09")),
        matter("TZ01", "2026-03-03", "2026-03-05"),
    ]
    row = next(r for r in reckon([stage, *children], days, TODAY).rows if r.code == "BA01")
    assert (row.used, row.paused, row.ended) == (4, 2, date(2026, 3, 11)), "6 and 9 March are not counted"
    assert row.due == date(2026, 3, 26), "the promise of a stage is never lengthened"
    assert row.due - timedelta(2) == date(2026, 3, 24)
