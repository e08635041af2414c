"""Three cases told from filing to delivery on a simulated calendar: the main job on real input, in readable lines.

Everything goes through the doors of the engine as officers and applicants would; nothing is put into tables by hand.
The days are counted back from today, so the stories end shortly before it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from engine.cases import (
    ACTS,
    act,
    act_as_applicant,
    case_id_of,
    case_journal,
    case_view,
    complete,
)
from engine.clock import RULES, ClockKind, Lamp, OfficeTime
from engine.diagrams import OUTCOME_LABELS
from engine.people import Office, office_by_code, office_time, officer_by_login
from engine.store import Database
from engine.supervision import round_of_duties

from .acting import applies, takes
from .samples import EXPERTS, FILING_CHECK, FIRE_CHECK, REVIEWS
from .wide import wide

WATCHER = "zheng"
DAYS = 60


@dataclass(frozen=True)
class Line:
    """One line of a story: when, at which window, who, what, and what the clock says after it."""

    at: datetime
    window: str
    who: str
    what: str
    clock: str

    def __str__(self) -> str:
        head = f"{self.at.month:2}月{self.at.day:2}日 {'一二三四五六日'[self.at.weekday()]} {self.at:%H:%M}"
        told = f"{head}  {wide(self.window, 14)}{wide(self.who, 14)}{self.what}"
        return f"{told}  ｜{self.clock}" if self.clock else told


def tell(database: Database, today: datetime, say: Callable[[str], object]) -> None:
    """Tell the three stories, one act after the other; each line is said when it has happened."""
    say("——— 即办件：企业投资项目备案 ———")
    _filing_matter(Teller(database, today, say))
    say("\n——— 一审一核，补正与延期：建设用地规划许可证核发 ———")
    _planning_permit(Teller(database, today, say))
    say("\n——— 专家评审：特殊建设工程消防设计审查 ———")
    _fire_review(Teller(database, today, say))


class Teller:
    """Plays one case: keeps the simulated moment, lets the days pass with their duties, and tells what was done."""

    def __init__(self, database: Database, today: datetime, say: Callable[[str], object]) -> None:
        self.database, self.say = database, say
        with database.reading() as tx:
            self.office: Office = office_by_code(tx, "lz")
            self.time: OfficeTime = office_time(tx, self.office)
        self.day = self.time.civil(today) - timedelta(DAYS)
        self.now = today
        self.case_no = ""
        self._told = 0
        self.on_working_day(1, 9, 0)

    # ---- time passes
    def on_working_day(self, later: int, hour: int, minute: int) -> None:
        """Go to a time of the n-th working day after the present one; every morning and evening between is swept."""
        until = self.time.calendar.add(self.day, later).on if later else self.day
        while self.day < until:
            self._sweep(20, 0)
            self.day += timedelta(1)
            self._sweep(6, 0)
        self.now = self._moment(hour, minute)

    def _sweep(self, hour: int, minute: int) -> None:
        self.now = self._moment(hour, minute)
        round_of_duties(self.database, lambda: self.now)
        if self.case_no:
            self._flags()

    def _moment(self, hour: int, minute: int) -> datetime:
        return datetime.combine(self.day, time(hour, minute), self.time.zone)

    # ---- people act
    def files(self, matter: str, name: str, clerk: str | None, missing: tuple[str, ...] = ()) -> None:
        """An applicant files, at the window through a clerk or online by himself."""
        with self.database.writing() as tx:
            filed = applies(tx, self.office, matter, name, self.now, clerk=clerk, missing=missing)
        self.case_no = filed.case_no
        received = filed.received_at.astimezone(self.time.zone)
        late = (
            f"，下班后提交，{received.month}月{received.day}日 {received:%H:%M} 收件" if filed.after_hours else "，收件"
        )
        self._line("窗口" if clerk else "网上", name, f"申请 {matter} {self.case_no}{late}")

    def does(
        self, login: str, step: str, outcome: str, answers: Mapping[str, Any] | None = None, **details: Any
    ) -> None:
        """An officer claims the task of a step from his window's pool and completes it."""
        with self.database.writing() as tx:
            who, task = takes(tx, login, self.case_no, step, self.now)
        with self.database.writing() as tx:
            complete(tx, who, task.id, outcome, answers=answers or {}, details=details, now=self.now)
        self._line(task.window, who.name, f"{task.name}：{OUTCOME_LABELS[outcome]}")

    def acts(self, login: str, act_name: str, **details: Any) -> None:
        """An officer does something that no step draws."""
        with self.database.writing() as tx:
            who = officer_by_login(tx, login)
            act(tx, who, case_id_of(tx, self.case_no), act_name, details, now=self.now)
        self._line("", who.name, ACTS[act_name].label)

    def applicant(self, name: str, act_name: str, **details: Any) -> None:
        with self.database.writing() as tx:
            act_as_applicant(tx, case_id_of(tx, self.case_no), act_name, details, now=self.now)
        self._line("网上", name, ACTS[act_name].label)

    def _flags(self) -> None:
        """Say which lamps turned in the night or the evening."""
        with self.database.reading() as tx:
            rows = case_journal(tx, officer_by_login(tx, WATCHER), self.case_no)
        for row in rows[self._told :]:
            if row["act"] == "flag":
                told = row["payload"]
                kind, lamp = ClockKind(told["clock"]), Lamp(told["to"])
                word = RULES[kind].late_word if lamp is RULES[kind].late else lamp.word
                at = row["at"].astimezone(self.time.zone)
                step = f"“{told['step']}”" if told.get("step") else ""
                what = f"▲ {step}{RULES[kind].label}：{word}（到期 {told['due_on']}，规则 {told['rule']}）"
                self.say(str(Line(at, "巡查", "系统", what, "")))
        self._told = len(rows)

    # ---- how it works
    def _line(self, window: str, who: str, what: str) -> None:
        with self.database.reading() as tx:
            shown = case_view(tx, officer_by_login(tx, WATCHER), self.case_no, self.now)
        told = {c["kind"]: c["sentence"] for c in shown["clocks"] if c["state"] == "running"}
        kinds = (ClockKind.PROMISED, ClockKind.STATUTORY, ClockKind.NOTICE, ClockKind.CORRECTION, ClockKind.DELIVERY)
        sentence = next((told[k] for k in kinds if k in told), "")
        self.say(str(Line(self.now.astimezone(self.time.zone), window, who, what, sentence or shown["phase_name"])))


