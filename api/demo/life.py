"""A hundred cases in all states: the hall as it is today, played from forty working days ago up to this minute.

Everybody acts through the doors of the engine at moments of office time; nothing is put into tables by hand. A case is a
generator that says when it goes on; those whose next moment has not come yet stand where they stand. The same day gives
the same hall.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

import sqlalchemy as sa

from engine.cases import NO_FILES, Files, act, act_as_applicant, case_id_of, complete
from engine.catalogue import running_version
from engine.clock import OfficeTime
from engine.people import Office, Officer, office_by_code, office_time, officer_by_login
from engine.projects import PlanItem, Told, open_project, set_plan
from engine.store import Database, tables
from engine.supervision import round_of_duties

from .acting import applies, sheet, takes
from .green import GREEN, OWNERS, STAGED
from .samples import ANSWERS, APPLICANTS, PLACES, PROJECTS

DAYS = 42
SAID: Mapping[tuple[str, str], Mapping[str, Any]] = {
    ("deliver", "delivered"): {"method": "pickup", "receiver": "经办人"},
    ("escalate", "sent_up"): {"opinion": "林地面积、类别与可行性报告一致，补偿协议齐全，建议准予，报市审核。"},
    ("countersign", "conditions"): {"opinion": "屋面防雷装置应在施工图阶段一并设计。"},
}
"""What people say with an act whose step has no form for it."""
Life = Iterator[tuple[int, int, int]]
"""What a case yields: go on so many working days later, at this hour and minute."""


@dataclass(frozen=True)
class Route:
    """Who does what in a matter when all goes well: (step, log-in, outcome, working days until it is done)."""

    clerk: str
    steps: tuple[tuple[str, str, str, int], ...]
    office: str = "lz"


def _tail(clerk: str, days: int = 1) -> tuple[tuple[str, str, str, int], ...]:
    """Certificate and delivery, which every route ends with."""
    return ("certificate", clerk, "made", days), ("deliver", clerk, "delivered", days)


ROUTES: Mapping[str, Route] = {
    "TZ01": Route("ma", (("intake", "ma", "accept", 0), ("decide", "he", "grant", 0), *_tail("ma", 0))),
    "SC01": Route("xie", (("intake", "xie", "accept", 0), ("decide", "tian", "grant", 0), *_tail("xie", 0))),
    "GH01": Route(
        "han",
        (
            ("intake", "han", "accept", 1),
            ("review", "qian", "pass", 2),
            ("expert_review_start", "sun", "skip", 1),
            ("check", "shen", "pass", 1),
            ("decide", "sun", "grant", 1),
            *_tail("han"),
        ),
    ),
    "GH02": Route(
        "zhao",
        (("intake", "zhao", "accept", 1), ("review", "qian", "pass", 1), ("decide", "sun", "grant", 1), *_tail("zhao")),
    ),
    "GH03": Route(
        "han",
        (
            ("intake", "han", "accept", 1),
            ("countersign", "deng", "agree", 1),
            ("countersign", "lu", "agree", 0),
            ("countersign", "wei", "agree", 0),
            ("countersign", "zeng", "conditions", 1),
            ("review", "shen", "pass", 2),
            ("decide", "sun", "grant", 1),
            *_tail("han"),
        ),
    ),
    "GH04": Route(
        "zhao",
        (("intake", "zhao", "accept", 1), ("review", "qian", "pass", 2), ("decide", "sun", "grant", 1), *_tail("zhao")),
    ),
    "ZJ01": Route(
        "lin",
        (
            ("intake", "lin", "accept", 1),
            ("opinion", "deng", "agree", 2),
            ("review", "xu", "pass", 1),
            ("opinion_b", "zeng", "agree", 0),
            ("check", "tang", "pass", 2),
            ("decide", "gao", "grant", 1),
            *_tail("lin"),
        ),
    ),
    "XF01": Route(
        "lin",
        (
            ("intake", "lin", "accept", 1),
            ("review", "xu", "pass", 2),
            ("expert_start", "gao", "skip", 1),
            ("check", "tang", "pass", 1),
            ("decide", "gao", "grant", 1),
            *_tail("lin"),
        ),
    ),
    "ZJ04": Route(
        "lin",
        (("intake", "lin", "accept", 0), ("review", "lu", "pass", 1), ("decide", "gao", "grant", 1), *_tail("lin")),
    ),
    "HP02": Route(
        "cui",
        (
            ("intake", "cui", "accept", 1),
            ("site_visit", "cui", "done", 2),
            ("review", "li", "pass", 2),
            ("decide", "pan", "grant", 1),
            *_tail("cui"),
        ),
    ),
    "LY01": Route(
        "cao",
        (
            ("intake", "cao", "accept", 1),
            ("site_visit", "cao", "done", 2),
            ("review", "cao", "pass", 3),
            ("decide", "yuan", "grant", 2),
            *_tail("cao"),
        ),
    ),
    "CG01": Route(
        "su",
        (
            ("intake", "su", "accept", 0),
            ("site_visit", "su", "done", 1),
            ("opinion", "wei", "agree", 0),
            ("decide", "ye", "grant", 1),
            *_tail("su"),
        ),
    ),
    "LY01@qy": Route(
        "qy-mu",
        (
            ("intake", "qy-mu", "accept", 1),
            ("site_visit", "qy-mu", "done", 2),
            ("review", "qy-mu", "pass", 3),
            ("escalate", "qy-tao", "sent_up", 1),
        ),
        "qy",
    ),
    "TZ01@qy": Route(
        "qy-bai", (("intake", "qy-bai", "accept", 0), ("decide", "qy-luo", "grant", 0), *_tail("qy-bai", 0)), "qy"
    ),
}


@dataclass
class Hall:
    """The hall while it is played: the days, the moment, and what people do at it."""

    database: Database
    today: datetime
    random: Random = field(default_factory=lambda: Random(20_251_125))
    now: datetime = field(init=False)

    def __post_init__(self) -> None:
        with self.database.reading() as tx:
            self.offices: dict[str, Office] = {code: office_by_code(tx, code) for code in ("lz", "qy")}
            self.time: OfficeTime = office_time(tx, self.offices["lz"])
        self.days = self._working_days()
        self.now = self.today

    def _working_days(self) -> list[date]:
        """The last working days up to today, the oldest first."""
        found: list[date] = []
        on = self.time.civil(self.today)
        while len(found) <= DAYS:
            if self.time.calendar.is_working(on):
                found.append(on)
            on -= timedelta(1)
        return found[::-1]

    def moment(self, index: int, hour: int, minute: int) -> datetime | None:
        """A time of the index-th day; None when that lies ahead."""
        if index >= len(self.days):
            return None
        at = datetime.combine(self.days[index], time(hour, minute), self.time.zone)
        return at if at <= self.today else None

    # ---- what people do
    def files(self, key: str, name: str, answers: Mapping[str, Any], **more: Any) -> str:
        """An application comes in, at the window or online; returns its number."""
        code, route = key.partition("@")[0], ROUTES[key]
        clerk = None if more.pop("online", False) else route.clerk
        with self.database.writing() as tx:
            of = self.offices[route.office]
            return applies(tx, of, code, name, self.now, clerk=clerk, answers=answers, **more).case_no

    def does(self, case_no: str, step: str, login: str, outcome: str, **details: Any) -> None:
        """Somebody takes the task of a step from his window's pool and completes it."""
        code = case_no.removeprefix("QY-").split("-")[0]
        given = SAID.get((step, outcome), {})
        make = ANSWERS.get(f"{code}.{step}")
        answers = make(self.now.astimezone(self.time.zone).date()) if make else {}
        who, task = self.takes(case_no, step, login)
        with self.database.writing() as tx:
            complete(tx, who, task.id, outcome, answers=answers, details={**given, **details}, now=self.now)

    def takes(self, case_no: str, step: str, login: str) -> tuple[Officer, Any]:
        with self.database.writing() as tx:
            return takes(tx, login, case_no, step, self.now)

    def above(self, case_no: str) -> str:
        """The number of the case that the upper office opened for one that was sent up."""
        c = tables.cases
        with self.database.reading() as tx:
            found = tx.value(sa.select(c.c.case_no).where(c.c.lower_id == case_id_of(tx, case_no)))
        return str(found)

    def acts(self, case_no: str, login: str, name: str, **details: Any) -> None:
        with self.database.writing() as tx:
            act(tx, officer_by_login(tx, login), case_id_of(tx, case_no), name, details, now=self.now)

    def brings(self, case_no: str, name: str, files: Files = NO_FILES, **details: Any) -> None:
        with self.database.writing() as tx:
            act_as_applicant(tx, case_id_of(tx, case_no), name, details, now=self.now, files=files)


