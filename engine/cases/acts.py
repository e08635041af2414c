"""Every act of a case on one page: in which phase it is lawful, what phase follows, and what it does to the process.

The diagram decides which step comes next; this table decides what is lawful. docs/acts.md is made from it, and a test
walks every act through every phase.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ..diagrams import OUTCOMES, Work
from ..errors import NotNow
from ..people import Role
from .phases import BEFORE_DECISION, PHASE_NAMES, Phase


class Effect(StrEnum):
    """What an act does to the running process."""

    STARTS = "starts"  # the process begins
    STEP = "step"  # performed by completing a step of the diagram
    COMPLETES = "completes"  # the system completes the open step
    TELLS = "tells"  # a message to the process, or the step that waits for it
    MOVES = "moves"  # tokens are taken back to an earlier step
    CANCELS = "cancels"  # the process stops where it is
    LEAVES = "leaves"  # the process does not notice


class ActNotNow(NotNow):
    """The act does not fit the phase of the case."""

    code = "act-not-now"
    sentence = "办件{case_no}现在是“{phase}”，不能{act}；只有在{phases}时可以。"
    remedy = "刷新页面查看办件的最新进展。"


@dataclass(frozen=True)
class Act:
    """One act. `becomes` None: the phase stays. roles: who may do it when it is done without a step of the diagram,
    or in addition to having the step; empty means that only the system or the applicant does it. by_lead: of those only who
    brings the departments together: the lead department, the joint window, a coordinator."""

    name: str
    label: str
    phases: frozenset[Phase]
    becomes: Phase | None
    effect: Effect
    roles: frozenset[Role]
    basis: str = ""
    by_lead: bool = False

    def demand_phase(self, phase: Phase, case_no: str) -> None:
        """Raises ActNotNow unless the act is lawful in this phase."""
        if phase not in self.phases:
            allowed = "、".join(f"“{PHASE_NAMES[p]}”" for p in Phase if p in self.phases)
            raise ActNotNow(case_no=case_no, phase=PHASE_NAMES[phase], act=self.label, phases=allowed)


_C, _R, _A, _H = Role.CLERK, Role.REVIEWER, Role.APPROVER, Role.HEAD
_OPEN = BEFORE_DECISION | {Phase.DECIDED, Phase.SERVED}
_AFTER_ACCEPTANCE = frozenset({Phase.ACCEPTED, Phase.DECIDED, Phase.SERVED})
_RECEIVED, _ACCEPTED, _DECIDED = frozenset({Phase.RECEIVED}), frozenset({Phase.ACCEPTED}), frozenset({Phase.DECIDED})


def _act(
    name: str,
    label: str,
    phases: frozenset[Phase],
    becomes: Phase | None,
    effect: Effect,
    roles: tuple[Role, ...] = (),
    basis: str = "",
    *,
    by_lead: bool = False,
) -> Act:
    return Act(name, label, phases, becomes, effect, frozenset(roles), basis, by_lead)


ACTS: dict[str, Act] = {
    act.name: act
    for act in (
        # acceptance
        _act("receive", "收件", frozenset(), Phase.RECEIVED, Effect.STARTS, (), "行政许可法 第29条、第32条"),
        _act("accept", "受理", _RECEIVED, Phase.ACCEPTED, Effect.STEP, (_C, _R, _A), "行政许可法 第32条第一款第五项"),
        _act("accept_tolerant", "容缺受理", _RECEIVED, Phase.ACCEPTED, Effect.STEP, (_C, _R, _A)),
        _act(
            "request_correction",
            "一次告知补正",
            _RECEIVED,
            Phase.CORRECTING,
            Effect.STEP,
            (_C, _R, _A),
            "行政许可法 第32条第一款第四项",
        ),
        _act(
            "receive_correction",
            "收到补正材料",
            frozenset({Phase.CORRECTING}),
            Phase.RECEIVED,
            Effect.TELLS,
            (_C, _R, _A),
        ),
        _act(
            "refuse_acceptance",
            "不予受理",
            _RECEIVED,
            Phase.NOT_ACCEPTED,
            Effect.STEP,
            (_C, _A),
            "行政许可法 第32条第一款第一、二项",
        ),
        _act(
            "deem_accept", "视为受理", _RECEIVED, Phase.ACCEPTED, Effect.COMPLETES, (), "行政许可法 第32条第一款第四项"
        ),
        # a correction or a promised paper brings its files by the act that dates it, so none is added meanwhile
        _act("add_file", "补充材料文件", _RECEIVED | _ACCEPTED, None, Effect.LEAVES, (_C, _R, _A)),
        # work on the file
        _act("review", "审查", _ACCEPTED, None, Effect.STEP, (_R, _A), "行政许可法 第34条"),
        _act("check", "审核", _ACCEPTED, None, Effect.STEP, (_R, _A, _H)),
        _act("site_visit", "现场踏勘", _ACCEPTED, None, Effect.STEP, (_C, _R, _A), "行政许可法 第34条第三款"),
        _act("give_opinion", "出具意见", _ACCEPTED, None, Effect.STEP, (_R, _A)),
        _act("countersign", "会签", _ACCEPTED, None, Effect.STEP, (_R, _A, _H)),
        _act("add_signer", "加签", _ACCEPTED, None, Effect.LEAVES, (_R, _A, _H)),
        _act("remove_signer", "减签", _ACCEPTED, None, Effect.LEAVES, (_A, _H)),
        _act("ask_opinion", "征求意见", _ACCEPTED, None, Effect.LEAVES, (_R, _A, _H)),
        _act("answer_opinion", "回复意见", _ACCEPTED, None, Effect.LEAVES, (_C, _R, _A, _H)),
        _act(
            "consult",
            "登记会商纪要",
            _AFTER_ACCEPTANCE,
            None,
            Effect.LEAVES,
            (_C, _R, _A, _H, Role.COORDINATOR),
            by_lead=True,
        ),
        _act("report_resolution", "报告落实", _AFTER_ACCEPTANCE, None, Effect.LEAVES, (_C, _R, _A, _H)),
        _act("start_special", "启动特别程序", _ACCEPTED, None, Effect.LEAVES, (_A, _H), "行政许可法 第45条"),
        _act("end_special", "结束特别程序", _ACCEPTED, None, Effect.LEAVES, (_R, _A, _H), "行政许可法 第45条"),
        _act(
            "extend",
            "延长审批期限",
            _ACCEPTED,
            None,
            Effect.LEAVES,
            (_H, Role.MAIN_HEAD, Role.GOVERNMENT),
            "行政许可法 第42条",
        ),
        _act("bring_material", "补交容缺材料", _ACCEPTED, None, Effect.LEAVES, (_C, _R, _A)),
        _act("transfer_hq", "转部门办理", _ACCEPTED, None, Effect.LEAVES, (_C, _R, _A)),
        _act("return_from_hq", "部门退回窗口", _ACCEPTED, None, Effect.LEAVES, (_C, _R, _A)),
        _act("escalate_up", "上报上级", _ACCEPTED, None, Effect.LEAVES, (_A, _H), "行政许可法 第35条、第43条"),
        _act("return_from_upper", "上级批复", _ACCEPTED, None, Effect.LEAVES, (_C, _R, _A)),
        # two levels: the upper office decides in a case of its own, and the system tells this one
        _act("send_up", "上报", _ACCEPTED, None, Effect.STEP, (_A, _H), "行政许可法 第35条、第43条"),
        _act("upper_granted", "上级准予", _ACCEPTED, Phase.DECIDED, Effect.LEAVES, (), "行政许可法 第35条、第38条"),
        _act("upper_refused", "上级不予许可", _ACCEPTED, Phase.DECIDED, Effect.LEAVES, (), "行政许可法 第35条、第38条"),
        _act("upper_sent_down", "上级送回结果", _DECIDED, None, Effect.COMPLETES),
        _act(
            "upper_revoked",
            "上级撤销决定",
            frozenset({Phase.DECIDED, Phase.SERVED, Phase.CLOSED}),
            None,
            Effect.LEAVES,
            (),
            "行政许可法 第69条",
        ),
        _act("record_payment", "登记缴费", _OPEN, None, Effect.STEP, (_C, _A)),
        _act("send_notice", "告知", _OPEN, None, Effect.STEP, (_C, _R, _A)),
        # the decision and after
        _act("decide_grant", "准予许可", _ACCEPTED, Phase.DECIDED, Effect.STEP, (_A, _H), "行政许可法 第38条"),
        _act("decide_refuse", "不予许可", _ACCEPTED, Phase.DECIDED, Effect.STEP, (_A, _H), "行政许可法 第38条"),
        # a stage of joint approval: its result follows from its matters
        _act("conclude", "牵头汇总", _ACCEPTED, Phase.DECIDED, Effect.STEP, (_R, _A, _H)),
        _act("release_matter", "放行事项", _ACCEPTED, None, Effect.LEAVES, (_C, _R, _A)),
        # a step that another system answers
        _act("take_over_call", "转人工确认", _OPEN, None, Effect.LEAVES, (_C, _R, _A, _H)),
        _act("drop_matter", "不再办理事项", _ACCEPTED, None, Effect.LEAVES, (_C, _A, _H)),
        _act("make_certificate", "制证", _DECIDED, None, Effect.STEP, (_C, _R, _A), "行政许可法 第39条"),
        _act("deliver", "送达", _DECIDED, Phase.SERVED, Effect.STEP, (_C, _A), "行政许可法 第44条"),
        _act("close", "办结", frozenset({Phase.SERVED}), Phase.CLOSED, Effect.LEAVES),
        _act(
            "revoke",
            "撤销决定",
            frozenset({Phase.DECIDED, Phase.SERVED, Phase.CLOSED}),
            None,
            Effect.LEAVES,
            (_H,),
            "行政许可法 第69条",
        ),
        # ends before a decision
        _act("withdraw", "撤回申请", BEFORE_DECISION, Phase.WITHDRAWN, Effect.CANCELS, (_C, _A)),
        _act("terminate", "终止办理", BEFORE_DECISION, Phase.TERMINATED, Effect.CANCELS, (_A, _H)),
        # pressed from upstream
        _act("nudge", "催办", _OPEN, None, Effect.LEAVES, (_A, _H, Role.COORDINATOR, Role.SUPERVISOR)),
        _act("order", "督办", _OPEN, None, Effect.LEAVES, (Role.COORDINATOR, Role.SUPERVISOR)),
        _act("answer_order", "回复督办", _OPEN, None, Effect.LEAVES, (_C, _R, _A, _H)),
        # the desk: who does the work
        _act("claim", "签收", _OPEN, None, Effect.LEAVES, (_C, _R, _A, _H)),
        _act("give_back", "放回待签收", _OPEN, None, Effect.LEAVES, (_C, _R, _A, _H)),
        _act("transfer", "转办", _OPEN, None, Effect.LEAVES, (_C, _R, _A, _H)),
        _act("hand_over", "移交", _OPEN, None, Effect.LEAVES, (_A, _H, Role.ADMIN)),
        _act("send_back", "退回", _OPEN, None, Effect.MOVES, (_C, _R, _A, _H)),
        _act("complete", "完成", _OPEN, None, Effect.STEP, (_C, _R, _A, _H)),
    )
}


def who_finishes(work: Work) -> frozenset[Role]:
    """The roles that can finish such a step, with one of its outcomes at least: who has none of them may not hold it."""
    acts = (ACTS[OUTCOMES[work.kind][outcome.code] or "complete"] for outcome in work.outcomes)
    return frozenset[Role]().union(*(act.roles for act in acts))
