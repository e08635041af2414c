"""Joint approval at the doors: the matters of a stage, its extension, the signers of a countersign, opinions asked for."""

from __future__ import annotations

from typing import Any

from tests.api.door import Door, does, problem, told


def filed(door: Door) -> str:
    """The first stage, accepted with one matter held back."""
    chen = door.officer("chen")
    case_no = str(door.hall.case(door.hall.file("BA01", by="chen").case_id).case_no)
    does(chen, case_no, "intake", "accept", held=[{"matter": "ZR01", "reason": "等待土地市场公告"}], tolerant=["HP02"])
    door.hall.duties()
    return case_no


def test_the_matters_of_a_stage(door: Door) -> None:
    door.hall.at("2026-03-02")
    case_no = filed(door)
    matters = {m["code"]: m for m in told(door.officer("chen").get(f"/api/cases/{case_no}/matters"))}
    assert {code: matters[code]["words"] for code in ("TZ01", "ZR01", "GH02", "HP02")} == {
        "TZ01": "办理中",
        "ZR01": "暂缓",
        "GH02": "等待前置",
        "HP02": "办理中",
    }
    assert (matters["ZR01"]["reason"], matters["ZR01"]["case_no"]) == ("等待土地市场公告", None)
    assert (matters["HP02"]["tolerant"], matters["HP02"]["optional"]) == (True, True)
    assert (matters["TZ01"]["case_no"], matters["TZ01"]["open_on"]) == ("TZ01-2026-00001", "2026-03-02")
    assert matters["TZ01"]["name"] == "企业投资项目备案"
    assert told(door.officer("he").get("/api/cases/TZ01-2026-00001/matters")) == [], "it is no stage"
    problem(door.officer("min").get("/api/cases/TZ01-2026-00001/matters"), 404, "case-unknown")


def test_the_government_lengthens_the_statute_of_a_stage_and_not_its_promise(door: Door) -> None:
    door.hall.at("2026-03-02")
    case_no, gu = filed(door), door.officer("gu")
    path = f"/api/cases/{case_no}/acts/extend"
    problem(door.officer("sun").post(path, {"details": {"span": "15wd", "reason": "论证"}}), 422, "not-the-approver")
    told(gu.post(path, {"details": {"span": "15wd", "reason": "论证"}}))
    clocks = {c["kind"]: c for c in told(gu.get(f"/api/cases/{case_no}"))["clocks"]}
    shown = {k: (c["started_on"], c["due_on"], c["used"], c["paused"]) for k, c in clocks.items() if "stage" in k}
    assert shown == {
        "stage_promised": ("2026-03-02", "2026-03-23", 0, 0),
        "stage_statutory": ("2026-03-02", "2026-05-28", 0, 0),
    }


def test_signers_round_by_round(door: Door) -> None:
    case_no = door.hall.case(door.hall.accepted("GH03")).case_no
    path, deng = f"/api/cases/{case_no}/signers", door.officer("deng")
    does(deng, case_no, "countersign", "conditions", opinion="人防设计另报")
    told(door.officer("qian").post(f"/api/cases/{case_no}/acts/add_signer", {"details": {"department": "ee"}}))
    signers = told(deng.get(path))
    assert [(s["round"], s["department"], s["words"], s["opinion"]) for s in signers] == [
        (1, "国防动员办公室", "附条件同意", "人防设计另报"),
        (1, "住房和城乡建设局", "待签署", ""),
        (1, "公安局", "待签署", ""),
        (1, "气象局", "待签署", ""),
        (1, "生态环境局", "待签署", ""),
    ]
    assert (signers[0]["signer"], signers[1]["signer"]) == ("邓宇", "")
    problem(door.officer("min").get(path), 404, "case-unknown")


def test_opinions_asked_for(door: Door) -> None:
    door.hall.at("2026-03-02")
    case_no = door.hall.case(door.hall.accepted("GH03")).case_no
    path = f"/api/cases/{case_no}/opinions"
    asked: dict[str, Any] = {"department": "cul", "question": "是否涉及文物保护范围", "reply": "3wd"}
    qian, cultural = door.officer("qian"), door.officer("min")
    told(qian.post(f"/api/cases/{case_no}/acts/ask_opinion", {"details": asked}))
    (owed,) = told(cultural.get(path))
    assert (owed["department"], owed["due_on"], owed["answer"], owed["words"]) == (
        "文化和旅游局",
        "2026-03-05",
        None,
        "待回复",
    )
    answer = {"answer": "conditions", "text": "施工前报告考古勘探结果"}
    told(cultural.post(f"/api/cases/{case_no}/acts/answer_opinion", {"details": answer}))
    (given,) = told(qian.get(path))
    assert (given["words"], given["text"], given["answered_by"]) == ("附条件同意", "施工前报告考古勘探结果", "闵文")


def test_minutes_and_what_was_resolved(door: Door) -> None:
    door.hall.at("2026-03-02")
    case_no, chen, jin = filed(door), door.officer("chen"), door.officer("jin")
    path, acts = f"/api/cases/{case_no}/consultations", f"/api/cases/{case_no}/acts"
    resolved = [{"text": "核定排水接口位置", "department": "wat", "due_on": "2026-03-06"}]
    minutes: dict[str, Any] = {
        "kind": "joint_conference",
        "held_on": "2026-03-02",
        "place": "三楼",
        "chair": "陈思",
        "agenda": ["GH02"],
        "attendees": [{"department": "nr", "person": "孙正", "presence": "present"}],
        "resolutions": resolved,
    }
    problem(jin.get(path), 404, "case-unknown")
    wrong = {**minutes, "agenda": ["XF01"], "attendees": [], "held_on": "2026-03-03"}
    answer = problem(chen.post(f"{acts}/consult", {"details": wrong}), 422, "act-not-understood")
    assert {(f["place"], f["code"]) for f in answer["faults"]} == {
        ("/held_on", "meeting-in-future"),
        ("/attendees", "nobody-present"),
        ("/agenda/0", "not-of-this-stage"),
    }
    told(chen.post(f"{acts}/consult", {"details": minutes}))
    report = {"details": {"resolution": "会〔2026〕1号第1项", "text": "已核定。"}}
    problem(chen.post(f"{acts}/report_resolution", report), 403, "resolution-not-yours")
    told(jin.post(f"{acts}/report_resolution", report))
    problem(jin.post(f"{acts}/report_resolution", report), 409, "resolution-reported")
    (one,) = told(jin.get(path))
    assert (one["number"], one["words"], one["agenda"]) == (
        "会〔2026〕1号",
        "联席会议",
        {"GH02": "建设用地规划许可证核发"},
    )
    assert one["attendees"] == [{"department": "nr", "name": "自然资源和规划局", "person": "孙正", "present": True}]
    (row,) = one["resolutions"]
    assert (row["name"], row["department"], row["due_on"]) == ("会〔2026〕1号第1项", "水务局", "2026-03-06")
    assert (row["report"], row["reported_by"], row["owed"], row["lamp"]) == ("已核定。", "金石", False, None)
