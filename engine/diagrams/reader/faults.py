"""Every finding that the reader itself can make: code, severity, sentence, remedy.

docs/rules/reading.md shows them all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..findings import Finding, Severity
from ..graph import Mark


@dataclass(frozen=True)
class Fault:
    """no_graph: there is no faithful diagram with this fault."""

    sentence: str
    remedy: str
    severity: Severity = Severity.ERROR
    no_graph: bool = False


FAULTS: dict[str, Fault] = {
    # the file as a whole: the gate
    "file-too-large": Fault(
        "文件超过 {limit} MB 的上限，没有读取。",
        "流程图文件通常只有几十 KB：请去掉嵌入的图片，或拆成几个文件。",
        no_graph=True,
    ),
    "file-encoding-unknown": Fault(
        "文件声明的编码“{encoding}”不认识，没有读取。",
        "请用 UTF-8 重新保存（也接受 UTF-16、GB18030、GBK、GB2312、Big5、ISO-8859、Windows-125x）。",
        no_graph=True,
    ),
    "file-encoding-broken": Fault(
        "文件不是声明的 {encoding} 编码：从这里起解不出文字。", "请用 UTF-8 重新保存文件。", no_graph=True
    ),
    "file-with-dtd": Fault(
        "文件带有文档类型声明（DOCTYPE），为安全起见没有读取。",
        "流程图不需要它：请删去 <!DOCTYPE …> 和实体声明。",
        no_graph=True,
    ),
    "file-too-deep": Fault(
        "元素嵌套超过 {limit} 层，没有读取。", "请检查文件是否损坏；真正的流程图不会嵌套这么深。", no_graph=True
    ),
    "file-too-many-elements": Fault(
        "元素超过 {limit} 个，没有读取。", "请把流程拆成几个文件，用调用活动连接。", no_graph=True
    ),
    "file-not-xml": Fault(
        "文件不是完好的 XML：{reason}。", "请用流程图设计工具重新导出，不要手工改动。", no_graph=True
    ),
    "file-not-bpmn": Fault(
        "文件的根元素是“{root}”，不是 BPMN 2.0 的 definitions。", "请从设计工具导出“BPMN 2.0 XML”格式。", no_graph=True
    ),
    "file-not-dmn": Fault(
        "文件的根元素是“{root}”，不是 DMN 的 definitions，里面的决策没有读取。", "请从设计工具导出“DMN 1.3 XML”格式。"
    ),
    "decision-id-unclear": Fault("决策编号“{id}”没有写，或用了两次。", "请给每个决策不同的编号。"),
    # the structure: no graph is made
    "process-missing": Fault("文件里没有任何流程（process）。", "请画出一个流程再提交。", no_graph=True),
    "process-id-duplicate": Fault("流程编号“{id}”在 {other} 里已经用过。", "请给每个流程不同的编号。", no_graph=True),
    "main-process-missing": Fault("没有编号为“{id}”的流程。", "请核对主流程编号；现有：{known}。", no_graph=True),
    "main-process-unclear": Fault(
        "有几个流程都可能是主流程：{known}；这里取“{chosen}”。",
        "请指明主流程，或只保留一个可执行的流程。",
        Severity.WARNING,
    ),
    "id-missing": Fault(
        "{tag} 没有编号（id），这里称作“{id}”。", "请在设计工具里补上编号，以免改图以后认错。", Severity.WARNING
    ),
    "id-duplicate": Fault(
        "编号“{id}”在同一个流程里用了两次。", "请给其中一个改一个新的编号，并改正指向它的连线。", no_graph=True
    ),
    "id-in-two-processes": Fault(
        "编号“{id}”在流程“{other}”里也用过，提示和布局可能指错地方。", "请给其中一个改一个新的编号。", Severity.WARNING
    ),
    "flow-dangling": Fault("连线的{end}“{id}”不存在。", "请在图上把连线重新接好，或删去它。", no_graph=True),
    "flow-crosses-border": Fault(
        "连线的{end}“{id}”在另一个子流程里：顺序流不能穿过子流程的边框。",
        "请连到子流程本身，或改用边界事件。",
        no_graph=True,
    ),
    "flow-after-end": Fault("连线从结束事件“{name}”流出：结束以后不能再走。", "请改成中间事件，或删去这条连线。"),
    "flow-into-start": Fault(
        "连线通到开始事件“{name}”：这里按从头再走一遍执行。", "请连到开始事件后面的第一个步骤。", Severity.WARNING
    ),
    "boundary-without-host": Fault(
        "边界事件所依附的“{id}”不是同一层里的活动。", "请把边界事件拖到一个活动的边框上。", no_graph=True
    ),
    # our attributes and numbers: the graph is made without them
    "kind-unknown": Fault("步骤类型“{value}”不认识。", "可用的类型：{known}。"),
    "kind-misplaced": Fault(
        "{tag} 上写了步骤类型，只有人办的任务和可以对外调用的任务才有。",
        "请把它改成用户任务，或去掉 ls: 属性。",
    ),
    "call-unreadable": Fault(
        "对外调用的对接代码“{value}”看不懂。",
        "请在 ls:call 写本机构登记的对接代码（字母开头，字母、数字、_、-）；图里不写网址。",
    ),
    "call-name-unreadable": Fault(
        "ls:{attribute} 里的“{value}”不能作名称。",
        "请用空格分开名称，每个由字母、数字和 _ 组成；ls:returns 里不能有 outcome、error、error_code、conflicts。",
    ),
    "call-twofold": Fault(
        "“{name}”写了由谁答复，又{what}：一步只能做一样。",
        "请去掉 ls:call、ls:kind，或去掉另一样；两样都要的画成两步。",
    ),
    "call-of-kind": Fault("“{kind}”须由人办理，不能交给对外调用。", "对外调用的步骤类型可以是：{known}。"),
    "outcome-unknown": Fault("办理结果“{value}”不属于步骤类型 {kind}。", "可用的结果：{known}。"),
    "outcome-duplicate": Fault("办理结果“{value}”写了两次。", "请只保留一处。"),
    "place-unknown": Fault("办理地点“{value}”不认识。", "可用的地点：{known}。"),
    "limit-unreadable": Fault(
        "环节时限“{value}”看不懂。", "请写成天数加单位，例如 3wd（3 个工作日）、5cd（5 个自然日）、0.5wd。"
    ),
    "ground-misplaced": Fault(
        "只有特别程序（special）步骤才写依据（ls:ground）。", "请去掉 ls:ground，或把步骤类型改为 special。"
    ),
    "officer-misplaced": Fault(
        "会签的步骤不能指定经办人（ls:officer），签署的人由各部门定。",
        "请删去 ls:officer；要由一个人办的，改成别的步骤类型。",
    ),
    "signers-misplaced": Fault(
        "只有会签（countersign）步骤才写会签部门、规则和票数。",
        "请去掉 ls:signers、ls:rule、ls:threshold，或把步骤类型改为 countersign。",
    ),
    "signers-unreadable": Fault(
        "会签部门“{value}”看不懂，或同一部门写了两次。",
        "请用空格分开部门代码，表决的票数写在冒号后，例如 cad hurd:2 met。",
    ),
    "rule-unknown": Fault("会签规则“{value}”不认识。", "可用的规则：{known}。"),
    "threshold-unreachable": Fault(
        "表决通过的票数“{value}”不是 1 到 {most} 之间的整数。", "请按会签部门的票数合计写 ls:threshold。"
    ),
    "attribute-unknown": Fault("不认识“ls:{name}”，它不会起作用。", "请核对拼写；可用的有：{known}。"),
    "waiver-incomplete": Fault(
        "豁免没有写{what}，不起作用。", "规则（rule）、理由（reason）和到哪一天（until，如 2026-12-31）三项都要写。"
    ),
    "waiver-day-unreadable": Fault("豁免的截止日“{value}”看不懂，不起作用。", "请写成年-月-日，例如 2026-12-31。"),
    "waiver-misplaced": Fault(
        "豁免（ls:waiver）写在了不起作用的地方。",
        "请写在有编号的节点、连线或流程（process）的 extensionElements 里。",
    ),
    "number-unreadable": Fault("{name} 的值“{value}”不是正整数。", "请写一个正整数。"),
    "service-implementation": Fault(
        "“{name}”由外部程序（{what}）自动完成，这里不会调用它：走到这里要由人确认已经办好。",
        "请确认由人办理（写 ls:kind），或选一个登记过的对接来答复（写 ls:call）。",
        Severity.WARNING,
    ),
    "listener-not-carried": Fault(
        "“{name}”带着别家引擎的监听程序（{what}），这里不运行它。",
        "请确认没有它也对；它写下的数据，改由步骤的表单或脚本写。",
        Severity.WARNING,
    ),
    "call-passes-everything": Fault(
        "“{name}”没有写传入传出：原来的引擎什么也不传，这里全部带进去、改动带回来。",
        "要只传几项的，写上传入传出。",
        Severity.INFO,
    ),
    "meaning-not-carried": Fault(
        "“{name}”写着“{what}”，这里不照办。",
        "请确认没有它也对，或改成这里的画法（见别家的写法）。",
        Severity.WARNING,
    ),
    "reference-undeclared": Fault(
        "“{name}”引用的{what}“{ref}”没有声明，按编号就是名称来读。",
        "请在设计工具里选择已有的，或新建一个。",
        Severity.WARNING,
    ),
    "layout-unreadable": Fault("图形的坐标看不懂，按没有布局处理。", "请在设计工具里重新保存布局。", Severity.WARNING),
}


def fault(code: str, at: Mark, element: str, **facts: Any) -> Finding:
    """The finding of this code at this place, its sentence filled in."""
    drawn = FAULTS[code]
    sentence, remedy = drawn.sentence.format_map(facts), drawn.remedy.format_map(facts)
    return Finding(code, drawn.severity, at.file, at.line, at.column, element, sentence, remedy)
