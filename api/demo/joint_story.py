"""One investment project through the four stages of joint approval, from a Friday evening in September 2025 to the March after:
a National Day, a Spring Festival, and the make-up Saturdays that pay for them.

`lianshen demo --story` plays it through the doors of a server that it starts, prints it act by act, and ends with the law's
arithmetic reckoned once more. Everybody in it is fictional.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from typing import Any

from engine.clock import shipped_notices
from engine.config import Settings
from engine.people import LogIn, issue_token, officer_by_login
from engine.store import Database

from ..operations import flaws
from .chronicle import ZONE, Chronicle, Press
from .doors import Doors
from .hall import fill
from .printing import JsonLines, Lines, Say
from .reckoning import Days, reckon
from .told_time import ToldServer

BEGINS = datetime(2025, 9, 26, 9, 0, tzinfo=ZONE)
PROJECT, OWNER = "2509-519901-04-01-000066", "临州启衡轴承有限公司"
NAMED: Mapping[str, Any] = {"project_name": "精密轴承智能制造基地", "site": "临州市高新区创业路北侧 B-07 地块"}
CONDITION = "屋面防雷装置应在施工图阶段一并设计。"
OBJECTION = "地下车库出入口距交叉口不足 70 米，影响学林街通行，应当调整。"
ADJUSTED = "设计单位已将车库出入口移到创业路一侧，请各部门重新会签，生态环境局一并参加。"


def tell_project(settings: Settings, database: Database, say: Say, *, as_json: bool) -> tuple[list[LogIn], int]:
    """Fill an empty database, play the project, print it, verify it. Returns the log-ins (none: the database was not empty,
    nothing was done) and how many things did not hold."""
    log_ins = fill(database, BEGINS)
    if not log_ins:
        return [], 0
    printed = JsonLines(say) if as_json else Lines(say)
    tokens = _tokens(database, log_ins)
    with ExitStack() as ends:
        server = ends.enter_context(ToldServer(settings))
        told = Chronicle(server, Doors(server.port, tokens), BEGINS, printed.deed)
        for play in (_first_stage, _second_stage, _third_stage, _fourth_stage):
            play(told)
        cases, today = told.told(), told.now.date()
    found = reckon(cases, story_days(), today)
    verified, broken = flaws(database)
    found.wrong += [f"{flaw.subject}：{flaw.what}" for flaw in broken]
    printed.closing(found, verified)
    return log_ins, len(found.wrong)


def _tokens(database: Database, log_ins: Sequence[LogIn]) -> dict[str, str]:
    """Everybody's program may sign in for him, for the half year that the story takes."""
    with database.writing() as tx:
        return {
            one.login: issue_token(tx, officer_by_login(tx, one.login), "story", BEGINS, BEGINS + timedelta(366))
            for one in log_ins
        }


def story_days() -> Days:
    """The days of the two years in which the story plays, as the notices list them."""
    notices = [n for n in shipped_notices() if n.year in (2025, 2026) and n.region == "CN"]
    return Days({day for n in notices for day in n.off}, {day for n in notices for day in n.work})


# ---------------------------------------------------------------- the play
def _first_stage(t: Chronicle) -> None:
    """Filed after hours, corrected before the holiday; the auction pauses the land, and with it the stage."""
    t.at("2025-09-26", "17:40")
    lacking = ("project", "jn01_application", "energy_report", "sl01_application", "soil_plan", "experts")
    t.files("BA01", OWNER, PROJECT, {**NAMED, "bidder": OWNER, "land": "auctioned"}, missing=lacking)
    t.at("2025-09-28", "10:10")
    problem = "没有提交项目信息表，请补充盖章的原件扫描件"
    t.does("chen", "BA01", "intake", "request_correction", items=[{"material": "project", "problem": problem}])
    t.at("2025-09-30", "09:20")
    t.applicant("BA01", "receive_correction", materials=["project"], channel="web")
    t.at("2025-09-30", "09:50")
    t.does("chen", "BA01", "intake", "accept")
    t.at("2025-09-30", "10:30")
    t.does("he", "TZ01", "decide", "grant", text="信息齐全，准予备案。")
    _issues(t, "TZ01", "ma", ("2025-09-30", "10:40"), ("2025-09-30", "11:10"))
    t.at("2025-10-09", "15:20")
    t.does("cui", "HP02", "site_visit", "done")
    t.at("2025-10-10", "10:30")
    t.does("qian", "ZR01", "review", "pass")
    t.at("2025-10-11", "10:15")
    reason = "符合条件的竞买人不止一个，依法公开竞价"
    t.does("sun", "ZR01", "auction_start", "start", ground="auction", planned="10wd", reason=reason)
    t.at("2025-10-13", "16:10")
    t.does("li", "HP02", "review", "pass")
    t.at("2025-10-14", "09:40")
    t.does("pan", "HP02", "decide", "grant", text="同意所列环境保护措施。")
    _issues(t, "HP02", "cui", ("2025-10-14", "14:20"), ("2025-10-15", "10:00"))
    t.at("2025-10-24", "16:00")
    t.does("shen", "ZR01", "auction_end", "end", result="竞得人 临州启衡轴承有限公司")
    t.at("2025-10-27", "09:20")
    _second_filing(t)
    t.at("2025-10-27", "14:30")
    t.does("shen", "ZR01", "check", "pass")
    t.at("2025-10-28", "10:20")
    t.does("sun", "ZR01", "decide", "grant", text="确认成交，签订出让合同。")
    _countersigned_once(t)
    t.at("2025-10-31", "16:20")
    for code in ("JN01", "SL01"):
        t.acts("chen", "BA01", "drop_matter", matter=code, reason="申请人另行申报")
    t.at("2025-11-03", "09:10")
    t.does("shen", "BA01", "summary", "concluded", summary="立项、用地、规划事项全部办结。")
    t.at("2025-11-03", "15:00")
    t.does("chen", "BA01", "deliver", "delivered", method="electronic", receiver="柳青")