def live(database: Database, today: datetime) -> int:
    """Play the hall up to `today`. Returns how many cases came in."""
    hall, before = Hall(database, today), _cases(database)
    _open_projects(hall)
    lives = [*_ordinary(hall), *_special(hall), *_green(hall), *_joint(hall)]
    order = itertools.count()
    queue: list[tuple[datetime, int, int, Life]] = []

    def go_on(life: Life, index: int) -> None:
        if (step := next(life, None)) is None:
            return
        later, hour, minute = step
        at = hall.moment(index + later, hour, minute)
        if at is not None and life in begun:
            at = max(at, hall.now + timedelta(minutes=4))
        begun.add(life)
        if at is not None and at <= today:
            heapq.heappush(queue, (at, next(order), index + later, life))

    begun: set[Life] = set()
    for start, life in lives:
        go_on(life, start)
    swept = hall.moment(0, 0, 0)
    while queue:
        at, _, index, life = heapq.heappop(queue)
        if swept is None or at.astimezone(hall.time.zone).date() > swept.astimezone(hall.time.zone).date():
            swept = _sweep(hall, swept, at)
        hall.now = at
        go_on(life, index)
    hall.now = today
    round_of_duties(database, lambda: today)
    return _cases(database) - before


def _cases(database: Database) -> int:
    with database.reading() as tx:
        return int(tx.value(sa.select(sa.func.count()).select_from(tables.cases)))


