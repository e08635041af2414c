"""One rule, one file. A new one is a file here, its twins in the tests, its page in docs/rules, a line in this list."""

from __future__ import annotations

from typing import Protocol

from ..facts import MatterFacts
from ..graph import Diagram
from ..report import Report
from ..rulebook import Rule
from . import (
    assignment_foreign,
    call_not_by_hand,
    call_sends_unknown,
    call_to_no_connection,
    call_to_nowhere,
    case_stuck,
    condition_not_understood,
    condition_without_effect,
    dead_end,
    decides_twice,
    decides_without_accepting,
    decision_unknown,
    done_twice,
    ends_without_decision,
    exclusive_without_condition,
    form_unknown,
    layout_missing,
    legal_limit_as_timer,
    loop_is_countersign,
    never_done,
    not_proven,
    outcome_never_given,
    outcome_without_way,
    outside_the_hall,
    promise_not_kept,
    repair_unconfirmed,
    same_person,
    sent_up_to_nowhere,
    soundness_undecided,
    special_without_ground,
    starts_unclear,
    statute_not_kept,
    step_without_kind,
    step_without_window,
    unreachable,
)


class RuleModule(Protocol):
    """What every file here offers."""

    @property
    def RULE(self) -> Rule: ...  # noqa: N802

    def check(self, diagram: Diagram, facts: MatterFacts | None, report: Report) -> None: ...


RULES: tuple[RuleModule, ...] = (
    assignment_foreign,
    call_not_by_hand,
    call_sends_unknown,
    call_to_no_connection,
    call_to_nowhere,
    case_stuck,
    condition_not_understood,
    condition_without_effect,
    dead_end,
    decides_twice,
    decides_without_accepting,
    decision_unknown,
    done_twice,
    ends_without_decision,
    exclusive_without_condition,
    form_unknown,
    layout_missing,
    legal_limit_as_timer,
    loop_is_countersign,
    never_done,
    not_proven,
    outcome_never_given,
    outcome_without_way,
    outside_the_hall,
    promise_not_kept,
    repair_unconfirmed,
    same_person,
    sent_up_to_nowhere,
    soundness_undecided,
    special_without_ground,
    starts_unclear,
    statute_not_kept,
    step_without_kind,
    step_without_window,
    unreachable,
)
STRUCTURE: tuple[RuleModule, ...] = (
    assignment_foreign,
    call_to_nowhere,
    case_stuck,
    condition_not_understood,
    dead_end,
    done_twice,
    exclusive_without_condition,
    layout_missing,
    never_done,
    repair_unconfirmed,
    soundness_undecided,
    unreachable,
)
"""Those that ask for nothing of ours: no kinds of steps, no windows, no matter."""
