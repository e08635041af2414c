"""The story as people read it: one line a deed, stages announced once, a closing table that says what does not hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from api.demo.chronicle import ZONE, Deed
from api.demo.printing import Lines
from api.demo.reckoning import Reckoning, Row

DEED = Deed(
    at=datetime(2025, 10, 31, 9, 10, tzinfo=ZONE),
    case_no="GH03-2025-00001",
    matter="GH03",
    stage="BA02",
    window="政务服务管理局",
    officer="周延",
    act="order",
    outcome=None,
    clocks=(),
    words="建设工程设计方案审查　督办 督〔2025〕1号：请即日签署",
    clock_words="7 个工作日已用 4 个",
)


def test_a_line_says_when_where_who_what_and_what_the_clock_says() -> None:
    said: list[str] = []
    lines = Lines(said.append)
    lines.deed(DEED)
    lines.deed(replace(DEED, act="claim"))
    lines.deed(replace(DEED, act="flag", window="", officer="系统", words="▲ 环节时限：临期"))
    assert said == [
        "\n——— ② 第二阶段　工程建设许可 ———",
        "② 2025-10-31 五 09:10  政务服务管理局    周延    建设工程设计方案审查　督办 督〔2025〕1号：请即日签署  ｜7 个工作日已用 4 个",
        "② 2025-10-31 五 09:10                    系统    ▲ 环节时限：临期  ｜7 个工作日已用 4 个",
    ]


def test_the_table_closes_it() -> None:
    said: list[str] = []
    row = Row(
        "GH03", "建设工程设计方案审查", "GH03-2025-00001", "7 个工作日", 8, 0, date(2025, 11, 5), date(2025, 11, 6)
    )
    Lines(said.append).closing(
        Reckoning([row], 9, ["GH03-2025-00001 promised（自 2025-10-27）：已用登记为 7，依法应为 8"]), 1
    )
    assert said[0] == "\n——— 事项一览：承诺、实用、暂停 ———"
    assert [line.split() for line in said[1:3]] == [
        ["事项", "名称", "承诺", "实用", "暂停", "到期", "办结"],
        ["GH03", "建设工程设计方案审查", "7", "个工作日", "8", "0", "2025-11-05", "2025-11-06", "超承诺"],
    ]
    assert said[3].startswith("不符：GH03-2025-00001 promised")
    assert said[-1] == "\n逐日另算 9 个时限，核验 1 件办件：1 处不符"
