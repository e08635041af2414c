"""The legal phase of a case. Only acts change it; docs/state-machine.md is made from this page and `acts.py`."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Phase(StrEnum):
    """One at each moment. Suspended, at HQ and at the upper level are no phases: they follow from open rows, several at once."""

    RECEIVED = "received"  # 已收件: the five days of Art. 32 run
    CORRECTING = "correcting"  # 待补正: the applicant's turn
    ACCEPTED = "accepted"  # 已受理: the decision clocks run
    DECIDED = "decided"  # 已决定: granted or refused, not yet served
    SERVED = "served"  # 已送达
    CLOSED = "closed"  # 办结
    NOT_ACCEPTED = "not_accepted"  # 不予受理
    WITHDRAWN = "withdrawn"  # 申请人撤回
    TERMINATED = "terminated"  # 本机关终止


PHASES: Mapping[str, Phase] = {str(phase): phase for phase in Phase}
"""By the word in the row of the case."""

PHASE_NAMES = {
    Phase.RECEIVED: "已收件",
    Phase.CORRECTING: "待补正",
    Phase.ACCEPTED: "已受理",
    Phase.DECIDED: "已决定",
    Phase.SERVED: "已送达",
    Phase.CLOSED: "办结",
    Phase.NOT_ACCEPTED: "不予受理",
    Phase.WITHDRAWN: "已撤回",
    Phase.TERMINATED: "已终止",
}

ENDS = frozenset({Phase.CLOSED, Phase.NOT_ACCEPTED, Phase.WITHDRAWN, Phase.TERMINATED})
BEFORE_DECISION = frozenset({Phase.RECEIVED, Phase.CORRECTING, Phase.ACCEPTED})
