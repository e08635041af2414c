"""Two levels on one matter (第35条、第43条): the lower office reviews and sends up, the upper one decides. Here: which case stands
above which, and what that forbids to the acts of each. Read only; the acts and jobs themselves are in `upper.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ..errors import NotLawful, NotNow
from ..store import Tx, jobs, tables
from .acts import ACTS
from .phases import BEFORE_DECISION, ENDS, PHASE_NAMES, Phase

if TYPE_CHECKING:
    from .case import OpenCase

BY_HAND = ("escalate_up", "return_from_upper")
_WITH_THE_FILE = frozenset(
    {
        *("review", "check", "site_visit", "give_opinion", "countersign", "add_signer", "remove_signer", "ask_opinion"),
        *("start_special", "end_special", "extend", "add_file", "bring_material", "transfer_hq", "return_from_hq"),
        *("decide_grant", "decide_refuse", "send_up", "revoke"),
    }
)
"""Acts of whoever has the file: since it went up, not of the lower office. What the applicant does, and what is pressed from
upstream, stays."""


class SentUp(NotNow):
    code = "sent-up"
    sentence = "办件{case_no}已经上报{upper}，由上级机关决定，本机关不能{act}。"
    remedy = "等上级机关作出决定；申请人撤回的，可以在本机关登记。"


class DrawnUp(NotNow):
    code = "drawn-up"
    sentence = "“{matter}”由流程中的“上报”一步上报，上级的决定由系统告知，不能手工登记“{act}”。"
    remedy = "办理流程中的“上报”；查看上级办件的进展。"


class DecidedAbove(NotNow):
    """The upper office was first: what has been decided can be neither withdrawn nor terminated."""

    code = "decided-above"
    sentence = "上级机关已经对办件{case_no}作出决定（上级办件 {upper}），不能{act}。"
    remedy = "等结果送回本机关后送达申请人。"


class EndedBelow(NotNow):
    code = "ended-below"
    sentence = "初审机关的办件 {lower} {phase}，不能再作出决定。"
    remedy = "本件随即一并结束，刷新页面查看。"


class BroughtBelow(NotLawful):
    """What the applicant brought to the lower office he is not asked for again."""

    code = "brought-below"
    sentence = "{items}已经由初审机关随案卷报送，上级机关不能要求申请人重复提供。"
    remedy = "直接使用报送的材料；内容不符合条件的，在审查中写明。"
    basis = "行政许可法 第35条"


class AcceptedBelow(NotLawful):
    """The application was accepted where it was made; whoever decides it decides."""

    code = "accepted-below"
    sentence = "申请已经由初审机关受理（办件 {lower}），上级机关不能再不予受理。"
    remedy = "受理后审查；不符合条件的，作出不予许可的决定。"


def above(tx: Tx, case_id: int) -> Any:
    """The case of the upper office that decides this one; None while there is none."""
    c = tables.cases
    return tx.row(sa.select(c).where(c.c.lower_id == case_id))


def below(case: OpenCase) -> Any:
    """The case of the lower office that sent this one up; None for a case of its own."""
    c = tables.cases
    return case.tx.row(sa.select(c).where(c.c.id == case.row.lower_id)) if case.row.lower_id is not None else None


def beside(tx: Tx, case_id: int) -> Sequence[Any]:
    """The cases of the other levels with the names of their office and department: the one below first, then the one above."""
    c, m, d, o = tables.cases, tables.matters, tables.departments, tables.offices
    below = sa.select(c.c.lower_id).where(c.c.id == case_id).scalar_subquery()
    return tx.rows(
        sa.select(c, d.c.name.label("department"), o.c.name.label("office"))
        .join(m, m.c.id == c.c.matter_id)
        .join(d, d.c.id == m.c.department_id)
        .join(o, o.c.id == c.c.office_id)
        .where(sa.or_(c.c.lower_id == case_id, c.c.id == below))
        .order_by(c.c.id)
    )


def sending(case: OpenCase) -> Any:
    """How the file went up by its step; None where it did not."""
    return sent_up(case.tx, case.id) if case.version.guide.escalates is not None else None


def sent_up(tx: Tx, case_id: int) -> Any:
    """The transfer of a case to its upper office; None where it has not been sent."""
    t = tables.transfers
    return tx.row(sa.select(t).where(t.c.case_id == case_id, t.c.kind == "upper_level"))


def sent_from_below(case: OpenCase) -> Any:
    """How the file came up to this case: office and case_no of the lower one, its opinion as reason, sent_at. None for a case of its
    own."""
    t, c, o = tables.transfers, tables.cases, tables.offices
    asked = sa.select(t.c.reason, t.c.sent_at, c.c.case_no, o.c.name.label("office"))
    joined = asked.join(c, c.c.id == t.c.case_id).join(o, o.c.id == c.c.office_id)
    return case.tx.row(joined.where(t.c.case_id == case.row.lower_id, t.c.kind == "upper_level"))


# ---------------------------------------------------------------- what it forbids
def demand_here(case: OpenCase, act_name: str) -> None:
    """Whether an act is still this office's. Raises DrawnUp, SentUp."""
    if case.version.guide.escalates is None:
        return
    if act_name in BY_HAND:
        raise DrawnUp(matter=case.version.name, act=ACTS[act_name].label)
    if act_name in _WITH_THE_FILE and (sent := sending(case)) is not None:
        raise SentUp(case_no=case.case_no, upper=sent.receiver, act=ACTS[act_name].label)


def demand_not_ended_below(case: OpenCase) -> None:
    """Whether the upper office may still decide. Race: the applicant withdraws below at this moment; his act holds this case's
    row while it looks whether it is decided, so one of the two sees the other. Raises EndedBelow."""
    lower = below(case)
    if lower is not None and lower.phase in ENDS:
        raise EndedBelow(lower=lower.case_no, phase=PHASE_NAMES[Phase(lower.phase)])


def brought_below(case: OpenCase) -> Mapping[str, str]:
    """The materials that came up with the file, name by key."""
    if case.row.lower_id is None:
        return {}
    came = (m for m in case.materials() if m.brought_at is not None and m.brought_at <= case.row.filed_at)
    return {m.key: m.name for m in came}


def demand_acceptance_open(case: OpenCase) -> None:
    """Whether acceptance may be refused at all. Raises AcceptedBelow."""
    lower = below(case)
    if lower is not None:
        raise AcceptedBelow(lower=lower.case_no)


# ---------------------------------------------------------------- what reaches up
def ends_above(case: OpenCase, act: str, details: Mapping[str, Any]) -> None:
    """A case that is withdrawn or terminated takes the one above with it, by a job. Race: that one is being opened, or decided, at
    this moment. `open_upper` holds this row until it is there; and its own row is held here, not to be written, but so that nobody
    decides meanwhile. Raises DecidedAbove."""
    if case.version.guide.escalates is None:
        return
    c = tables.cases
    upper_id = case.tx.value(sa.select(c.c.id).where(c.c.lower_id == case.id))
    upper = None if upper_id is None else case.tx.keep_still(upper_id)
    if upper is None or upper.phase in ENDS - {Phase.CLOSED}:
        return
    if upper.phase not in BEFORE_DECISION:
        raise DecidedAbove(case_no=case.case_no, upper=upper.case_no, act=ACTS[act].label)
    payload = {"act": act, "details": dict(details)}
    key = f"end:{upper.id}:{case.id}"
    jobs.leave(case.tx, "end_child", run_at=case.now, case_id=upper.id, payload=payload, dedupe=key)
