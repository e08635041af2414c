"""The short forms of the catalogue: every row of the demo catalogue, each field, and everything that is refused."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from engine.clock import (
    RULES,
    Approver,
    ClockKind,
    CountedFrom,
    ExtensionRule,
    Ground,
    Limit,
    Source,
    Span,
    Stop,
    follow,
    limit_from_catalogue,
    limits_from_catalogue,
)
from engine.clock.catalogue_forms import LimitNotUnderstood

# what the 37 demo matters say about their limits
DEMO = """
SC01: {lim: [3, wd, accepted], src: G, promised: [0.5, wd]}
YZ01: {lim: [1, wd, received], src: P, promised: [0.5, wd]}
TZ01: {lim: [0, wd, received], src: S, promised: [0, wd]}
TZ02: {lim: [20, wd, accepted], src: S, ext: [40, wd, main_head], pause: [evaluation<=30wd], promised: [10, wd]}
TZ03: {lim: [20, wd, accepted], src: P, pause: [evaluation, expert_review], promised: [8, wd]}
GH01: {lim: [20, wd, accepted], src: G, pause: [expert_review], promised: [8, wd]}
ZR01: {lim: [20, wd, accepted], src: P, pause: [tender, auction], promised: [10, wd]}
ZR02: {lim: [20, wd, accepted], src: G, promised: [10, wd]}
GH02: {lim: [20, wd, accepted], src: S, promised: [3, wd]}
HP01: {lim: [60, cd, received], src: S, pause: [hearing, expert_review, technical_evaluation], promised: [15, wd]}
HP02: {lim: [30, cd, received], src: S, pause: [expert_review, technical_evaluation], promised: [7, wd]}
HP03: {lim: [0, wd, received], src: S, promised: [0, wd]}
JN01: {lim: [20, wd, accepted], src: S, pause: [agency_evaluation<=15wd], promised: [5, wd]}
SL01: {lim: [10, wd, accepted], src: G, pause: [expert_review], promised: [5, wd]}
SL02: {lim: [45, wd, accepted], src: S, pause: [hearing, opinion_request, dispute], promised: [15, wd]}
SL03: {lim: [20, wd, accepted], src: G, pause: [expert_review], promised: [10, wd]}
LY01: {lim: [20, wd, accepted], src: G, pause: [public_notice_local_rule], promised: [10, wd]}
WW01: {lim: [20, wd, accepted], src: G, pause: [expert_review, archaeology], promised: [10, wd]}
AJ01: {lim: [45, cd, accepted], src: G, pause: [expert_review], promised: [20, wd]}
GH03: {lim: [20, wd, accepted], src: P, pause: [expert_review, public_notice_local_rule], promised: [7, wd]}
GH04: {lim: [20, wd, accepted], src: S, promised: [5, wd]}
RF01: {lim: [20, wd, accepted], src: G, promised: [5, wd]}
ZJ01: {lim: [15, wd, received], src: G, promised: [8, wd]}
XF01: {lim: [15, wd, accepted], src: S, pause: [expert_review<=20wd], promised: [7, wd]}
QX01: {lim: [10, wd, accepted], src: G, promised: [3, wd]}
CG01: {lim: [20, wd, accepted], src: G, promised: [3, wd]}
YL01: {lim: [20, wd, accepted], src: G, promised: [3, wd]}
CG02: {lim: [20, wd, accepted], src: G, promised: [2, wd]}
PS01: {lim: [20, wd, accepted], src: G, pause: [testing], promised: [5, wd]}
ZJ04: {lim: [7, cd, received], src: S, promised: [3, wd]}
GY01: {lim: [10, wd, received], src: P, promised: [3, wd]}
GY02: {lim: [20, wd, received], src: P, promised: [10, wd]}
GH05: {lim: [20, wd, accepted], src: G, promised: [5, wd]}
XF02: {lim: [15, wd, accepted], src: G, promised: [5, wd]}
ZJ05: {lim: [45, wd, accepted], src: P, promised: [10, wd]}
ZJ06: {lim: [5, wd, received], src: P, promised: [0, wd]}
ZR03: {lim: [30, wd, accepted], src: S, notice: [0, wd], pause: [public_notice_local_rule], promised: [3, wd]}
"""
MATTERS: dict[str, dict[str, Any]] = yaml.safe_load(DEMO)


def limits(code: str, **more: Any) -> dict[ClockKind, Limit]:
    row = MATTERS[code]
    statutory = {name: row[name] for name in ("lim", "src", "ext", "pause") if name in row}
    records = {"statutory": {**statutory, **more}, "promised": row["promised"]}
    return limits_from_catalogue({**records, **({"notice": row["notice"]} if "notice" in row else {})})


@pytest.mark.parametrize("code", MATTERS)
def test_every_demo_matter_is_understood(code: str) -> None:
    read, row = limits(code), MATTERS[code]
    statutory, promised = read[ClockKind.STATUTORY], read[ClockKind.PROMISED]
    assert [statutory.span.n, str(statutory.span.unit), str(statutory.counted_from)] == row["lim"]
    assert statutory.src == row["src"]
    assert promised.span == Span(int(row["promised"][0]))
    assert (promised.counted_from, promised.src) == (CountedFrom.ACCEPTED, Source.P)
    named = {p.split("<=")[0] for p in row.get("pause", [])}
    assert {str(g) for g in (*statutory.grounds, *statutory.unfounded)} == named
    assert promised.grounds == statutory.grounds
    assert read[ClockKind.DELIVERY] == RULES[ClockKind.DELIVERY].default


def test_there_are_37() -> None:
    assert len(MATTERS) == 37


def test_article_45_reaches_the_limits_of_its_own_law_only() -> None:
    assert limits("GH01")[ClockKind.STATUTORY].grounds == {Ground.EXPERT_REVIEW: Stop("行政许可法 第45条")}
    eia = limits("HP01")[ClockKind.STATUTORY]
    assert eia.grounds == {}
    assert eia.unfounded == (Ground.HEARING, Ground.EXPERT_REVIEW, Ground.TECHNICAL_EVALUATION)
    assert not eia.stops(Ground.HEARING)
    fire = limits("XF01", basis="消防设计审查规定 第22条")[ClockKind.STATUTORY]
    assert fire.unfounded == (Ground.EXPERT_REVIEW,)
    founded = limits("XF01", basis="消防设计审查规定 第22条", pause_basis={"expert_review": "消防设计审查规定 第22条"})
    assert founded[ClockKind.PROMISED].grounds == {Ground.EXPERT_REVIEW: Stop("消防设计审查规定 第22条", Span(20))}


def test_a_ground_outside_article_45_needs_its_basis() -> None:
    assert limits("TZ02")[ClockKind.STATUTORY].unfounded == (Ground.EVALUATION,)
    rule = "企业投资项目核准和备案管理条例 第10条"
    founded = limits("TZ02", basis=rule, ext_basis=rule, pause_basis={"evaluation": rule})[ClockKind.STATUTORY]
    assert founded.grounds == {Ground.EVALUATION: Stop(rule, Span(30))}
    assert founded.extension == ExtensionRule(Span(40), Approver.MAIN_HEAD, rule)
    assert founded.cited == rule


def test_the_notice_of_a_matter_overrides_the_law() -> None:
    assert limits("ZR03")[ClockKind.NOTICE].span == Span(0)
    assert limits("GH01")[ClockKind.NOTICE] == RULES[ClockKind.NOTICE].default


def test_one_limit_of_a_guide() -> None:
    read = limit_from_catalogue(
        {"lim": [20, "wd", "accepted"], "basis": "行政许可法 第42条", "src": "S", "ext": [10, "wd", "head"],
         "ext_basis": "行政许可法 第42条", "pause": ["expert_review"]}
    )  # fmt: skip
    assert read == Limit(
        Span(20),
        CountedFrom.ACCEPTED,
        {Ground.EXPERT_REVIEW: Stop("行政许可法 第45条")},
        ExtensionRule(Span(10), Approver.HEAD, "行政许可法 第42条"),
        "行政许可法 第42条",
        Source.S,
    )


def test_a_promise_with_its_own_grounds_keeps_them() -> None:
    statutory = limit_from_catalogue({"lim": [20, "wd", "accepted"], "pause": ["hearing", "testing"]})
    own = limit_from_catalogue({"lim": [8, "wd", "accepted"], "pause": ["testing"]})
    assert follow(own, statutory) is own
    plain = limit_from_catalogue([8, "wd", "accepted"])
    assert set(follow(plain, statutory).grounds) == {Ground.HEARING, Ground.TESTING}


def refused(record: Any, kind: ClockKind | None = None) -> dict[str, str]:
    with pytest.raises(LimitNotUnderstood) as wrong:
        limit_from_catalogue(record, kind)
    assert all(f.remedy for f in wrong.value.faults)
    assert wrong.value.faults[0].sentence in str(wrong.value)
    return {f.place: f.sentence for f in wrong.value.faults}


LIM = [20, "wd", "accepted"]


@pytest.mark.parametrize(
    ("record", "place", "told"),
    [
        ({}, "/lim", "应当写成"),
        ({"lim": [20, "wd"]}, "/lim", "应当写成"),
        ({"lim": "20wd"}, "/lim", "应当写成"),
        ({"lim": [20, "days", "accepted"]}, "/lim", "不是能计算的时限"),
        ({"lim": [1.5, "wd", "accepted"]}, "/lim", "不是能计算的时限"),
        ({"lim": [0.5, "cd", "accepted"]}, "/lim", "不是能计算的时限"),
        ({"lim": [True, "wd", "accepted"]}, "/lim", "不是能计算的时限"),
        ({"lim": ["20", "wd", "accepted"]}, "/lim", "不是能计算的时限"),
        ({"lim": [-1, "wd", "accepted"]}, "/lim", "不是能计算的时限"),
        ({"lim": [20, "wd", "filed"]}, "/lim", "起算“filed”不对"),
        ({"lim": LIM, "src": "X"}, "/src", "来源标记"),
        ({"lim": LIM, "basis": 42}, "/basis", "文字"),
        ({"lim": LIM, "ext": [10, "wd"]}, "/ext", "延长应当写成"),
        ({"lim": LIM, "ext": [10, "wd", "mayor"]}, "/ext", "延长应当写成"),
        ({"lim": LIM, "ext": [10, "cd", "head"]}, "/ext", "单位与时限不同"),
        ({"lim": LIM, "ext": [0, "wd", "head"]}, "/ext", "没有长度"),
        ({"lim": LIM, "ext": [9.5, "wd", "head"]}, "/ext", "不是能计算的时限"),
        ({"lim": LIM, "pause": "hearing"}, "/pause", "列表"),
        ({"lim": LIM, "pause": ["site_visit"]}, "/pause", "现场踏勘不停止计时"),
        ({"lim": LIM, "pause": ["lunch"]}, "/pause", "“lunch”不认识"),
        ({"lim": LIM, "pause": [7]}, "/pause", "“7”不认识"),
        ({"lim": LIM, "pause": ["hearing", "hearing"]}, "/pause", "写了两次"),
        ({"lim": LIM, "pause": ["hearing<=30"]}, "/pause", "看不懂"),
        ({"lim": LIM, "pause": ["hearing"], "pause_basis": {"testing": "x"}}, "/pause_basis", "不在 pause 里"),
        ({"lim": LIM, "pause": ["hearing"], "pause_basis": {"lunch": "x"}}, "/pause_basis", "不认识"),
        ({"lim": LIM, "pause": ["hearing"], "pause_basis": {"hearing": ""}}, "/pause_basis", "暂停依据"),
        ({"lim": LIM, "pause": ["hearing"], "pause_basis": ["x"]}, "/pause_basis", "暂停依据"),
        ({"lim": LIM, "limit": 20}, "/limit", "没有“limit”这一项"),
        (20, "/", "写法不对"),
        (None, "/", "写法不对"),
    ],
)
def test_a_fault_is_named(record: Any, place: str, told: str) -> None:
    assert told in refused(record)[place]


@pytest.mark.parametrize(
    ("kind", "record", "place"),
    [
        (ClockKind.NOTICE, [5, "wd", "accepted"], "/lim"),
        (ClockKind.DELIVERY, [10, "wd", "received"], "/lim"),
        (ClockKind.STATUTORY, [20, "wd", "decided"], "/lim"),
        (ClockKind.DELIVERY, {"lim": [10, "wd", "decided"], "pause": ["hearing"]}, "/pause"),
        (ClockKind.NOTICE, {"lim": [5, "wd"], "ext": [5, "wd", "head"]}, "/ext"),
    ],
)
def test_what_a_kind_of_clock_does_not_allow(kind: ClockKind, record: Any, place: str) -> None:
    assert place in refused(record, kind)


def test_faults_of_all_limits_at_once_with_their_places() -> None:
    with pytest.raises(LimitNotUnderstood) as wrong:
        limits_from_catalogue(
            {
                "statutory": {"lim": [20, "wd", "filed"], "src": "Q"},
                "promised": "soon",
                "decision": [1, "wd", "decided"],
                "notice": [5, "wd"],
            }
        )
    assert {f.place for f in wrong.value.faults} == {"/statutory/lim", "/statutory/src", "/promised", "/decision"}
    assert wrong.value.facts["count"] == 4