def _second_filing(t: Chronicle) -> None:
    """The second stage is filed at the window while the first one runs: the design starts before the land permit is there."""
    others = ("ww01_application", "design", "survey_report", "sl03_application", "flood_report", "works_plan")
    lacking = ("feasibility", "compensation", *others)
    t.files("BA02", OWNER, PROJECT, NAMED, missing=lacking, clerk="chen")
    t.at("2025-10-27", "10:40")
    t.does("chen", "BA02", "intake", "accept", tolerant=["GH03"])


def _countersigned_once(t: Chronicle) -> None:
    """Two agree, one sets a condition, one is late: flagged yellow and red, ordered, and then he objects. In the middle of it the
    land permit is granted, and the design's tolerant start is one no longer."""
    t.at("2025-10-28", "11:00")
    t.does("deng", "GH03", "countersign", "agree")
    t.at("2025-10-28", "15:30")
    t.does("lu", "GH03", "countersign", "agree")
    _issues(t, "ZR01", "zhao", ("2025-10-29", "09:10"), ("2025-10-29", "10:20"))
    t.at("2025-10-29", "11:00")
    t.does("zeng", "GH03", "countersign", "conditions", opinion=CONDITION)
    t.at("2025-10-30", "09:40")
    t.does("qian", "GH02", "review", "pass")
    t.at("2025-10-31", "09:10")
    text = "设计方案会签已超环节时限，请即日签署并说明原因"
    ordered = t.acts("zhou", "GH03", "order", department="police", text=text, reply="2wd")
    t.at("2025-10-31", "10:00")
    t.does("sun", "GH02", "decide", "grant", text="用地符合规划条件，准予核发。")
    t.at("2025-10-31", "14:30")
    t.does("wei", "GH03", "countersign", "object", opinion=OBJECTION)
    t.at("2025-10-31", "14:50")
    t.acts("wei", "GH03", "answer_order", order=ordered["paper"], reply="现场核实交通流量用时较长，已签署意见。")
    _issues(t, "GH02", "zhao", ("2025-10-31", "15:20"), ("2025-10-31", "16:00"))


def _second_stage(t: Chronicle) -> None:
    """The second round: one department more, and five sign at the same moment."""
    t.at("2025-11-03", "16:10")
    t.sends_back("qian", "GH03", "review", "countersign", ADJUSTED)
    t.at("2025-11-03", "16:20")
    t.acts("qian", "GH03", "add_signer", department="ee")
    t.at("2025-11-04", "10:30")
    t.do_together(*(Press(login, "GH03", "countersign", "agree") for login in ("deng", "lu", "wei", "zeng", "li")))
    t.at("2025-11-04", "15:10")
    t.does("qian", "GH03", "review", "pass")
    t.at("2025-11-05", "10:00")
    t.does("sun", "GH03", "decide", "grant", text="方案审定，防雷装置在施工图阶段一并设计。")
    _issues(t, "GH03", "zhao", ("2025-11-05", "15:00"), ("2025-11-06", "09:30"))
    t.at("2025-11-06", "14:20")
    t.does("shen", "GH04", "review", "pass")
    t.at("2025-11-07", "10:10")
    t.does("sun", "GH04", "decide", "grant", text="准予核发建设工程规划许可证。")
    _issues(t, "GH04", "zhao", ("2025-11-07", "15:00"), ("2025-11-10", "09:20"))
    t.at("2025-11-10", "10:00")
    _drops(t, "BA02")
    t.does("shen", "BA02", "summary", "concluded", summary="设计方案审定，工程规划许可已核发。")
    t.at("2025-11-10", "15:20")
    t.does("chen", "BA02", "deliver", "delivered", method="electronic", receiver="柳青")


