"""What the fictional applicants and officers of the demo write. Codes are wrong by their check digit, phones are nobody's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

REVIEWS: dict[str, dict[str, Any]] = {
    "GH02": {
        "checked": ["approval", "land", "site", "area", "use", "conditions"],
        "approved_area": 48216.5,
        "conclusion": "conforming",
        "opinion": "用地性质、位置、面积与规划条件一致，建议核准。",
    },
    "XF01": {
        "checked": ["layout", "compartment", "evacuation", "facilities", "supply", "decoration"],
        "conclusion": "conforming",
        "opinion": "总体符合规范；观众厅采用的新型防火分隔没有国家标准，建议组织专家评审。",
    },
}
FILING_CHECK: dict[str, Any] = {"checked": ["enterprise", "project", "investment", "policy"], "regime": "filing"}
EXPERTS: dict[str, Any] = {"experts": 7, "agreed": 7, "opinion": "专家组一致同意采用该防火分隔方案。"}
FIRE_CHECK: dict[str, Any] = {"checked": ["clauses", "opinion", "experts"], "opinion": "同意审查意见和专家评审意见。"}


# ---------------------------------------------------------------- the hall's life
PROJECTS = (
    "精密轴承智能制造基地",
    "滨江保障性租赁住房",
    "临州数据中心一期",
    "云岭工业园标准厂房",
    "鲜达冷链物流园",
    "文汇路综合体改造",
    "南浦新区污水处理厂二期",
    "临州新能源电池材料基地",
    "学林街社区卫生服务中心",
    "临州职业学院实训楼",
)
PLACES = (
    "临州市高新区创业路北侧 B-07 地块",
    "临州市南浦新区长堤路以东",
    "临州市云岭工业园 12 号地块",
    "临州市文汇路 88 号",
    "临州市滨江大道以西、望江街以南",
    "临州市学林街 21 号",
)
APPLICANTS = (
    "临州启衡轴承有限公司",
    "临州锦和商业管理有限公司",
    "临州云岭建材有限公司",
    "鲜达冷链物流有限公司",
    "临州澄江置业有限公司",
    "南浦新区建设开发有限公司",
    "临州新能电池材料有限公司",
    "临州职业学院",
    "滨江保障住房有限公司",
    "临州数据中心有限公司",
    "临州青杉数字科技有限公司",
    "文汇路商业运营有限公司",
)


def _reviewed(*checked: str) -> Callable[[date], dict[str, Any]]:
    return lambda on: {
        "checked": list(checked),
        "conclusion": "conforming",
        "opinion": "经核对，申报内容与材料一致，符合规定条件，建议准予。",
    }


def _visited(on: date) -> dict[str, Any]:
    return {
        "visited_on": on.isoformat(),
        "officers": "两名工作人员（示例）",
        "findings": "现场与申报材料一致，未见违法建设。",
    }


def _opinion(on: date) -> dict[str, Any]:
    return {"stance": "none", "opinion": "涉及本部门职责的内容符合要求，无不同意见。"}


def _checked(on: date) -> dict[str, Any]:
    return {"checked": ["conditions", "opinion", "procedure"], "opinion": "同意审查意见。"}


ANSWERS: dict[str, Callable[[date], dict[str, Any]]] = {
    "TZ01.decide": lambda on: FILING_CHECK,
    "SC01.decide": _reviewed("application", "articles", "premises", "identity"),
    "GH01.review": _reviewed("planning", "standard", "farmland", "siting"),
    "GH01.check": _checked,
    "GH02.review": lambda on: REVIEWS["GH02"],
    "GH03.review": _reviewed("boundary", "ratio", "sunlight", "traffic"),
    "GH04.review": _reviewed("owner", "plan", "ratio", "sunlight"),
    "ZJ01.review": _reviewed("architecture", "structure", "water", "power", "energy"),
    "ZJ01.opinion": _opinion,
    "ZJ01.opinion_b": _opinion,
    "ZJ01.check": _checked,
    "XF01.review": lambda on: REVIEWS["XF01"],
    "XF01.check": lambda on: {"checked": ["clauses", "opinion"], "opinion": "同意审查意见。"},
    "ZJ04.review": _reviewed("land", "planning", "builder", "funds", "safety"),
    "HP02.site_visit": _visited,
    "HP02.review": _reviewed("policy", "site", "measures", "total"),
    "ZR01.review": _reviewed("bidder", "deposit", "credit"),
    "LY01.site_visit": _visited,
    "LY01.review": _reviewed("area", "kind", "compensation", "feasibility"),
    "CG01.site_visit": _visited,
    "CG01.opinion": _opinion,
}