def _sweep(hall: Hall, since: datetime | None, until: datetime) -> datetime:
    """Every evening and morning between two moments the lamps are looked at, as they would have been."""
    day = (since or until).astimezone(hall.time.zone).date()
    last = until.astimezone(hall.time.zone).date()
    while day < last:
        for on, clock in ((day, time(20)), (day + timedelta(1), time(6))):
            hall.now = datetime.combine(on, clock, hall.time.zone)
            round_of_duties(hall.database, lambda: hall.now)
        day += timedelta(1)
    return until


# ---------------------------------------------------------------- cases where all goes well
def _ordinary(hall: Hall) -> Iterator[tuple[int, Life]]:
    """Filed over the last weeks, done at the usual pace: most are over, the youngest stand in all stages."""
    mix = ("SC01", "TZ01", "CG01", "GH02", "HP02", "GH04", "ZJ04", "GH01", "XF01", "GH03", "ZJ01", "LY01")
    for n in range(52):
        key = mix[n % len(mix)] if n % 13 else ("TZ01@qy", "LY01@qy")[n % 2]
        start = round((DAYS - 1) * (n / 51) ** 0.5)
        run = _two_levels if key == "LY01@qy" else _runs
        yield start, run(hall, key, APPLICANTS[n % len(APPLICANTS)], online=n % 3 == 0)


