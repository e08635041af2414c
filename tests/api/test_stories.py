"""One case of each matter from filing to delivery, through the HTTP interface alone, on both databases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from api.operations import flaws
from tests.api.door import Asker, Door, application, does, told


def acts(who: Asker, case_no: str) -> list[str]:
    """What the journal says was done and by whom; claims and turned lamps left out."""
    rows = told(who.get(f"/api/cases/{case_no}/journal"))
    assert [r["n"] for r in rows] == list(range(1, len(rows) + 1))
    return [f"{r['act']} {r['actor'].removeprefix('officer:')}" for r in rows if r["act"] not in ("claim", "flag")]


def page(who: Asker, case_no: str) -> dict[str, Any]:
    return told(who.get(f"/api/cases/{case_no}"))


def due(shown: dict[str, Any]) -> dict[str, str]:
    """The running clocks of a case page and the day on which each is due."""
    return {c["kind"]: c["due_on"] for c in shown["clocks"] if c["state"] == "running" and c["kind"] != "step"}


def kinds(papers: Sequence[dict[str, Any]]) -> list[str]:
    return [p["kind"] for p in papers]


def test_an_instant_filing(door: Door) -> None:
    ma, he = door.by_token("ma"), door.by_token("he")
    receipt = told(ma.post("/api/cases", application("TZ01")), 201)
    case_no, code = receipt["case_no"], receipt["query_code"]
    assert (case_no, receipt["after_hours"]) == ("TZ01-2026-00001", False)
    does(ma, case_no, "intake", "accept")
    does(he, case_no, "decide", "grant", text="信息齐全，准予备案。")
    does(ma, case_no, "certificate", "made")
    done = does(ma, case_no, "deliver", "delivered", method="pickup", receiver="柳青")
    assert (done["case_no"], done["phase"]) == (case_no, "closed")
    shown = page(he, case_no)
    assert (shown["phase_name"], shown["result"], shown["accepted_on"]) == ("办结", "granted", "2026-03-02")
    assert kinds(shown["papers"]) == ["receipt", "acceptance", "grant", "certificate"]
    assert [t["state"] for t in shown["tasks"]] == ["done"] * 4
    assert acts(he, case_no) == [
        "receive ma",
        "accept ma",
        "decide_grant he",
        "make_certificate ma",
        "deliver ma",
        "close system",
    ]
    asked = {"case_no": case_no, "query_code": code}
    progress = told(door.stranger().post("/api/public/progress", asked))
    assert (progress["phase_name"], progress["decided_on"], progress["clocks"]) == ("办结", "2026-03-02", [])
    assert flaws(door.hall.database) == (1, [])


def test_one_reviews_one_decides_with_correction_and_extension(door: Door) -> None:
    hall = door.hall.at("2026-03-02")
    zhao, qian, sun, wang = door.by_token("zhao"), door.by_token("qian"), door.by_token("sun"), door.stranger()
    receipt = told(zhao.post("/api/cases", application("GH02", missing=("land_contract",))), 201)
    case_no, key = receipt["case_no"], {"query_code": receipt["query_code"]}
    hall.at("2026-03-03")
    items = [{"material": "land_contract", "problem": "没有提交"}]
    assert does(zhao, case_no, "intake", "request_correction", items=items)["phase"] == "correcting"

    hall.at("2026-03-06", "18:30")
    progress = told(wang.post("/api/public/progress", {"case_no": case_no, **key}))
    assert progress["phase_name"] == "待补正"
    brought = {**key, "details": {"materials": ["land_contract"]}, "request_id": "wang-1"}
    done = told(wang.post(f"/api/public/cases/{case_no}/acts/receive_correction", brought))
    assert done["told"]["received_at"] == "2026-03-09T01:00:00+00:00", "after hours: received on Monday"
    assert told(wang.post(f"/api/public/cases/{case_no}/acts/receive_correction", brought)) == done

    hall.at("2026-03-10")
    does(zhao, case_no, "intake", "accept")
    shown = page(zhao, case_no)
    assert due(shown) == {"promised": "2026-03-13", "statutory": "2026-04-08"}
    assert {m["key"]: m["state"] for m in shown["materials"]}["land_contract"] == "brought"
    hall.at("2026-03-11")
    does(qian, case_no, "review", "pass")
    hall.at("2026-03-12")
    longer = {"details": {"span": "10wd", "reason": "需要衔接在编规划"}}
    assert told(sun.post(f"/api/cases/{case_no}/acts/extend", longer))["phase"] == "accepted"
    assert due(page(qian, case_no)) == {"promised": "2026-03-27", "statutory": "2026-04-22"}
    hall.at("2026-03-20")
    does(sun, case_no, "decide", "grant")
    progress = told(wang.post("/api/public/progress", {"case_no": case_no, **key}))
    assert (progress["phase_name"], progress["decided_on"]) == ("已决定", "2026-03-20")
    assert any("送达" in sentence for sentence in progress["clocks"])
    hall.at("2026-03-23")
    does(zhao, case_no, "certificate", "made")
    hall.at("2026-03-24")
    does(zhao, case_no, "deliver", "delivered", method="courier", receiver="DEMO-1")

    shown = page(sun, case_no)
    assert (shown["phase"], shown["result"], shown["acceptance_mode"]) == ("closed", "granted", "ordinary")
    assert kinds(shown["papers"]) == ["receipt", "correction", "acceptance", "extension", "grant", "certificate"]
    assert acts(sun, case_no) == [
        "receive zhao",
        "request_correction zhao",
        "receive_correction applicant",
        "accept zhao",
        "review qian",
        "extend sun",
        "decide_grant sun",
        "make_certificate zhao",
        "deliver zhao",
        "close system",
    ]
    holds = shown["possession"]
    assert "applicant" in {h["holder"] for h in holds}
    assert [h["until_at"] for h in holds[:-1]] == [h["from_at"] for h in holds[1:]], "no moment without a holder"
    assert (holds[0]["from_at"], holds[-1]["until_at"]) == (shown["filed_at"], shown["closed_at"])
    assert flaws(door.hall.database) == (1, [])


def test_expert_review_stops_the_clocks(door: Door) -> None:
    hall = door.hall.at("2026-03-01", "20:15")
    receipt = told(door.stranger().post("/api/public/cases", application("XF01", office="lz")), 201)
    assert (receipt["received_at"], receipt["after_hours"]) == ("2026-03-02T01:00:00+00:00", True)
    case_no = receipt["case_no"]
    lin, xu, gao, tang = (door.by_token(login) for login in ("lin", "xu", "gao", "tang"))
    hall.at("2026-03-02", "10:05")
    does(lin, case_no, "intake", "accept")
    hall.at("2026-03-04")
    does(xu, case_no, "review", "pass")
    hall.at("2026-03-05")
    does(gao, case_no, "expert_start", "start", ground="expert_review", planned="10wd", reason="采用新技术")
    shown = page(xu, case_no)
    assert shown["suspended"] == ["expert_review"]
    assert {c["lamp"] for c in shown["clocks"] if c["kind"] in ("promised", "statutory")} == {"grey"}
    assert due(shown)["special"] == "2026-03-19"
    hall.at("2026-03-20")
    does(xu, case_no, "expert_end", "end", result="专家组同意设计方案")
    shown = page(xu, case_no)
    assert (shown["suspended"], due(shown)["promised"]) == ([], "2026-03-26")
    hall.at("2026-03-23")
    does(tang, case_no, "check", "pass")
    hall.at("2026-03-24")
    does(gao, case_no, "decide", "refuse", reasons="疏散宽度不足", basis="建筑设计防火规范")
    hall.at("2026-03-25")
    does(lin, case_no, "deliver", "delivered", method="pickup", receiver="江映")
    shown = page(gao, case_no)
    assert (shown["phase"], shown["result"], shown["channel"]) == ("closed", "refused", "web")
    assert kinds(shown["papers"]) == ["receipt", "acceptance", "special", "refusal"]
    assert acts(gao, case_no) == [
        "receive applicant",
        "accept lin",
        "review xu",
        "start_special gao",
        "end_special xu",
        "check tang",
        "decide_refuse gao",
        "deliver lin",
        "close system",
    ]
    assert flaws(door.hall.database) == (1, [])
