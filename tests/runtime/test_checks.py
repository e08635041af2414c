"""The 109 checks that the engine's stock classes were judged by: for each, the test of ours that holds it.

A name is a test function or the title of a row of its table; the test below sees that it is there. A check is right, or
refused by name before a case runs (104, 105, 106, 108).
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from types import ModuleType

import pytest

from tests.runtime import test_refusals

# number: (module, names); what the check asks stands beside it
HELD: dict[int, tuple[str, ...]] = {
    # gateways and facts
    1: ("gateways", "inclusive: two of three branches, joined"),
    2: ("gateways", "inclusive: the other branch dies at an end of its own"),
    3: ("gateways", "inclusive: inside a loop, another subset each round"),
    4: ("gateways", "inclusive: one branch has two ways into the join, its token is still upstream"),
    5: ("gateways", "parallel: the join waits for all"),
    6: ("facts", "test_the_join_loses_no_opinion", "test_what_clashes_is_kept_whole"),
    7: ("facts", "test_the_join_loses_no_opinion", "test_nothing_changed_is_lost"),
    8: ("gateways", "exclusive: no condition holds; mended facts go on"),
    9: ("gateways", "exclusive: an unset name is not true", "exclusive: an unset number is not more"),
    10: ("gateways", "exclusive: no conditions drawn, a person chooses"),
    11: ("gateways", "exclusive: JUEL"),
    12: ("constructs", "test_an_ad_hoc_sub_process_of_a_file_with_a_data_object"),
    13: ("gateways", "complex: two of three, the third comes late"),
    14: ("gateways", "implicit split: a task with two ways out"),
    15: ("gateways", "a conditional flow leaves a task"),
    16: ("gateways", "implicit end"),
    17: ("gateways", "implicit end of one branch"),
    18: ("structure", "flows without ids"),
    # borders and timers
    19: ("moments", "interrupts"),
    20: ("moments", "beside"),
    21: ("moments", "beside: the main way does not wait"),
    22: ("moments", "three times"),
    23: (
        "moments",
        "is silent when its step is done",
        "test_missed_repetitions_are_made_up_one_by_one_but_not_without_end",
    ),
    24: ("moments", "interrupts"),
    25: ("moments", "test_when_it_is_due", "test_what_is_no_timer"),
    26: ("events", "a message on the border interrupts"),
    27: ("events", "a message beside: as often as it comes, silent after its step"),
    28: ("events", "test_nothing_after_or_beside_the_throw_runs"),
    29: ("events", "an error end is caught at the border of its sub-process"),
    30: ("structure", "an error that nothing declares"),
    # signals, links, terminate, event sub-processes
    31: ("events", "a signal end reaches who waits"),
    32: ("events", "a link is a flow"),
    33: ("events", "terminate ends everything"),
    34: ("events", "terminate in a sub-process ends only that"),
    35: ("events", "terminate while a sub-process is open"),
    **dict.fromkeys(range(36, 44), ("events", "test_event_sub_processes")),
    44: ("events", "test_an_event_sub_process_that_never_starts_keeps_nothing_open"),
    45: ("events", "test_an_event_sub_process_that_never_starts_keeps_nothing_open"),
    **dict.fromkeys(range(46, 49), ("events", "test_event_sub_processes")),
    # compensation, conditions, transactions, event gateways, starts
    49: ("events", "compensation: what was done is undone, last first"),
    50: ("events", "compensation with nothing to undo"),
    51: ("events", "a condition on the border, made true by another branch"),
    52: ("events", "a transaction is cancelled", "a cancelled transaction undoes first what was done in it"),
    53: ("events", "an event gateway: the message wins", "an event gateway: the timer wins"),
    54: ("events", "an event gateway with a receive task"),
    55: ("messages", "test_the_plain_start_unless_another_is_named"),
    # messages
    56: ("messages", "test_a_payload_is_what_the_diagram_says_and_nothing_more", "test_a_mapped_payload_arrives"),
    57: ("messages", "test_a_reply_reaches_its_own_case_only"),
    58: ("messages", "test_all_keys_must_fit"),
    59: ("messages", "test_messages_without_a_name_are_each_their_own"),
    60: ("messages", "test_messages_without_a_name_are_each_their_own"),
    # multi-instance
    61: ("repetition", "test_all_must_finish"),
    62: ("repetition", "test_results_are_in_the_order_of_the_people"),
    63: ("repetition", "counters"),
    64: ("repetition", "two yes"),
    65: ("repetition", "any refusal"),
    66: ("repetition", "an empty list", "test_an_empty_list_gives_an_empty_result"),
    67: ("repetition", "test_one_after_another"),
    68: ("repetition", "test_one_after_another_with_a_gap_in_the_list"),
    69: ("repetition", "test_one_after_another_until_a_refusal"),
    **dict.fromkeys(range(70, 73), ("bars", "test_a_countersign_returned_and_signed_again_a_hundred_times")),
    73: ("repetition", "test_a_timer_on_the_border_interrupts_them_all"),
    74: ("repetition", "test_a_sub_process_for_each"),
    75: ("structure", "camunda collection"),
    76: ("structure", "camunda collection, JUEL"),
    77: ("structure", "flowable collection"),
    # loops and structure
    78: ("structure", "returned twice"),
    79: ("bars", "test_a_case_returned_ten_thousand_times_is_as_small_as_once"),
    80: ("bars", "test_a_case_returned_ten_thousand_times_is_as_small_as_once"),
    81: ("structure", "test_scripts_may_loop"),
    82: ("structure", "returned from behind a join to before the split, the branches in any order"),
    83: ("structure", "returned inside one parallel branch"),
    84: ("send_back", "before a split: the sibling is withdrawn"),
    85: ("structure", "a call three levels deep", "test_facts_go_through_a_call_and_come_back"),
    86: ("structure", "a process that is not executable is called"),
    87: ("structure", "a process that calls itself", "test_a_process_that_calls_itself_for_ever_is_stopped"),
    88: ("structure", "a sub-process without a start", "a sub-process without an end"),
    89: ("structure", "ad-hoc: all at will"),
    90: ("structure", "ad-hoc: one after another"),
    91: ("structure", "ad-hoc: enough is done, the rest may finish"),
    92: ("structure", "data objects two sub-processes down"),
    93: ("structure", "data objects two sub-processes down"),
    94: ("structure", "data objects and stores are documentation"),
    95: ("structure", "data objects and stores are documentation"),
    96: ("messages", "test_one_pool_starts_the_other_through_its_host"),
    97: ("structure", "a black box beside the pool"),
    98: ("structure", "test_nested_lanes_reach_the_open_step"),
    99: ("structure", "test_nested_lanes_reach_the_open_step"),
    100: ("constructs", "test_two_processes_of_one_id_are_refused"),
    101: ("structure", "sub-processes of the same name in two processes"),
    # host classes, safety, limits
    102: ("gateways", "service and rule tasks wait to be confirmed"),
    103: ("gateways", "service and rule tasks wait to be confirmed"),
    104: ("refusals", "expression-refused"),
    105: ("refusals", "expression-refused"),
    106: ("refusals", "unreachable"),
    107: ("moments", "a loop without a deciding gateway"),
    108: ("refusals", "loop-endless"),
    109: ("structure", "test_the_second_of_two_clicks_finds_the_step_gone"),
}


def names(module: ModuleType) -> Iterator[str]:
    """Test functions, and the titles of the rows in tables."""
    for name, value in vars(module).items():
        if name.startswith("test_"):
            yield name
        elif isinstance(value, list):
            yield from (row[0] for row in value if isinstance(row, tuple) and row and isinstance(row[0], str))


def test_every_check_is_held() -> None:
    assert set(HELD) == set(range(1, 110))


@pytest.mark.parametrize("module", sorted({held[0] for held in HELD.values()}))
def test_what_holds_a_check_is_there(module: str) -> None:
    there = set(names(importlib.import_module(f"tests.runtime.test_{module}")))
    assert {name for held in HELD.values() if held[0] == module for name in held[1:]} <= there


def test_what_is_refused_is_refused_by_these_names() -> None:
    refused = {name for held in HELD.values() if held[0] == "refusals" for name in held[1:]}
    assert refused <= {row[0] for row in test_refusals.ROWS}