def _third_stage(t: Chronicle) -> None:
    """Five departments end what they do at the same moment; then civil defence and fire side by side; experts pause the fire
    review, and with it the stage; the government lengthens the stage's statutory limit."""
    t.at("2025-11-10", "16:30")
    unwanted = (
        "green_compensation",
        "haulage",
        "disposal",
        "drainage_plan",
        "site_plan",
        "water_quality",
        "protection",
    )
    dates = {"start_on": "2025-12-22", "from_on": "2025-12-01", "until_on": "2025-12-12"}
    t.files("BA03", OWNER, PROJECT, {**NAMED, **dates}, missing=unwanted)
    t.at("2025-11-11", "09:40")
    held = {"CG01": "等待施工期间交通疏导方案", "QX01": "等待防雷设计定稿", "GY01": "等待接水点位确认"}
    t.does("chen", "BA03", "intake", "accept", held=[{"matter": m, "reason": why} for m, why in held.items()])
    _five_departments(t, list(held))
    t.at("2025-11-19", "15:10")
    t.does("deng", "RF01", "review", "pass")
    t.at("2025-11-20", "10:00")
    t.does("peng", "RF01", "decide", "grant", text="防空地下室面积和抗力等级符合规定。")
    t.at("2025-11-20", "15:40")
    t.does("xu", "XF01", "review", "pass")
    _issues(t, "RF01", "deng", ("2025-11-20", "16:20"), ("2025-11-21", "09:30"))
    t.at("2025-11-21", "10:30")
    reason = "采用国家标准没有规定的新型防火分隔"
    t.does("gao", "XF01", "expert_start", "start", ground="expert_review", planned="10wd", reason=reason)
    t.at("2025-12-05", "16:30")
    t.does("xu", "XF01", "expert_end", "end", result="专家组同意设计方案")
    t.at("2025-12-08", "09:20")
    t.acts("gu", "BA03", "extend", span="15wd", reason="专家评审后须补充防火分隔的试验论证")
    t.at("2025-12-08", "14:30")
    t.does("tang", "XF01", "check", "pass")
    t.at("2025-12-09", "10:00")
    t.does("gao", "XF01", "decide", "grant", text="消防设计审查合格。")
    _issues(t, "XF01", "lin", ("2025-12-09", "15:00"), ("2025-12-10", "09:20"))
    t.at("2025-12-10", "10:30")
    t.does("lu", "ZJ04", "review", "pass")
    t.at("2025-12-11", "10:00")
    t.does("gao", "ZJ04", "decide", "grant", text="准予核发施工许可证。")
    _issues(t, "ZJ04", "lin", ("2025-12-11", "15:00"), ("2025-12-12", "09:20"))
    t.at("2025-12-12", "10:00")
    _drops(t, "BA03")
    t.does("tang", "BA03", "summary", "concluded", summary="施工图、人防、消防、施工许可全部办结。")
    t.at("2025-12-12", "15:30")
    t.does("chen", "BA03", "deliver", "delivered", method="electronic", receiver="柳青")


def _five_departments(t: Chronicle, held: Sequence[str]) -> None:
    """Housing, city works, weather, water and power work on matters of their own, each at its own pace, and end together: all
    five decide at one moment, make their papers at one moment, and deliver at one moment."""
    t.at("2025-11-12", "14:00")
    t.does("dian", "GY02", "site_visit", "done")
    t.at("2025-11-13", "10:20")
    t.does("xu", "ZJ01", "review", "pass")
    t.at("2025-11-13", "15:30")
    t.does("deng", "ZJ01", "opinion", "agree")
    t.at("2025-11-14", "09:50")
    for code in held:
        t.acts("chen", "BA03", "release_matter", matter=code)
    t.at("2025-11-14", "11:10")
    t.does("zeng", "ZJ01", "opinion_b", "agree")
    t.at("2025-11-14", "15:00")
    t.does("shui", "GY01", "site_visit", "done")
    t.at("2025-11-17", "10:00")
    t.does("su", "CG01", "site_visit", "done")
    t.does("zeng", "QX01", "review", "pass")
    t.does("shui", "GY01", "review", "pass")
    t.at("2025-11-17", "14:40")
    t.does("wei", "CG01", "opinion", "agree")
    t.does("dian", "GY02", "review", "pass")
    t.at("2025-11-17", "16:00")
    t.does("tang", "ZJ01", "check", "pass")
    t.at("2025-11-18", "10:50")
    t.do_together(
        Press("gao", "ZJ01", "decide", "grant", {"text": "施工图审查合格。"}),
        Press("ye", "CG01", "decide", "grant", {"text": "占道施工期间设置交通引导。"}),
        Press("xiao", "QX01", "decide", "grant", {"text": "防雷设计符合规范。"}),
        Press("guan", "GY01", "decide", "grant", {"text": "同意接入。"}),
        Press("guo", "GY02", "decide", "grant", {"text": "同意接入。"}),
    )
    clerks = {"ZJ01": "lin", "CG01": "su", "QX01": "zeng", "GY01": "shui", "GY02": "dian"}
    t.at("2025-11-18", "15:00")
    t.do_together(*(Press(clerk, code, "certificate", "made") for code, clerk in clerks.items()))
    t.at("2025-11-19", "09:40")
    given = {"method": "pickup", "receiver": "经办人 柳青"}
    t.do_together(*(Press(clerk, code, "deliver", "delivered", given) for code, clerk in clerks.items()))


