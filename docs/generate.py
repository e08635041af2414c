"""Make what follows from the code: errors.md, acts.md, state-machine.md, refusals.md, repairs.md, and the pictures of the rules;
and from the last whole run of the benchmarks the tables and the picture of benchmarks.md.

    python docs/generate.py

A test compares the files with what this makes, so a page cannot rot.
"""

from __future__ import annotations

import runpy
from collections.abc import Callable
from pathlib import Path

import api.app  # noqa: F401  every room and every command is loaded, so every error is registered
from api.cli import COMMANDS
from engine.cases import ACTS, ENDS, PHASE_NAMES, Phase
from engine.diagrams import REPAIRS
from engine.errors import LianshenError
from engine.people import LEADERS, ROLE_NAMES, Role
from engine.runtime import REFUSALS

for one in COMMANDS:
    one.read()
HERE = Path(__file__).parent
EFFECTS = {
    "starts": "启动流程",
    "step": "完成流程中的一步",
    "completes": "由系统完成正在等待的一步",
    "tells": "向流程发消息",
    "moves": "把流程移回前面的步骤",
    "cancels": "停止流程",
    "leaves": "流程不变",
}


def _page(lines: list[str]) -> str:
    """Sentences are templates: a brace that people read is written twice in them."""
    return "\n".join(lines).replace("{{", "{").replace("}}", "}") + "\n"


def errors() -> str:
    rows = sorted(LianshenError.register.values(), key=lambda e: (e.status, e.code))
    lines = ["# 错误", "", "由 `engine/errors.py` 的登记生成。`code` 稳定，句子可以改得更清楚。", ""]
    lines += ["| 状态 | code | 句子 | 怎么办 |", "|---|---|---|---|"]
    lines += [f"| {e.status} | `{e.code}` | {e.sentence} | {e.remedy} |" for e in rows]
    return _page(lines)


def acts() -> str:
    lines = [
        "# 操作表",
        "",
        "由 `engine/cases/acts.py` 生成：每个操作在哪些阶段合法，办后是什么阶段，对流程做什么，由谁办。",
        "",
    ]
    lines += ["| 操作 | | " + " | ".join(PHASE_NAMES[p] for p in Phase) + " | 之后 | 对流程 | 谁 | 依据 |"]
    lines += ["|---" * (len(Phase) + 6) + "|"]
    for act in ACTS.values():
        cells = " | ".join("●" if p in act.phases else "" for p in Phase)
        after = PHASE_NAMES[act.becomes] if act.becomes else "不变"
        who = LEADERS if act.by_lead else "、".join(ROLE_NAMES[r] for r in Role if r in act.roles) or "系统或申请人"
        lines.append(
            f"| {act.label} | `{act.name}` | {cells} | {after} | {EFFECTS[act.effect]} | {who} | {act.basis} |"
        )
    return "\n".join(lines) + "\n"


def state_machine() -> str:
    lines = ["# 办件的法律阶段", "", "由 `engine/cases/phases.py` 和 `acts.py` 生成。阶段只由操作改变；", ""]
    lines[-2] += "暂停、在部门、在上级不是阶段，由未结束的记录得出，可以同时存在。"
    lines += ["```mermaid", "stateDiagram-v2"]
    lines += [f"    {p}: {PHASE_NAMES[p]}" for p in Phase]
    lines += ["    [*] --> received: 收件"]
    for act in ACTS.values():
        if act.becomes is not None:
            lines += [f"    {p} --> {act.becomes}: {act.label}" for p in Phase if p in act.phases]
    lines += [f"    {p} --> [*]" for p in Phase if p in ENDS]
    return "\n".join([*lines, "```"]) + "\n"


def refusals() -> str:
    lines = [
        "# 拒绝表",
        "",
        "由 `engine/runtime/refusals.py` 生成：图上画得出、但不能照样执行的，编译时一次全部拒绝。",
        "",
    ]
    lines += ["`{name}` 等处填入图上的名称。先查的是[规则](rules/README.md)；怎样执行见[运行时](runtime.md)。", ""]
    lines += ["| code | 句子 | 改法 |", "|---|---|---|"]
    lines += [f"| `{code}` | {sentence} | {remedy} |" for code, (sentence, remedy) in REFUSALS.items()]
    return _page(lines)


def repairs() -> str:
    lines = [
        "# 导入时的修复",
        "",
        "由 `engine/diagrams/repairs/` 生成：`lianshen import` 和设计页面对别的工具画的流程图能作的修复，一种一个文件。",
        "",
        "修复只改这一处：布局、注释、编码和别的工具的扩展都不动；没有修复的文件一个字节也不变，再修一次也不变。每处修复在元素上留下",
        '`<ls:repair kind=… confirmed="false">` 和原来的写法。**要确认**的，图的意思由程序作了主：有人确认之前不能发布',
        "（规则 [`repair-unconfirmed`](rules/repair-unconfirmed.md)）。不要确认的，意思按 BPMN 的规定不变，不写 `confirmed`。",
        '搁置的元素带 `ls:aside="true"`，留在文件和图上，不读取、不执行。',
        "",
        "服务任务一律由人确认；由系统对外调用的做法，保留属性 `ls:call`，现在还没有。",
        "",
        "| 种类 | | 要确认 | 句子 | 修复的问题 |",
        "|---|---|---|---|---|",
    ]
    for card in REPAIRS:
        codes = "、".join(f"`{code}`" for code in card.codes)
        asked = "●" if card.confirm else ""
        lines.append(f"| `{card.kind}` | {card.title} | {asked} | {card.sentence} | {codes} |")
    return _page(lines)


FIGURES = runpy.run_path(str(HERE / "figures.py"))
CHART = HERE / "images/benchmarks.svg"
chart: Callable[[], str] = FIGURES["picture"]

PAGES: dict[str, Callable[[], str]] = {
    "errors.md": errors,
    "acts.md": acts,
    "state-machine.md": state_machine,
    "refusals.md": refusals,
    "repairs.md": repairs,
    "benchmarks.md": FIGURES["page"],
}

PICTURES = HERE / "images/rules"
pictures: Callable[[], dict[str, str]] = runpy.run_path(str(HERE / "pictures.py"))["pictures"]

if __name__ == "__main__":
    for name, page in PAGES.items():
        (HERE / name).write_text(page(), "utf-8")
    CHART.write_text(chart(), "utf-8")
    PICTURES.mkdir(exist_ok=True)
    drawn = pictures()
    for old in PICTURES.glob("*.svg"):
        if old.name not in drawn:
            old.unlink()
    for name, picture in drawn.items():
        (PICTURES / name).write_text(picture, "utf-8")
