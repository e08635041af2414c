"""The tables and the picture of benchmarks.md, from the last whole run: benchmarks.json, which `benchmarks/run` wrote.

`docs/generate.py` puts them into the page between its marks and beside it into images/; a test holds them fresh.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))  # generate.py is run as a script, from anywhere

from benchmarks.rows import verdicts  # noqa: E402

BEGIN, END = "<!-- 由 docs/generate.py 写入 -->\n", "<!-- 写入到此 -->\n"
DATABASES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
WORDS = {True: "● 达到", False: "▲ 没有达到", None: "– 没有判定"}
DRAWN = {
    "floor": "下限：存一行、改一行、提交",
    "complete W1": "联审 W1",
    "complete W2": "联审 W2",
    "http W1": "联审 W1，经 HTTP",
    "stock W1": "SpiffWorkflow + 自带序列化 W1",
    "stock W2": "SpiffWorkflow + 自带序列化 W2",
    "viewflow W1": "django-viewflow W1",
    "bpmn-engine W1": "bpmn-engine，常驻内存 W1",
    "bpmn-engine W2": "bpmn-engine，常驻内存 W2",
    "bpmn-engine recovered W1": "bpmn-engine，每次读回 W1",
    "bpmn-engine recovered W2": "bpmn-engine，每次读回 W2",
}
STYLE = """<style>
text{font:13px "Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif;fill:#1a1f26}
.page{fill:#fff}.h{font-weight:600;font-size:15px}.q{fill:#4a5260;font-size:12px}.own{font-weight:600}
.line{stroke:#e4e7eb}.least{stroke:#1a1f26;stroke-width:1.5;stroke-dasharray:4 3}
.us{fill:#1f4fa3}.them{fill:url(#hatch);stroke:#616976}.bg{fill:#fff}.fg{stroke:#616976;stroke-width:1.5}
@media (prefers-color-scheme:dark){
text{fill:#e6e9ed}.page{fill:#1b1f25}.q{fill:#b4bbc5}.line{stroke:#2a3038}.least{stroke:#e6e9ed}
.us{fill:#8db2f2}.them{stroke:#98a1ad}.bg{fill:#1b1f25}.fg{stroke:#98a1ad}}
</style>
<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">\
<rect class="bg" width="6" height="6"/><path class="fg" d="M0 0V6"/></pattern></defs>
"""
LEFT, WIDE, ROW, RIGHT = 250, 430, 26, 150


def told() -> dict[str, Any]:
    kept: dict[str, Any] = json.loads((HERE / "benchmarks.json").read_text("utf-8"))
    return kept


def page() -> str:
    """benchmarks.md as it stands, with what is between the marks made anew."""
    text = (HERE / "benchmarks.md").read_text("utf-8")
    before, rest = text.split(BEGIN)
    return before + BEGIN + "\n".join(_tables(told())) + "\n" + END + rest.split(END)[1]


def _tables(run: dict[str, Any]) -> Iterator[str]:
    on = run["taken"]
    size = "缩短的一次（--quick）" if on["quick"] else "完整的一次"
    yield (
        f"{on['at'][:10]}，{size}，{on['cores']} 核 {on['machine']}，Python {on['python']}，SQLite {on['sqlite']}，"
        f"PostgreSQL {on['postgresql']}，文件系统 {on['file_system']}；写出时机器的平均负载 {on['load'][0]}，高于核数时别的工作也在跑。"
    )
    yield from ("", "| | 数据库 | 中位 ms | 下限 ms | 引擎 ms | 下限的几倍 | 次数 |", "|---|---|--:|--:|--:|--:|--:|")
    for row in run["rows"]:
        figures = (_number(row[key]) for key in ("median_ms", "floor_ms", "engine_ms", "ratio"))
        yield f"| {row['name']} | {DATABASES[row['db']]} | {' | '.join(figures)} | {row.get('times', row.get('count', ''))} |"
    yield from ("", "| 要求 | 数据库 | 测得 | |", "|---|---|---|---|")
    for one in verdicts(run["rows"]):
        yield f"| {one.bar} | {DATABASES[one.db]} | {one.seen} | {WORDS[one.met]} |"
    if run["failed"]:
        yield from ("", f"没有跑完的：{len(run['failed'])} 项。")


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


# ---------------------------------------------------------------- the picture
def picture() -> str:
    """How many floors a completion costs, with us and with others: one panel a database, the axis by powers."""
    rows = [row for row in told()["rows"] if row["name"] in DRAWN and row["ratio"]]
    panels = {db: sorted((r for r in rows if r["db"] == db), key=lambda r: r["ratio"]) for db in DATABASES}
    most = max(row["ratio"] for row in rows)
    parts, y = list[str](), 64
    for db, some in panels.items():
        parts += _panel(DATABASES[db], some, y, most)
        y += 62 + ROW * len(some)
    width, height = LEFT + WIDE + RIGHT, y - 14
    words = "完成一个任务要几个下限：越短越好，刻度是倍数（对数）"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="{words}。逐项数字见页面的表。">\n{STYLE}<rect class="page" width="{width}" height="{height}"/>\n'
        f'<text class="h" x="16" y="26">{words}</text>\n'
        f'<text class="q" x="16" y="45">实心：联审。斜纹：别的系统。虚线：下限，即存一行、改一行、提交，同一节奏。</text>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _panel(name: str, rows: Sequence[dict[str, Any]], y: int, most: float) -> Iterator[str]:
    bottom = y + 22 + ROW * len(rows)
    yield f'<text class="h" x="16" y="{y + 12}">{name}</text>'
    for tick in (1, 2, 5, 10, 20, 50, 100, 200):
        if tick <= most * 1.1:
            x = LEFT + _long(tick, most)
            yield f'<path class="{"least" if tick == 1 else "line"}" d="M{x:.1f} {y + 18}V{bottom}"/>'
            yield f'<text class="q" x="{x:.1f}" y="{y + 12}" text-anchor="middle">{tick}</text>'
    for number, row in enumerate(rows):
        top = y + 24 + ROW * number
        ours = row["name"].startswith(("complete", "http"))
        word = ' class="own"' if ours else ""
        wide = max(_long(row["ratio"], most), 1.5)
        yield f'<text{word} x="{LEFT - 10}" y="{top + 13}" text-anchor="end">{DRAWN[row["name"]]}</text>'
        if row["name"] != "floor":
            yield f'<rect class="{"us" if ours else "them"}" x="{LEFT}" y="{top}" width="{wide:.1f}" height="17" rx="2"/>'
        figure = (
            f"{row['ratio']:.1f} 倍，{row['median_ms']:.2f} ms"
            if row["name"] != "floor"
            else f"{row['median_ms']:.2f} ms"
        )
        yield f'<text{word} x="{LEFT + wide + 8:.1f}" y="{top + 13}">{figure}</text>'


def _long(ratio: float, most: float) -> float:
    return WIDE * math.log(max(ratio, 1.0)) / math.log(most * 1.1)
