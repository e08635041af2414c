"""How strictly an office takes the rules about drawings. The cards of the rules say how they are meant and how far down a hall may
go; each change is told in the office's stream with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ..diagrams import Level, Rule, rules
from ..errors import Fault, NotFound, NotNow, NotValid
from ..people import Office, Officer, Role, demand_role_in
from ..store import ConstraintBroken, Tx, journal, tables
from .guide_rules import GUIDE_RULES

LONGEST_REASON = 500
LEVEL_NAMES: Mapping[Level, str] = {
    Level.ERROR: "错误",
    Level.WARNING: "提醒",
    Level.INFO: "说明",
    Level.OFF: "不查",
}
_ACT = "set_rule_level"


class RuleUnknown(NotFound):
    code = "rule-not-known"
    sentence = "没有规则“{rule}”，或它的级别不能设置（读取提示和执行的拒绝都不能）。"
    remedy = "用 lianshen rules 列出可以设置的规则。"


class LevelTooLow(NotValid):
    """The rule guards the law, safety or that a case can run at all."""

    code = "rule-level-too-low"
    sentence = "规则“{rule}”最低只能设为“{floor}”，没有改动。"
    remedy = "改正流程图；级别只能在 lianshen rules 列出的最低级别以上选。"


class ReasonMissing(NotValid):
    code = "rule-reason-missing"
    sentence = "没有写为什么改动级别，没有改动。"
    remedy = "用一句话写明理由，不超过 500 字；它记入机构的记录链。"


class LevelOutdated(NotNow):
    """Race: two administrators set one rule at the same moment."""

    code = "rule-level-outdated"
    sentence = "规则“{rule}”的级别刚刚被别人改动。"
    remedy = "看过现在的级别后重试。"


@dataclass(frozen=True)
class RuleRow:
    """A rule with how an office takes it. set_at: None where it is taken as its card says, and there is no reason then."""

    card: Rule
    level: Level
    reason: str = ""
    set_at: datetime | None = None


def set_level(tx: Tx, of: Office, by: Officer, rule: str, level: Level, reason: str, now: datetime) -> RuleRow:
    """Take a rule more strictly or more mildly from now on. Versions that run stay as they are; the next check and the next
    publication are judged by it. What the card says itself is kept as no row, and follows the card of a later release. Setting what
    stands already changes nothing and is not told.

    By an administrator, as the connections and the calendar: the designer draws and publishes, and would loosen what judges himself.
    Race: two set one rule; the second waits for the first and tells what it found then. Raises ActNotAllowed, RuleUnknown,
    LevelTooLow, ReasonMissing, LevelOutdated.
    """
    demand_role_in(tx, by, of.id, Role.ADMIN)
    card, reason = _card(rule), " ".join(reason.split())
    if level.is_below(card.floor):
        fault = Fault("level", f"“{LEVEL_NAMES[level]}”低于这条规则的最低级别", f"最低“{LEVEL_NAMES[card.floor]}”")
        raise LevelTooLow(faults=[fault], rule=rule, floor=LEVEL_NAMES[card.floor])
    if not 0 < len(reason) <= LONGEST_REASON:
        raise ReasonMissing(faults=[Fault("reason", "理由没有写，或超过 500 字", "用一句话写明理由")])
    before = _locked(tx, of.id, rule)
    was = Level(before.level) if before is not None else _own(card)
    if was is level:
        return _row(card, before)
    _keep(tx, of.id, card, level, reason, now)
    told = {"rule": rule, "from": str(was), "to": str(level), "reason": reason, "own": level is _own(card)}
    entry = journal.Entry(_ACT, f"officer:{by.login}", now, told, person=str(by.person_id))
    journal.append(tx, journal.Stream("office", of.id), of.code, entry, "")
    return _row(card, _kept(tx, of.id).get(rule))


def all_rules() -> tuple[Rule, ...]:
    """The cards of the rules about drawings and about guides, by code."""
    return tuple(sorted((*rules(), *GUIDE_RULES), key=lambda card: card.code))


def rule_rows(tx: Tx, office_id: int) -> list[RuleRow]:
    """All rules by code, as an office takes them."""
    kept = _kept(tx, office_id)
    return [_row(card, kept.get(card.code)) for card in all_rules()]


def levels_of(tx: Tx, office_id: int) -> dict[str, Level]:
    """The rules that an office takes otherwise than their cards say."""
    return {code: Level(row.level) for code, row in _kept(tx, office_id).items()}


def altered_levels(tx: Tx, of: Office) -> list[str]:
    """The levels that do not stand as the office's stream tells of them, in words."""
    told = dict[str, tuple[str, str, datetime]]()
    for row in journal.read(tx, journal.Stream("office", of.id)):
        if row.act != _ACT:
            continue
        if row.payload is None:
            return []
        if row.payload["own"]:  # as the card said then: nothing is kept
            told.pop(row.payload["rule"], None)
        else:
            told[row.payload["rule"]] = (row.payload["to"], row.payload["reason"], row.at)
    kept = {code: (row.level, row.reason, row.changed_at) for code, row in _kept(tx, of.id).items()}
    return [
        f"规则 {code} 的级别与机构的记录不符"
        for code in sorted(told.keys() | kept.keys())
        if told.get(code) != kept.get(code)
    ]


def _keep(tx: Tx, office_id: int, card: Rule, level: Level, reason: str, now: datetime) -> None:
    r = tables.rule_levels
    here = sa.and_(r.c.office_id == office_id, r.c.rule == card.code)
    values = {"level": str(level), "reason": reason, "changed_at": now}
    if level is _own(card):
        tx.execute(r.delete().where(here))
    elif not tx.execute(r.update().where(here).values(**values)).rowcount:
        try:
            tx.insert(r, office_id=office_id, rule=card.code, **values)
        except ConstraintBroken as twin:
            raise LevelOutdated(rule=card.code) from twin


def _card(code: str) -> Rule:
    found = next((card for card in all_rules() if card.code == code), None)
    if found is None:
        raise RuleUnknown(rule=code)
    return found


def _own(card: Rule) -> Level:
    return Level(card.severity)


def _row(card: Rule, kept: Any) -> RuleRow:
    """What is kept, but never below the floor: a later release may have raised it."""
    if kept is None:
        return RuleRow(card, _own(card))
    level = Level(kept.level)
    return RuleRow(card, card.floor if level.is_below(card.floor) else level, kept.reason, kept.changed_at)


def _locked(tx: Tx, office_id: int, rule: str) -> Any:
    """The row as it is when nobody else changes it."""
    r = tables.rule_levels
    chosen = sa.select(r).where(r.c.office_id == office_id, r.c.rule == rule)
    return tx.row(chosen.with_for_update() if tx.dialect == "postgresql" else chosen)


def _kept(tx: Tx, office_id: int) -> dict[str, Any]:
    r = tables.rule_levels
    return {row.rule: row for row in tx.rows(sa.select(r).where(r.c.office_id == office_id))}