def _runs(
    hall: Hall,
    key: str,
    name: str,
    *,
    online: bool = False,
    slow: int = 0,
    stop: str = "",
    taken: bool = False,
    **more: Any,
) -> Life:
    """One case to its end, or up to the step `stop`, which nobody takes. taken: somebody took it and has not done it yet."""
    random = hall.random
    code = key.partition("@")[0]
    yield 0, random.choice((9, 10, 14, 15, 16)), random.randrange(60)
    answers = _application(hall, code, more.pop("named", ""))
    case_no = hall.files(key, name, answers, online=online, **more)
    for step, login, outcome, days in ROUTES[key].steps:
        if step == stop:
            if taken:
                yield 0, 17, 0
                hall.takes(case_no, step, login)
            return
        yield days + (slow if step == "review" else 0), *_hour(random, days)
        hall.does(case_no, step, login, outcome)


def _two_levels(hall: Hall, key: str, name: str, *, online: bool = False) -> Life:
    """The county reviews and sends up, the city decides (第43条), the county delivers what has come back. What one level tells the
    other is heard in the evening, so each goes on the day after at the earliest."""
    yield 0, 9, 20
    lower = hall.files(key, name, _application(hall, "LY01"), online=online)
    for step, login, outcome, days in ROUTES[key].steps:
        yield days, 10, 50
        hall.does(lower, step, login, outcome)
    upper = ""
    for step, login, outcome, days in ROUTES["LY01"].steps:
        yield max(days, 1), 10, 30
        upper = upper or hall.above(lower)
        details = {"method": "handed_down", "receiver": "青垣县林业窗口"} if step == "deliver" else {}
        hall.does(upper, step, login, outcome, **details)
    yield 1, 11, 0
    hall.does(lower, "deliver", "qy-mu", "delivered")


def _hour(random: Random, days: int) -> tuple[int, int]:
    """A time of office hours; on the same day late in the afternoon, so that it comes after the filing."""
    return (
        random.choice((9, 10, 11, 14, 15, 16)) if days else 16,
        random.randrange(60) if days else 45 + random.randrange(14),
    )


def _application(hall: Hall, code: str, named: str = "") -> dict[str, Any]:
    """The sample application of a matter, at another place and for another project each time, or for the named one."""
    with hall.database.reading() as tx:
        sample = dict(running_version(tx, hall.offices["lz"].id, code).guide.sample)
    for name, among in (("project_name", PROJECTS), ("site", PLACES)):
        if name in sample:
            sample[name] = named if named and name == "project_name" else hall.random.choice(among)
    for name in ("start_on", "from_on", "until_on"):
        if name in sample:
            later = {"start_on": 20, "from_on": 10, "until_on": 24}[name]
            sample[name] = (hall.now.astimezone(hall.time.zone).date() + timedelta(later)).isoformat()
    return sample


