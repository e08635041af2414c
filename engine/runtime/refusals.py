"""Everything that a diagram may draw and that is not carried out faithfully: refused before a case runs, with the remedy."""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType

from engine.diagrams import Mark
from engine.errors import Fault, NotValid


class Refused(NotValid):
    """The diagram cannot be executed as drawn; `faults` names every place at once."""

    code = "diagram-refused"
    sentence = "流程图不能执行，共有 {count} 处要修改，第一处：{first}"
    remedy = "请按列出的位置逐处修改后再发布。"

    @classmethod
    def because(cls, faults: Iterable[Fault]) -> Refused:
        found = sorted(faults, key=lambda fault: (fault.file, fault.line, fault.column, fault.code))
        return cls(faults=found, count=len(found), first=found[0].sentence)


# code -> (sentence, remedy); {name} is what people call the element
REFUSALS = MappingProxyType(
    {
        # expressions and scripts
        "expression-refused": (
            "“{name}”的{what}不能执行：{why}。",
            "只用比较、and/or/not、加减乘除、字段名、文字和数字。",
        ),
        "script-language": (
            "“{name}”的脚本是 {language}，这里不执行：{why}。",
            "改为若干行“名称 = 表达式”，或改为人工步骤。",
        ),
        # decisions
        "decision-unknown": (
            "“{name}”要问的决策“{decision}”不在随图提交的决策文件里。",
            "把有这个决策的 .dmn 文件一起提交，或改正决策的编号。",
        ),
        "decision-not-carried-out": (
            "决策“{name}”{why}，这里不执行。",
            "改成决策表或一个表达式，命中策略用 UNIQUE、FIRST、PRIORITY、ANY、COLLECT、RULE ORDER 或 OUTPUT ORDER。",
        ),
        "decision-text-refused": (
            "{what}里有看不懂的写法：{why}。",
            "只用 FEEL 的比较、区间、列表、and/or/not、加减乘除和列出的函数，见别家的写法。",
        ),
        # timers
        "timer-empty": ("“{name}”的定时没有写时间。", "写上日期、时长（PT1H）、工作日（3wd）或周期（R3/P1D）。"),
        "timer-cron": ("“{name}”的定时“{text}”是 cron 写法，这里不执行。", "改为 ISO 周期，例如每小时 R/PT1H。"),
        "timer-unreadable": (
            "“{name}”的定时“{text}”不是日期、时长或周期。",
            "写成 2026-12-01T09:00、PT1H、3wd 或 R3/P1D。",
        ),
        "timer-repeats-in-flow": (
            "“{name}”在流程当中，重复的定时“{text}”没有写次数，或与别的事件并列。",
            "写上次数（R3/PT1H），单独画；不停的提醒请画在步骤的边上，且不中断步骤。",
        ),
        # repetition
        "loop-endless": ("“{name}”要循环，却没有条件也没有最多次数。", "写上循环条件或最多次数。"),
        "loop-no-turn": ("“{name}”的循环一次也不会执行。", "次数至少写 1。"),
        "loop-over-nothing": ("“{name}”是多实例，却没有写名单或份数。", "写上名单的字段名，或份数。"),
        "loop-result-unnamed": (
            "“{name}”要收集结果到“{output}”，却没有写每一份的结果是哪个字段。",
            "写上每一份结果的字段名（outputDataItem）。",
        ),
        "attribute-not-carried-out": (
            "“{name}”的 {attribute} 写了一个没有含义的值。",
            "去掉这个属性，或写一个 BPMN 规定的值：数量至少是 1，behavior 是 All、None、One 或 Complex。",
        ),
        "announces-nothing": (
            "“{name}”要在办完一份时发出事件（behavior={behavior}），却没有指明哪一个。",
            "指明一个信号、消息或升级事件并画在它的边上；不需要就去掉 behavior。",
        ),
        # ways
        "ways-mixed": (
            "“{name}”的流出有的有条件、有几条没有，也没有默认流向能说清。",
            "给每条写条件，只留一条默认流向；或者都不写，由人来选。",
        ),
        "default-elsewhere": ("“{name}”的默认流向 {flow} 不是从这里流出的。", "重新指定默认流向。"),
        "flow-to-nowhere": ("从“{name}”流出的 {flow} 没有通到同一层里的任何一步。", "把流向连到一个步骤。"),
        "link-unclear": ("链接“{link}”在同一层里有 {count} 个目标。", "每个链接只画一个同名的目标。"),
        "unreachable": ("没有任何流向通到“{name}”。", "连上它，或删去它。"),
        "nothing-drawn": ("“{name}”里面什么都没有画。", "画出里面的步骤，或改为一个步骤。"),
        "scopes-too-deep": (
            "“{name}”套在 {depth} 层子流程里，再往里就不能执行了。",
            "把里面的步骤移到外层，减少层数。",
        ),
        "starts-unclear": ("“{name}”有 {count} 个开始事件，不知道从哪一个开始。", "只留一个开始事件。"),
        "start-waits-inside": (
            "“{name}”是子流程里的开始事件，却在等别的事件。",
            "改为普通开始事件，后面再接一个等待事件。",
        ),
        "complex-unclear": ("复杂网关“{name}”没有写激活条件。", "写上激活条件，例如 ${{nrOfToken >= 2}}。"),
        # events
        "cannot-wait-for": ("“{name}”等待的事件（{kinds}）在这里等不到。", "改为消息、信号、定时或条件。"),
        "cannot-throw": ("“{name}”不能在这里发出事件（{kinds}）。", "改为可以发出的事件，或移到结束事件。"),
        "must-interrupt": ("“{name}”等待错误或取消，却画成了不中断。", "改为中断的边界事件或开始事件。"),
        "events-mixed": ("“{name}”同时画了 {kinds}，含义不明确。", "拆成几个事件，一个一个画。"),
        "condition-missing": ("“{name}”等待条件，却没有写条件。", "写上条件。"),
        "nothing-waits": (
            "事件网关“{name}”后面的“{target}”不等待任何事件。",
            "后面只接等待消息、信号、定时或条件的事件。",
        ),
        "border-misplaced": (
            "边界事件“{name}”没有画在能挂它的步骤上。",
            "把它画在任务或子流程的边上，也不要有流向通到它。",
        ),
        "handler-start": (
            "事件子流程“{name}”要有且只有一个等待事件的开始。",
            "画一个消息、信号、定时、条件、错误或升级的开始事件。",
        ),
        "handler-in-flow": ("事件子流程“{name}”不能有流向或边界事件。", "去掉连到它、从它流出的流向和它边上的事件。"),
        "cancel-misplaced": (
            "“{name}”的取消事件只能画在事务里面或事务的边上，两处都要有。",
            "在事务里画取消结束，并在事务边上画取消边界。",
        ),
        # compensation
        "undo-missing": ("“{name}”没有指明由哪个步骤来撤销。", "用关联线连到一个补偿步骤。"),
        "undo-twice": ("“{name}”是同一层里第二个撤销整层的事件子流程。", "只留一个。"),
        "undo-in-flow": ("补偿步骤“{name}”不能有流向和边界事件。", "去掉它的流向和边上的事件。"),
        # calls and kinds
        "called-unknown": ("“{name}”调用的流程“{called}”不在这里。", "把被调用的流程一起提交，或改正名称。"),
        "process-unknown": ("这里没有流程“{name}”。", "改正要执行的流程的编号。"),
        "kind-unknown": ("“{name}”（{kind}）是这里不执行的图形。", "改用任务、网关、事件或子流程。"),
    }
)


def fault(code: str, element: str, at: Mark, **facts: object) -> Fault:
    """One refusal at its place."""
    sentence, remedy = REFUSALS[code]
    return Fault(element, sentence.format(**facts), remedy.format(**facts), code, at.file, at.line, at.column)