def _fourth_stage(t: Chronicle) -> None:
    """Completion, over the Spring Festival: decided on a make-up Saturday, gone on after nine days off."""
    t.at("2026-02-09", "10:20")
    dates = {"finished_on": "2026-01-30", "accepted_on": "2026-02-06", "owner": OWNER}
    t.files("BA04", OWNER, PROJECT, {**NAMED, **dates}, missing=("mapping", "zr03_application"))
    t.at("2026-02-10", "09:30")
    t.does("chen", "BA04", "intake", "accept")
    t.at("2026-02-11", "10:00")
    t.does("qian", "GH05", "review", "pass")
    t.at("2026-02-11", "11:00")
    t.does("lu", "XF02", "review", "pass")
    t.at("2026-02-13", "10:30")
    t.does("shen", "GH05", "site_visit", "done")
    t.at("2026-02-13", "15:30")
    t.does("fan", "XF02", "site_visit", "done")
    t.at("2026-02-14", "10:00")
    t.does("sun", "GH05", "decide", "grant", text="符合规划许可内容。")
    t.at("2026-02-14", "11:20")
    t.does("ruan", "XF02", "decide", "grant", text="消防验收合格。")
    _issues(t, "GH05", "zhao", ("2026-02-14", "15:00"), ("2026-02-24", "09:30"))
    _issues(t, "XF02", "lin", ("2026-02-24", "10:00"), ("2026-02-24", "11:00"))
    t.at("2026-02-25", "10:20")
    t.does("fan", "ZJ05", "site_visit", "done")
    for login, step, clock in (
        ("qian", "opinion", "09:30"),
        ("deng", "opinion_b", "10:10"),
        ("zeng", "opinion_c", "10:40"),
        ("jian", "opinion_d", "15:20"),
    ):
        t.at("2026-02-28", clock)
        t.does(login, "ZJ05", step, "agree")
    t.at("2026-03-02", "15:00")
    t.does("lu", "ZJ05", "review", "pass")
    t.at("2026-03-03", "10:00")
    t.does("ruan", "ZJ05", "decide", "grant", text="联合验收通过。")
    t.at("2026-03-03", "15:10")
    t.does("ruan", "ZJ06", "decide", "grant", text="准予备案。")
    _issues(t, "ZJ05", "lin", ("2026-03-03", "16:00"), ("2026-03-04", "09:20"))
    _issues(t, "ZJ06", "lin", ("2026-03-04", "09:40"), ("2026-03-04", "10:20"))
    t.at("2026-03-04", "10:40")
    _drops(t, "BA04")
    t.does("lu", "BA04", "summary", "concluded", summary="规划核实、消防验收、联合验收、备案全部办结。")
    t.at("2026-03-04", "15:30")
    t.does("chen", "BA04", "deliver", "delivered", method="electronic", receiver="柳青")


def _issues(t: Chronicle, code: str, clerk: str, made: tuple[str, str], delivered: tuple[str, str]) -> None:
    """The certificate is made and handed over."""
    t.at(*made)
    t.does(clerk, code, "certificate", "made")
    t.at(*delivered)
    t.does(clerk, code, "deliver", "delivered", method="pickup", receiver="经办人 柳青")


def _drops(t: Chronicle, stage: str) -> None:
    """What nobody asked for in this stage."""
    for one in t.matters(stage):
        if one["state"] in ("held", "waiting"):
            t.acts("chen", stage, "drop_matter", matter=one["code"], reason="本项目不涉及")