# ---------------------------------------------------------------- and where it does not
def _special(hall: Hall) -> Iterator[tuple[int, Life]]:
    """One life each for what a hall also sees: late, corrected, paused, tolerated, away, refused, withdrawn."""
    last = DAYS
    for offset, life in (
        (-9, _stands(hall, "GH02", "临州恒达仓储有限公司", "decide", taken=True)),
        (-3, _stands(hall, "GH04", "临州城投置业有限公司", "review", taken=True)),
        (-30, _stands(hall, "GH04", "临州高新产业园管理委员会", "review")),
        (-2, _stands(hall, "GH04", "临州公交集团有限公司", "review", taken=True)),
        (-2, _stands(hall, "ZJ04", "滨江保障住房有限公司", "decide")),
        (-16, _stands(hall, "XF01", "临州大剧院管理有限公司", "check")),
        (-5, _stands(hall, "HP02", "临州新能电池材料有限公司", "review", taken=True)),
        (-3, _stands(hall, "GH03", "临州数据中心有限公司", "countersign")),
        (-1, _stands(hall, "GH01", "城北污水处理有限公司", "intake")),
        (-2, _stands(hall, "CG01", "临州燃气有限公司", "opinion")),
        (-2, _stands(hall, "GH01", "临州水务投资有限公司", "intake", taken=True)),
        (-9, _silent(hall)),
        (-7, _corrects(hall, "GH02", "锦和商业管理有限公司", "land_contract", brings=False)),
        (-15, _corrects(hall, "HP02", "临州汇丰印务有限公司", "report", brings=False)),
        (-20, _corrects(hall, "GH04", "临州新区中学", "site_plan", brings=True)),
        (-5, _corrects(hall, "ZJ04", "城南农贸市场有限公司", "contract", brings=False)),
        (-3, _tolerated(hall, "GH04", "临州启衡轴承有限公司", "detailed_plan", 9)),
        (-2, _tolerated(hall, "GH01", "鲜达冷链物流有限公司", "boundary", 5)),
        (-6, _experts(hall, "GH01", "临州市第三人民医院", "expert_review_start", "review", ("qian", "sun"))),
        (-9, _experts(hall, "XF01", "临州文汇剧院管理有限公司", "expert_start", "review", ("xu", "gao"))),
        (-8, _extended(hall)),
        (-11, _up(hall)),
        (-12, _two_levels(hall, "LY01@qy", "青垣北山风电有限公司")),
        (-3, _at_headquarters(hall)),
        (-18, _refused(hall)),
        (-22, _not_accepted(hall)),
        (-11, _withdrawn(hall)),
        (-1, _stands(hall, "GH02", "临州云栖酒店有限公司", "intake", online=True)),
        (-1, _stands(hall, "SC01", "临州拾光文化传媒有限公司", "decide")),
    ):
        yield last + offset, life


# ---------------------------------------------------------------- key projects
def _open_projects(hall: Hall) -> None:
    """The coordinator puts the projects on the board and sets their plans, on the first of the days."""
    at = hall.moment(0, 8, 40)
    assert at is not None
    for one in GREEN:
        target = hall.time.calendar.add(hall.time.civil(hall.today), one.target).on
        told = Told(
            one.name, one.owner, one.investment, one.level, one.leader, one.lead_unit, "zhou", one.event, target
        )
        with hall.database.writing() as tx:
            who = officer_by_login(tx, "zhou")
            open_project(tx, who, one.code, told, at)
            set_plan(tx, who, one.code, [PlanItem(m, *OWNERS[m]) for m in one.plan], at)


def _green(hall: Hall) -> Iterator[tuple[int, Life]]:
    for one in GREEN:
        for come in one.come:
            more: dict[str, Any] = {"project": one.code, "named": one.name}
            if come.experts:
                step, people = "expert_review_start", ("qian", "sun")
                yield DAYS - come.ago, _experts(hall, come.matter, one.owner, step, "review", people, **more)
            elif come.lacks:
                yield DAYS - come.ago, _corrects(hall, come.matter, one.owner, come.lacks, brings=False, **more)
            else:
                yield DAYS - come.ago, _runs(hall, come.matter, one.owner, stop=come.stop, **more)


# ---------------------------------------------------------------- joint approval
def _joint(hall: Hall) -> Iterator[tuple[int, Life]]:
    """The stages of one project: the first is at work, the second was filed yesterday."""
    yield DAYS - 7, _first_stage(hall)
    yield DAYS - 1, _second_stage(hall)


def _first_stage(hall: Hall) -> Life:
    """One matter is granted, one paused, one late soon, one waits for another one's result, one is held back, and of one the
    papers are not there."""
    yield 0, 15, 10
    stage = _files_stage(hall, "BA01", ("sl01_application", "soil_plan", "experts"), land="auctioned")
    yield 1, 9, 35
    held = [{"matter": "JN01", "reason": "申请人正在修改节能报告，要求暂缓"}]
    hall.does(stage, "intake", "chen", "accept", held=held)
    yield 0, 10, 20
    for step, login, outcome in (
        ("decide", "he", "grant"),
        ("certificate", "ma", "made"),
        ("deliver", "ma", "delivered"),
    ):
        _does_matter(hall, stage, "TZ01", step, login, outcome)
    yield 2, 16, 5
    _does_matter(hall, stage, "ZR01", "review", "qian", "pass")
    yield 1, 9, 50
    auction = {"ground": "auction", "planned": "12wd", "reason": "符合条件的竞买人不止一个，依法公开竞价"}
    _does_matter(hall, stage, "ZR01", "auction_start", "sun", "start", **auction)
    yield 1, 15, 30  # two days late, and now the whole matter is pressed
    _does_matter(hall, stage, "HP02", "site_visit", "cui", "done")


