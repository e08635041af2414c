"""The key projects of the demo hall: what they are, what they need, and how far each matter has come. The last one goes through
the stages of joint approval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

OWNERS: Mapping[str, tuple[str, str]] = {
    "TZ01": ("ndrc", "何平"),
    "JN01": ("ndrc", "何平"),
    "ZR01": ("nr", "孙正"),
    "GH01": ("nr", "孙正"),
    "GH02": ("nr", "孙正"),
    "GH03": ("nr", "孙正"),
    "GH04": ("nr", "孙正"),
    "HP02": ("ee", "潘岳"),
    "LY01": ("for", "袁青"),
    "ZJ01": ("hurd", "高远"),
    "XF01": ("hurd", "高远"),
    "ZJ04": ("hurd", "高远"),
    "CG01": ("urb", "叶秋"),
}
"""Who answers for a matter: department and person (三个量化)."""


@dataclass(frozen=True)
class Come:
    """How far a matter of a project has come: filed so many working days ago, worked on up to the step that nobody takes;
    paused where `experts`, awaiting the applicant where `lacks`."""

    matter: str
    ago: int
    stop: str = ""
    experts: bool = False
    lacks: str = ""


@dataclass(frozen=True)
class Green:
    """A key project. target: working days from today to the event; investment in 万元."""

    code: str
    name: str
    owner: str
    investment: int
    level: str
    leader: str
    lead_unit: str
    event: str
    target: int
    plan: tuple[str, ...]
    come: tuple[Come, ...]


GREEN: tuple[Green, ...] = (
    Green(
        "2609-519902-04-01-000001",
        "精密轴承智能制造基地",
        "临州启衡轴承有限公司",
        120_000,
        "province",
        "市委常委、副市长 顾言",
        "高新技术产业园管理委员会",
        "开工",
        24,
        ("TZ01", "GH02", "GH03", "GH04", "HP02", "ZJ01", "XF01", "ZJ04"),
        (
            Come("TZ01", 38),
            Come("GH02", 34),
            Come("GH03", 24),
            Come("HP02", 20),
            Come("GH04", 4, stop="decide"),
        ),
    ),
    Green(
        "2609-519902-04-01-000002",
        "临州市第三人民医院迁建",
        "临州市第三人民医院",
        96_000,
        "city",
        "副市长 温敬",
        "卫生健康委员会",
        "开工",
        40,
        ("GH01", "LY01", "GH02", "GH03", "GH04", "HP02", "ZJ01", "XF01", "ZJ04"),
        (Come("GH01", 9, experts=True), Come("LY01", 6, stop="review"), Come("HP02", 3, stop="review", lacks="report")),
    ),
    Green(
        "2609-519902-04-01-000003",
        "新能源电池材料基地",
        "临州新能电池材料有限公司",
        220_000,
        "province",
        "市长 沈知远",
        "",
        "开工",
        16,
        ("TZ01", "GH02", "GH03", "GH04", "HP02", "CG01", "ZJ01", "XF01", "ZJ04"),
        (
            Come("TZ01", 20),
            Come("GH02", 7, stop="decide"),
            Come("HP02", 8, stop="review"),
            Come("CG01", 2, stop="opinion"),
        ),
    ),
    Green(
        "2609-519902-04-01-000004",
        "临州医疗器械产业园",
        "临州康桥医疗器械有限公司",
        68_000,
        "city",
        "副市长 温敬",
        "高新技术产业园管理委员会",
        "开工",
        60,
        ("TZ01", "ZR01", "HP02", "JN01", "GH02", "GH03", "GH04", "ZJ01", "XF01", "ZJ04"),
        (),
    ),
)
STAGED = GREEN[-1]
