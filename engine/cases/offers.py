"""What can be done now, and by whom: the outcomes of a task, the acts on a case. The same guards that an act meets when it is
done decide what is offered, so that a page neither promises nor hides anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from ..catalogue import drawn_step
from ..diagrams import OUTCOMES, StepKind
from ..errors import LianshenError
from ..people import Actor, CaseUnknown, Officer, sees
from ..store import Tx
from . import consultation, decisions, intake, joint, levels, outbound, special, stage, upper
from .acts import ACTS
from .case import OpenCase, look_at
from .desk import SAYS_WHY, drawn_ends

Ready = Callable[[OpenCase, Actor], Any]


class Manner(StrEnum):
    """What doing it means for the applicant: the case goes on, something else happens, or it goes against him."""

    FORWARD = "forward"
    OTHER = "other"
    GRAVE = "grave"


@dataclass(frozen=True)
class Offer:
    """Something that can be done. code: of the outcome, or the act's name; act: what it performs, None where it only routes.
    asks: it needs more than a press. says_why: an opinion is demanded with it. why_not: the sentence that it would be
    answered now; empty when it can be done."""

    code: str
    label: str
    act: str | None
    manner: Manner
    asks: bool
    says_why: bool = False
    why_not: str = ""


_READY: Mapping[str, Ready] = {
    "accept_tolerant": lambda case, _: intake.demand_tolerable(case),
    "request_correction": lambda case, _: intake.demand_correctable(case),
    "refuse_acceptance": lambda case, _: intake.demand_refusable(case),
    "decide_grant": decisions.demand_complete,
    "decide_refuse": decisions.demand_deniable,
    "start_special": lambda case, _: special.demand_startable(case),
    "end_special": lambda case, _: special.demand_endable(case),
    "extend": special.demand_extendable,
    "bring_material": lambda case, _: decisions.demand_promised(case),
    "transfer_hq": lambda case, _: special.demand_in_hall(case, "hq"),
    "return_from_hq": lambda case, _: special.demand_out(case, "hq"),
    "escalate_up": lambda case, _: special.demand_in_hall(case, "upper_level"),
    "return_from_upper": lambda case, _: special.demand_out(case, "upper_level"),
    "send_up": upper.demand_sendable,
    "take_over_call": outbound.demand_takeable,
    "conclude": lambda case, _: stage.demand_concluded(case),
    "add_signer": lambda case, _: joint.demand_countersign(case),
    "remove_signer": lambda case, _: joint.demand_countersign(case),
    "answer_opinion": joint.demand_opinion_owed,
    "report_resolution": consultation.demand_resolution_owed,
    "release_matter": lambda case, _: stage.demand_matter(case),
    "drop_matter": lambda case, _: stage.demand_matter(case),
    "revoke": lambda case, _: decisions.demand_granted(case),
    "terminate": lambda case, _: intake.remedy_of(case, "terminate", "终止办理"),
}
ON_CASE = (
    "receive_correction",
    "bring_material",
    "start_special",
    "end_special",
    "extend",
    "transfer_hq",
    "return_from_hq",
    "escalate_up",
    "return_from_upper",
    "ask_opinion",
    "answer_opinion",
    "consult",
    "report_resolution",
    "add_signer",
    "remove_signer",
    "take_over_call",
    "release_matter",
    "drop_matter",
    "withdraw",
    "terminate",
    "revoke",
)
"""Acts on the case that no step draws, in the order in which they are offered."""

_FORWARD = frozenset(
    {
        "accept",
        "accept_tolerant",
        "pass",
        "done",
        "agree",
        "start",
        "end",
        "grant",
        "concluded",
        "sent_up",
        "made",
        "delivered",
        "paid",
        "sent",
    }
)
_GRAVE = frozenset({"refuse_acceptance", "refuse", "object", "withdraw", "terminate", "revoke"})
_PRESSED = frozenset(
    {"accept", "review", "check", "site_visit", "give_opinion", "countersign", "record_payment", "send_notice"}
)
"""Acts that need no more than the form of their step and an opinion."""


def offered_outcomes(case: OpenCase, who: Officer, task: Any) -> list[Offer]:
    """The outcomes of a task as the diagram draws and labels them, in its order; each with the reason why it cannot be
    chosen now, if there is one."""
    lawful = OUTCOMES[StepKind(task.kind)]
    return [
        Offer(
            code=drawn.code,
            label=drawn.label,
            act=lawful[drawn.code],
            manner=_manner(drawn.code),
            asks=lawful[drawn.code] is not None and lawful[drawn.code] not in _PRESSED,
            says_why=drawn.code in SAYS_WHY,
            why_not=_why_not(case, who, lawful[drawn.code] or "complete", task.window_id),
        )
        for drawn in drawn_step(case.version, task.step).outcomes
    ]


def offered_acts(tx: Tx, who: Officer, case_id: int, now: datetime) -> list[Offer]:
    """The acts on a case that no step draws, lawful at this moment and allowed to this officer. Raises CaseUnknown for a
    stranger. Nothing is locked: the act itself judges again."""
    case = look_at(tx, case_id, now)
    if not sees(tx, who, case_id, case.row.office_id):
        raise CaseUnknown()
    drawn = set(drawn_ends(case))
    return [
        Offer(name, ACTS[name].label, name, _manner(name), True)
        for name in ON_CASE
        if not _why_not(case, who, name, None)
        and not (name == "end_special" and drawn >= {p.ground for p in case.open_pauses()})
    ]


def _manner(code: str) -> Manner:
    if code in _GRAVE:
        return Manner.GRAVE
    return Manner.FORWARD if code in _FORWARD else Manner.OTHER


def _why_not(case: OpenCase, who: Officer, act_name: str, window_id: int | None) -> str:
    try:
        ACTS[act_name].demand_phase(case.phase, case.case_no)
        levels.demand_here(case, act_name)
        actor = case.demand(who, ACTS[act_name], window_id)
        if act_name in _READY:
            _READY[act_name](case, actor)
    except CaseUnknown:
        raise
    except LianshenError as refused:
        return str(refused)
    return ""