def _second_stage(hall: Hall) -> Life:
    """The joint window has it in hand, and accepts it today."""
    yield 0, 15, 40
    lacking = ("ww01_application", "survey_report", "sl03_application", "flood_report", "works_plan")
    stage = _files_stage(hall, "BA02", lacking)
    yield 0, 16, 35
    hall.takes(stage, "intake", "chen")


def _files_stage(hall: Hall, code: str, missing: tuple[str, ...], **answers: str) -> str:
    """The one form of a stage comes in online; returns its number."""
    with hall.database.writing() as tx:
        given = {
            **running_version(tx, hall.offices["lz"].id, code).guide.sample,
            "project_name": STAGED.name,
            **answers,
        }
        more: dict[str, Any] = {"answers": given, "missing": missing, "project": STAGED.code}
        return applies(tx, hall.offices["lz"], code, STAGED.owner, hall.now, clerk=None, **more).case_no


def _does_matter(hall: Hall, stage: str, code: str, step: str, login: str, outcome: str, **details: Any) -> None:
    """Somebody works on a matter of a stage. What it follows from must have been heard of: the jobs run first."""
    round_of_duties(hall.database, lambda: hall.now)
    c, m = tables.cases, tables.matters
    master = sa.select(c.c.id).where(c.c.case_no == stage).scalar_subquery()
    asked = sa.select(c.c.case_no).join(m, m.c.id == c.c.matter_id).where(c.c.master_id == master, m.c.code == code)
    with hall.database.reading() as tx:
        case_no = tx.value(asked)
    hall.does(case_no, step, login, outcome, **details)


def _stands(hall: Hall, key: str, name: str, step: str, **more: Any) -> Life:
    yield from _runs(hall, key, name, stop=step, **more)


def _silent(hall: Hall) -> Life:
    """Nobody tells the applicant anything for five working days: accepted by silence, and a card for the office."""
    yield 0, 10, 12
    hall.files("GH04", "临州和合物业有限公司", _application(hall, "GH04"), online=True)


def _corrects(hall: Hall, key: str, name: str, material: str, *, brings: bool, named: str = "", **more: Any) -> Life:
    route = ROUTES[key]
    yield 0, 10, 20
    case_no = hall.files(key, name, _application(hall, key, named), missing=(material,), **more)
    yield 1, 14, 35
    problem = "没有提交，请补充盖章的原件扫描件"
    hall.does(case_no, "intake", route.clerk, "request_correction", items=[{"material": material, "problem": problem}])
    if not brings:
        return
    yield 4, 19, 5
    files = {material: [sheet("补正材料", name, key)]}
    hall.brings(case_no, "receive_correction", files, materials=[material], channel="web")
    for step, login, outcome, days in route.steps:
        yield max(days, 1), *_hour(hall.random, 1)
        hall.does(case_no, step, login, outcome)


def _tolerated(hall: Hall, key: str, name: str, material: str, days: int) -> Life:
    yield 0, 9, 40
    case_no = hall.files(key, name, _application(hall, key), missing=(material,))
    yield 1, 10, 10
    by = hall.time.civil(hall.now) + timedelta(days)
    promises = [{"material": material, "promised_on": by.isoformat()}]
    hall.does(case_no, "intake", ROUTES[key].clerk, "accept_tolerant", promises=promises, letter="临容诺〔2026〕16 号")


