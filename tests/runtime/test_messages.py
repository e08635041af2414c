"""Messages: who gets them, what they carry, and which case they belong to."""

from __future__ import annotations

import pytest

from engine.runtime import Process, compile
from tests.runtime.drawing import draw
from tests.runtime.twins import NOON, Twins, play

REPLY = """
message M1 payload="{'caseId': caseId}" caseId=caseId
message M2 variable=reply caseId=caseId
send th message=M1
receive rc message=M2
s > th > rc > n > e
"""


def test_a_payload_is_what_the_diagram_says_and_nothing_more() -> None:
    twins = Twins("and g\nthrow th message M1\ncatch c message M1\ns > g > a > th > e\ng > c > n > e1", {"amount": 1})
    twins.do("a", amount=999, secret="x")
    assert "secret" not in twins.one.sent
    assert twins.names == ["n"]
    assert twins.one.sent == ()


def test_a_mapped_payload_arrives() -> None:
    twins = Twins(
        "message M1 payload=\"{'sum': a + b}\" variable=got\nand g\nthrow th message M1\ncatch c message M1\n"
        "s > g > x > th > e\ng > c > n > e1"
    )
    twins.do("x", a=1, b=2)
    assert twins.data("n")["got"] == {"sum": 3}


@pytest.mark.parametrize(("case_id", "reached"), [(1, []), (2, ["n"])])
def test_a_reply_reaches_its_own_case_only(case_id: int, reached: list[str]) -> None:
    twins = Twins(REPLY, {"caseId": case_id})
    (sent,) = twins.one.sent
    assert (sent.name, sent.payload, sent.keys) == ("M1", {"caseId": case_id}, {"caseId": case_id})
    assert twins.message("M2", keys={"caseId": 2}, caseId=2, ok=1) == len(reached)
    assert twins.names == reached
    if reached:
        assert twins.data("n")["reply"] == {"caseId": 2, "ok": 1}


@pytest.mark.parametrize(("case_id", "caught"), [(1, 0), (2, 1)])
def test_the_diagram_finds_the_keys_in_the_payload(case_id: int, caught: int) -> None:
    assert Twins(REPLY, {"caseId": case_id}).message("M2", caseId=2) == caught


def test_all_keys_must_fit() -> None:
    twins = Twins(
        "message M1 a=a b=b\nmessage M2\nsend th message=M1\nreceive rc message=M2\ns > th > rc > n > e",
        {"a": 1, "b": 1},
    )
    assert twins.message("M2", keys={"a": 1, "b": 777}) == 0
    assert twins.message("M2", keys={"a": 1, "b": 1}) == 1


def test_the_first_message_gives_the_case_its_keys() -> None:
    twins = Twins("message M a=a\nreceive r1 r2 message=M\ns > r1 > r2 > n > e")
    assert twins.message("M", a=1) == 1
    assert twins.message("M", a=2) == 0
    assert twins.message("M", a=1) == 1


def test_messages_without_a_name_are_each_their_own() -> None:
    play("and g\nreceive c1 c2\ns > g > c1 > a > e\ng > c2 > b > e", ": -\n message c2 : b\n message c1 : a b")
    play("catch c1 message\ns > c1 > a > e", ": -\n message other : -\n message c1 : a")


def test_the_oldest_who_waits_gets_it() -> None:
    twins = Twins("and g\nreceive r1 r2 message=M\ns > g > a > r1 > b > e\ng > r2 > c > e1")
    twins.do("a")
    twins.message("M")
    assert twins.names == ["c"]
    twins.message("M")
    assert twins.names == ["b", "c"]


def test_a_payload_that_has_no_name_stops_the_act() -> None:
    twins = Twins("receive r message=M\ns > r > a > e")
    with pytest.raises(Exception, match="消息内容"):
        twins.act(lambda process: process.message("M", [1, 2]))
    assert twins.message("M", x=1) == 1


# ---- where a process starts
STARTS = "start s2 message M1\ns > a > e\ns2 > b > e"


def test_the_plain_start_unless_another_is_named() -> None:
    assert Twins(STARTS).names == ["a"]
    assert Twins(STARTS, at="s2").names == ["b"]


def test_two_triggered_starts_must_be_named() -> None:
    plan = compile(draw("start s1 message M1\nstart s2 message M2\ns1 > a > e\ns2 > b > e"))
    assert plan.starts == ("s1", "s2")
    with pytest.raises(ValueError, match="s1, s2"):
        Process.start(plan, {}, now=NOON)
    with pytest.raises(ValueError, match="nowhere"):
        Process.start(plan, {}, now=NOON, at="nowhere")
    assert [step.node for step in Process.start(plan, {}, now=NOON, at="s2").open_steps] == ["b"]


def test_one_pool_starts_the_other_through_its_host() -> None:
    drawing = "process Q\n  start s1 message M1\n  s1 > b > e\nthrow th message M1\ns > a > th > e"
    first = Twins(drawing)
    first.do("a")
    (sent,) = first.one.sent
    assert first.ended
    assert (sent.kind, sent.name) == ("message", "M1")
    assert Twins(drawing, sent.payload, process="Q").names == ["b"]


def test_the_moment_of_an_act_needs_a_zone() -> None:
    with pytest.raises(ValueError, match="zone"):
        Process.start(compile(draw("s > a > e")), {}, now=NOON.replace(tzinfo=None))
