"""States of format 1 as they were stored before quantities, reopened sub-processes and their like: they load and go on."""

from __future__ import annotations

import json

from engine.runtime import Process, compile
from tests.runtime.drawing import draw
from tests.runtime.twins import NOON, Twins

DRAWING = """
border b1 at x compensate undo=ux
border b2 at y compensate undo=uy
border r beside m timer R3/PT1H
undoer ux uy
user m loop=parallel over=people item=p output=votes each=v
throw t compensate
s > x > y > m > t > z > e
r > w > e1
"""
WHILE_SIGNING = (
    '{"format":1,"process":"P","numbers":7,"visits":{"P/x":1,"P/y":1,"P/m":1},"scopes":[{"spec":"P","begin":0,"undo'
    '":[["x",1],["y",2]],"begun":1,"known":3,"tokens":[[4,"m",32,2,[],0,{"flow":"y>m","standing":{"items":[1,2],"ne'
    'xt":2,"done":[[0,4]]}}],[5,"r",8,5,[],1,{"host":"4","standing":{"due":[[0,"2026-11-24T05:00:00.000000+00:00","'
    '2026-11-24T04:00:00.000000+00:00","R3/PT1H",2,false]],"seen":[],"held":[]}}],[7,"m [each]",16,6,[],2,{"owner":'
    '"4","index":1,"began":6}]]}],"values":[[1,2],1,2,"a"],"sets":[["people",0],["people",0,"k",1],["people",0,"k",'
    '2],["people",0,"k",2,"v",3],["v",3],[],["people",0,"k",2,"loopCounter",1,"nrOfInstances",2,"p",2]],"paths":[["'
    'x",1,2,[],"y",1,3,[],"m",1,4,[]],[],["m [each]",1,7,[]]]}'
)
WHILE_UNDOING = (
    '{"format":1,"process":"P","numbers":9,"visits":{"P/x":1,"P/y":1,"P/m":1,"P/uy":1},"scopes":[{"spec":"P","begin'
    '":0,"begun":1,"known":1,"tokens":[[8,"t",32,2,[],0,{"flow":"m>t","standing":{"todo":[["x",3]]}}],[9,"uy",16,4,'
    '[],1,{"owner":"8","began":4}]]}],"values":[[1,2],2,"b",["a","b"],1],"sets":[["people",0],["people",0,"k",1,"v"'
    ',2,"votes",3],["people",0,"k",1,"votes",3],["people",0,"k",4],["people",0,"k",1]],"paths":[["x",1,2,[],"y",1,3'
    ',[],"m",1,4,[]],["uy",1,9,[]]]}'
)


def load(state: str) -> Process:
    return Process.load(compile(draw(DRAWING)), state.encode(), now=NOON)


def test_a_stored_state_is_written_as_it_was() -> None:
    for state in (WHILE_SIGNING, WHILE_UNDOING):
        assert load(state).dump().decode() == state


def test_a_stored_case_goes_on() -> None:
    running, seen = load(WHILE_SIGNING), list[str]()
    while running.open_steps:
        seen.append(running.open_steps[0].node)
        running.complete(running.open_steps[0].token, {"v": "b"})
    assert seen == ["m", "uy", "ux", "z"]
    assert running.ended
    assert running.facts["votes"] == ["a", "b"]
    running = load(WHILE_UNDOING)
    running.complete(running.open_steps[0].token)
    assert [step.node for step in running.open_steps] == ["ux"]


def test_what_is_new_in_a_state_is_left_out_where_it_is_not_used() -> None:
    """So a state that uses none of it is, byte for byte, what it was before."""
    twins = Twins(DRAWING, {"people": [1, 2]})
    twins.do("x", k=1)
    twins.do("y", k=2)
    twins.do("m", v="a")
    assert twins.one.dump().decode() == WHILE_SIGNING
    assert "reopened" not in json.loads(twins.one.dump())["scopes"][0]