def _filing_matter(t: Teller) -> None:
    t.files("TZ01", "临州云岭建材有限公司", "ma")
    t.on_working_day(0, 9, 12)
    t.does("ma", "intake", "accept")
    t.on_working_day(0, 9, 31)
    t.does("he", "decide", "grant", FILING_CHECK, text="信息齐全，准予备案。")
    t.on_working_day(0, 9, 40)
    t.does("ma", "certificate", "made")
    t.on_working_day(0, 9, 47)
    t.does("ma", "deliver", "delivered", method="pickup", receiver="经办人 柳青")


def _planning_permit(t: Teller) -> None:
    name = "临州澄江置业有限公司"
    t.files("GH02", name, "zhao", missing=("land_contract",))
    t.on_working_day(1, 10, 20)
    t.does("zhao", "intake", "request_correction", items=[{"material": "land_contract", "problem": "没有提交出让合同"}])
    t.on_working_day(4, 19, 5)
    t.applicant(name, "receive_correction", materials=["land_contract"], channel="web")
    t.on_working_day(1, 9, 30)
    t.does("zhao", "intake", "accept")
    t.on_working_day(3, 20, 30)
    t.on_working_day(1, 9, 15)
    t.does("qian", "review", "pass", REVIEWS["GH02"])
    t.on_working_day(6, 15, 0)
    t.acts("sun", "extend", span="10wd", reason="需要与在编详细规划衔接")
    t.on_working_day(5, 11, 0)
    t.does("sun", "decide", "grant", text="符合规划条件，准予核发。")
    t.on_working_day(1, 9, 20)
    t.does("zhao", "certificate", "made")
    t.on_working_day(1, 14, 10)
    t.does("zhao", "deliver", "delivered", method="pickup", receiver="经办人 方淮")


def _fire_review(t: Teller) -> None:
    name = "临州文汇剧院管理有限公司"
    t.on_working_day(0, 19, 40)
    t.files("XF01", name, None)
    t.on_working_day(1, 10, 5)
    t.does("lin", "intake", "accept")
    t.on_working_day(2, 16, 0)
    t.does("xu", "review", "pass", REVIEWS["XF01"])
    t.on_working_day(1, 9, 30)
    reason = "采用国家标准没有规定的新技术"
    t.does("gao", "expert_start", "start", ground="expert_review", planned="10wd", reason=reason)
    t.on_working_day(9, 15, 20)
    met_on = t.day.isoformat()
    t.does("xu", "expert_end", "end", {**EXPERTS, "met_on": met_on}, result="专家组同意设计方案")
    t.on_working_day(1, 10, 0)
    t.does("tang", "check", "pass", FIRE_CHECK)
    t.on_working_day(1, 11, 0)
    t.does("gao", "decide", "grant", text="消防设计审查合格。")
    t.on_working_day(1, 9, 10)
    t.does("lin", "certificate", "made")
    t.on_working_day(2, 15, 30)
    t.does("lin", "deliver", "delivered", method="courier", receiver="单号 DEMO-0001")