def _experts(
    hall: Hall, key: str, name: str, step: str, before: str, who: tuple[str, str], named: str = "", **more: Any
) -> Life:
    yield 0, 9, 25
    case_no = hall.files(key, name, _application(hall, key, named), online=True, **more)
    yield 1, 9, 50
    hall.does(case_no, "intake", ROUTES[key].clerk, "accept")
    yield 2, 15, 30
    hall.does(case_no, before, who[0], "pass")
    yield 1, 16, 30
    reason = "选址论证涉及轨道保护区，需要专家论证" if key == "GH01" else "采用国家标准没有规定的新技术"
    hall.does(case_no, step, who[1], "start", ground="expert_review", planned="9wd", reason=reason)


def _extended(hall: Hall) -> Life:
    yield 0, 9, 30
    case_no = hall.files("GH04", "临州市第二实验小学", _application(hall, "GH04"))
    yield 1, 10, 0
    hall.does(case_no, "intake", "zhao", "accept")
    yield 2, 15, 0
    hall.acts(case_no, "sun", "extend", span="10wd", reason="地下管线需要与在建道路衔接")
    yield 1, 10, 40
    hall.does(case_no, "review", "qian", "pass")


def _up(hall: Hall) -> Life:
    """The city has reviewed; the province decides (第43条)."""
    yield 0, 10, 0
    case_no = hall.files("LY01", "青垣输水工程建设有限公司", _application(hall, "LY01"))
    for step, outcome, days in (("intake", "accept", 1), ("site_visit", "done", 2), ("review", "pass", 3)):
        yield days, 11, 15
        hall.does(case_no, step, "cao", outcome)
    yield 1, 14, 20
    hall.acts(case_no, "yuan", "escalate_up", receiver="省林业主管部门", reason="本市审查同意，报省级审核")


def _at_headquarters(hall: Hall) -> Life:
    yield 0, 11, 0
    case_no = hall.files("HP02", "临州晶圆测试有限公司", _application(hall, "HP02"))
    yield 1, 9, 20
    hall.does(case_no, "intake", "cui", "accept")
    yield 1, 15, 45
    hall.acts(case_no, "cui", "transfer_hq", receiver="局固体废物科", reason="危险废物暂存方案需科室核对")


def _refused(hall: Hall) -> Life:
    yield 0, 14, 30
    case_no = hall.files("CG01", "临州景观工程有限公司", _application(hall, "CG01"))
    yield 1, 9, 40
    hall.does(case_no, "intake", "su", "accept")
    yield 1, 15, 10
    hall.does(case_no, "site_visit", "su", "done")
    yield 0, 16, 40
    hall.does(case_no, "opinion", "wei", "object")
    yield 1, 10, 30
    reasons = "拟挖掘路段为竣工不满五年的道路，且交通组织方案不可行"
    hall.does(case_no, "decide", "ye", "refuse", reasons=reasons, basis="示例依据（未经核实）")
    yield 2, 14, 0
    hall.does(case_no, "deliver", "su", "delivered")


def _not_accepted(hall: Hall) -> Life:
    yield 0, 15, 20
    case_no = hall.files("LY01", "临州石桥砂石有限公司", _application(hall, "LY01"))
    yield 1, 10, 50
    details = {
        "reason_code": "wrong_office",
        "reasons": "拟用林地位于青垣县，由县级林业部门受理",
        "basis": "示例依据（未经核实）",
    }
    hall.does(case_no, "intake", "cao", "refuse_acceptance", **details, refer_to="青垣县林业局")


def _withdrawn(hall: Hall) -> Life:
    yield 0, 9, 15
    case_no = hall.files("GH03", "临州蓝湾会展有限公司", _application(hall, "GH03"), online=True)
    yield 1, 11, 30
    hall.does(case_no, "intake", "han", "accept")
    yield 2, 20, 15
    hall.brings(case_no, "withdraw", reason="方案调整，另行申报")
