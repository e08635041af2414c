"""What the fictional applicants and officers of the demo write. Codes are wrong by their check digit, phones are nobody's."""

from __future__ import annotations

from typing import Any

APPLICATIONS: dict[str, dict[str, Any]] = {
    "TZ01": {
        "uscc": "91990000MA0000000X",
        "legal_representative": "柳青",
        "project_name": "年产 20 万立方米装配式墙板项目",
        "nature": "new",
        "site": "临州市云岭工业园 7 号地块",
        "scope": "建设生产车间两座、成品堆场一处，建筑面积 18,600 平方米。",
        "investment": 8600,
        "policy_declared": True,
        "contact": "柳青",
        "contact_phone": "19900000001",
    },
    "GH02": {
        "project_name": "澄江里住宅小区一期",
        "approval_no": "临发改备〔2026〕88 号",
        "land": "auctioned",
        "contract_no": "临自然资让〔2026〕12 号",
        "site": "临州市澄江北路以东、学林街以南",
        "land_area": 48216.5,
        "land_use": "residential",
        "building_area": 96000,
        "contact": "方淮",
        "contact_phone": "19900000002",
    },
    "XF01": {
        "project_name": "临州大剧院改建工程",
        "site": "临州市文汇路 18 号",
        "category": "crowded",
        "building_area": 26400,
        "height": 31.5,
        "fire_rating": "1",
        "design_unit": "临州建筑设计研究院（虚构）",
        "technical_case": "new_technology",
        "contact": "江映",
        "contact_phone": "19900000003",
    },
}
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
