"""Borders, signals, errors, escalations, conditions, terminate, event sub-processes, compensation, transactions."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.runtime.twins import Twins, play

INSIDE = """
sub a
    throw th {event}
    task after
    ss > th > after > x > se
    start ss
    end se
border bd {where} a {event}
s > a > n > e
bd > h > e1
"""
ROWS = [
    (
        "a message on the border interrupts",
        "border b at a message M1\ns > a > e\nb > w > e1",
        ": a\n message M1 : w\n w : end",
    ),
    (
        "a message beside: as often as it comes, silent after its step",
        "border b beside a message M1\ns > a > n > e\nb > w > e1",
        ": a\n message M1 : a w\n message M1 : a w w\n a : n w w\n message M1 : n w w\n n : w w\n w : w\n w : end",
    ),
    (
        "a signal beside, twice",
        "border b beside a signal S\ns > a > e\nb > w > e1",
        ": a\n signal S : a w\n signal S : a w w",
    ),
    ("a message that nobody waits for changes nothing", "s > a > e", ": a\n message M1 : a\n a : end"),
    (
        "a signal thrown inside interrupts at once",
        INSIDE.format(where="at", event="signal S"),
        ": h\n h : end",
    ),
    ("a signal thrown inside, beside", INSIDE.format(where="beside", event="signal S"), ": h x\n x : h n"),
    ("a message thrown inside interrupts at once", INSIDE.format(where="at", event="message M1"), ": h\n h : end"),
    ("an escalation interrupts", INSIDE.format(where="at", event="escalation X1"), ": h\n h : end"),
    ("an escalation beside", INSIDE.format(where="beside", event="escalation X1"), ": h x\n h : x\n x : n"),
    (
        "an error end is caught at the border of its sub-process",
        "sub a\n  end se error E1\n  s > se\nborder bd at a error E1\ns > a > n > e\nbd > h > e1",
        ": h\n h : end",
    ),
    (
        "an error is caught at its own sub-process only",
        """
        and g
        sub A
            end Ae error E1
            s > xA > Ae
        sub B
            s > xB > e
        border bA at A error E1
        border bB at B error E1
        s > g > A > e
        g > B > e
        bA > hA > e
        bB > hB > e
        """,
        ": xA xB\n xA : hA xB\n xB : hA\n hA : end",
    ),
    (
        "the same of the younger of the two",
        """
        and g
        sub A
            s > xA > e
        sub B
            end Be error E1
            s > xB > Be
        border bA at A error E1
        border bB at B error E1
        s > g > A > e
        g > B > e
        bA > hA > e
        bB > hB > e
        """,
        ": xA xB\n xB : hB xA\n xA : hB\n hB : end",
    ),
    (
        "an exact code goes before one that catches all, through a call",
        """
        process Q
            end qe error E1
            s > qe
        call c called=Q
        border b1 at c error
        border b2 at c error E1
        s > c > e
        b1 > any > e
        b2 > exact > e
        """,
        ": exact",
    ),
    (
        "another code climbs on",
        """
        sub outer
            sub inner
                end ie error E2
                s > ie
            border b1 at inner error E1
            s > inner > e
            b1 > wrong > e1
        border b2 at outer error
        s > outer > e
        b2 > right > e1
        """,
        ": right",
    ),
    ("a step reports an error", "border b at a error E1\ns > a > e\nb > h > e1", ": a\n fail a E1 : h\n h : end"),
    ("an error that nobody catches ends the process", "and g\ns > g > a > e\ng > b > e1", ": a b\n fail a E9 : end"),
    (
        "a signal end reaches who waits",
        "and g\ncatch c signal S\nend e1 signal S\ns > g > c > n > e\ng > a > e1",
        ": a\n a : n\n n : end",
    ),
    ("a link is a flow", "throw t link L\ncatch c link L\ns > a > t\nc > n > e", ": a\n a : n\n n : end"),
    (
        "two links into one",
        "xor g\nthrow t link L\nthrow u link L\ncatch c link L\ns > g > t [x]\ng > u *\nc > n > e",
        ": n",
    ),
    ("terminate ends everything", "and g\nend e1 terminate\ns > g > a > e1\ng > b > e", ": a b\n a : end"),
    (
        "terminate in a sub-process ends only that",
        "sub q\n  and g\n  end e1 terminate\n  s > g > a > e1\n  g > b > e\ns > q > n > e",
        ": a b\n a : n\n n : end",
    ),
    (
        "terminate while a sub-process is open",
        "and g\nend e1 terminate\nsub q\n  s > b > e\ns > g > a > e1\ng > q > e",
        ": a b\n a : end",
    ),
    (
        "a condition on the border, made true by another branch",
        "and g\nborder bd at a condition urgent\ns > g > a > e\ng > b > e\nbd > h > e1",
        ": a b\n b urgent=true : h\n h : end",
    ),
    (
        "a condition beside goes off each time that it becomes true",
        "and g\nxor m k\nborder bd beside a condition urgent\ns > g > a > e\ng > m > b > k > m [again]\nk > e *\nbd > h > e1",
        ": a b\n b urgent=true again=true : a b h\n b urgent=true : a b h\n b urgent=false : a b h\n b urgent=true : a b h h",
    ),
    ("a condition that holds already", "catch c condition '2 > 1'\ns > c > a > e", ": a"),
    (
        "several events on one catch: the first",
        "catch c message M1 or signal S\ns > c > n > e",
        ": -\n message M1 : n",
    ),
    (
        "several events on one catch: all of them",
        "catch c message M1 with signal S\ns > c > n > e",
        ": -\n message M1 : -\n message M1 : -\n signal S : n",
    ),
    (
        "an event gateway: the message wins",
        "events g\ncatch m message M1\ncatch t timer PT1H\ns > g > m > a > e\ng > t > b > e",
        ": -\n message M1 : a\n after PT2H : a",
    ),
    (
        "an event gateway: the timer wins",
        "events g\ncatch m message M1\ncatch t timer PT1H\ns > g > m > a > e\ng > t > b > e",
        ": -\n after PT1H : b\n message M1 : b\n b : end",
    ),
    (
        "an event gateway with a receive task",
        "events g\nreceive m message=M1\ncatch t timer PT5H\ns > g > m > a > e\ng > t > b > e",
        ": -\n message M1 : a",
    ),
    (
        "compensation: what was done is undone, last first",
        """
        undoer ua ub
        border ba at a compensate undo=ua
        border bb at b compensate undo=ub
        throw t compensate
        s > a > b > t > n > e
        """,
        ": a\n a : b\n b : ub\n ub : ua\n ua : n\n n : end",
    ),
    (
        "compensation of one activity",
        """
        undoer ua ub
        border ba at a compensate undo=ua
        border bb at b compensate undo=ub
        throw t compensate of=a
        s > a > b > t > n > e
        """,
        ": a\n a : b\n b : ua\n ua : n",
    ),
    (
        "compensation: what was not done is not undone",
        "xor g\nundoer ua\nborder ba at a compensate undo=ua\nthrow t compensate\ns > g > a [x] > t\ng > b * > t > n > e",
        ": b\n b : n",
    ),
    (
        "compensation of one activity, asked for twice: it is undone once",
        """
        undoer ua
        border ba at a compensate undo=ua
        throw t t2 compensate of=a
        s > a > t > n > t2 > z > e
        """,
        ": a\n a : ua\n ua : n\n n : z",
    ),
    (
        "compensation of everything, asked for twice: each is undone once, and what was done since",
        """
        undoer ua un
        border ba at a compensate undo=ua
        border bn at n compensate undo=un
        throw t t2 compensate
        s > a > t > n > t2 > z > e
        """,
        ": a\n a : ua\n ua : n\n n : un\n un : z",
    ),
    ("compensation with nothing to undo", "end e compensate\ns > a > e", ": a\n a : end"),
    (
        "a transaction is cancelled",
        "transaction a\n  end se cancel\n  s > x > se\nborder bd at a cancel\ns > a > n > e\nbd > h > e1",
        ": x\n x : h\n h : end",
    ),
    (
        "a cancelled transaction undoes first what was done in it",
        """
        transaction a
            undoer ux
            border bx at x compensate undo=ux
            end se cancel
            s > x > y > se
        border bd at a cancel
        s > a > n > e
        bd > h > e1
        """,
        ": x\n x : y\n y : ux\n ux : h",
    ),
]


@pytest.mark.parametrize(("drawing", "trace"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_events(drawing: str, trace: str) -> None:
    play(drawing, trace)


@pytest.mark.parametrize("event", ["signal S", "message M1", "escalation X1"])
@pytest.mark.parametrize("deep", [0, 1, 2])
def test_nothing_after_or_beside_the_throw_runs(event: str, deep: int) -> None:
    inner = [
        "and pg",
        f"throw th {event}",
        "task after beside",
        "s > pg > th > after > e",
        "pg > w > e",
        "pg > beside > e",
    ]
    for level in range(deep):
        inner = [f"sub isp{level}", *(f"  {line}" for line in inner), f"s > isp{level} > e"]
    lines = ["sub a", *(f"  {line}" for line in inner), f"border bd at a {event}", "s > a > n > e", "bd > h > e1"]
    twins = play("\n".join(lines), ": h")
    assert not {"after", "beside", "w"} & set(twins.done)
    twins.do("h")
    assert twins.ended


# ---- event sub-processes: every trigger, interrupting or not, three depths, saved and loaded in between
TRIGGERS: dict[str, tuple[str, str, Callable[[Twins], object]]] = {
    "message": ("message M1", "task th", lambda t: t.message("M1", k=1)),
    "signal": ("signal S", "task th", lambda t: t.act(lambda process: process.signal("S"))),
    "timer": ("timer PT1H", "task th", lambda t: t.after("PT1H")),
    "condition": ("condition urgent", "task th", lambda t: t.do("b", urgent=True)),
    "error": ("error E1", "task th", lambda t: t.fail("a", "E1")),
    "escalation": ("escalation X1", "throw th escalation X1", lambda t: t.do("b")),
}


def handler(trigger: str, throw: str, where: str, depth: int) -> str:
    lines = [
        *("handler es", f"  start ess {where} {trigger}".replace(" at ", " "), "  ess > h > e"),
        *(throw, "and g", "s > g > a > e", "g > b > th > n > e"),
    ]
    for level in range(depth):
        lines = [f"sub SP{level}", *(f"  {line}" for line in lines), f"s > SP{level} > after{level} > e"]
    return "\n".join(lines)


@pytest.mark.parametrize("depth", [0, 1, 2])
@pytest.mark.parametrize("where", ["at", "beside"])
@pytest.mark.parametrize("kind", TRIGGERS)
def test_event_sub_processes(kind: str, where: str, depth: int) -> None:
    if (kind, where) == ("error", "beside"):
        return  # refused: an error interrupts
    trigger, throw, fire = TRIGGERS[kind]
    twins = Twins(handler(trigger, throw, where, depth))
    assert twins.names == ["a", "b"]
    fire(twins)
    moved_on = kind in ("condition", "escalation")
    beside = ["a", "h", "n"] if moved_on else ["a", "b", "h"]
    assert twins.names == (["h"] if where == "at" else beside)
    twins.finish()
    assert twins.ended
    assert twins.one.success


@pytest.mark.parametrize("trigger", ["message M1", "timer P1D"])
def test_an_event_sub_process_that_never_starts_keeps_nothing_open(trigger: str) -> None:
    play(handler(trigger, "task th", "at", 0), ": a b\n a : b\n b : n\n n : end")


def test_an_event_sub_process_beside_starts_again_and_again() -> None:
    play(handler("message M1", "task th", "beside", 0), ": a b\n message M1 : a b h\n message M1 : a b h h\n h : a b h")


def test_an_error_thrown_in_the_handler_climbs_out() -> None:
    drawing = """
    sub q
        handler es
            start ess error E1
            end ese error E1
            ess > h > ese
        s > a > e
    border bd at q error E1
    s > q > e
    bd > w > e1
    """
    play(drawing, ": a\n fail a E1 : h\n h : w\n w : end")


def test_an_uncaught_error_says_which() -> None:
    twins = play("and g\ns > g > a > e\ng > b > e1", ": a b\n fail a E9 : end")
    assert not twins.one.success
    assert twins.one.errors == ("E9",)
    assert [(sent.kind, sent.name) for sent in twins.one.sent] == [("error", "E9")]


def test_what_is_thrown_goes_out_once() -> None:
    twins = play("throw t signal S\nthrow m message M1\ns > a > t > m > b > e", ": a\n a : b")
    assert [(sent.kind, sent.name) for sent in twins.one.sent] == [("signal", "S"), ("message", "M1")]
    twins.do("b")
    assert twins.one.sent == ()


def test_who_is_taken_off_by_what_it_throws_throws_no_more() -> None:
    drawing = """
    sub a
        throw th signal S or message M
        ss > th > x > se
        start ss
        end se
    border bd at a signal S
    s > a > n > e
    bd > h > e1
    """
    twins = play(drawing, ": h")
    assert [(sent.kind, sent.name) for sent in twins.one.sent] == [("signal", "S")]


def test_who_is_taken_off_by_what_it_throws_leaves_nothing_behind() -> None:
    """Its own border takes off the step alone, and the scope around it goes on. That no way leads on is nobody's matter."""
    drawing = "send t message=M\nborder b at t message M\ns > a > t > n [k > 5] > e\nb > h > e1"
    twins = play(drawing, ": a\n a k=1 : h")
    assert [(m.what, m.node) for m in twins.one.moves if m.node == "t"] == [("arrived", "t"), ("cancelled", "t")]
    twins.do("h", k=2)
    assert twins.ended
    assert twins.facts == {"k": 2}


def test_a_turn_that_is_taken_off_by_what_it_throws_is_not_done() -> None:
    """The border of the whole takes off the turn that threw, and the two others before they throw."""
    twins = Twins("send t loop=parallel count=3 message=M\nborder b at t message M\ns > t > n > e\nb > h > e1")
    assert twins.names == ["h"]
    assert [sent.name for sent in twins.one.sent] == []
    assert "t" not in twins.done


def test_an_uncaught_escalation_goes_on() -> None:
    twins = play("throw t escalation X\ns > t > a > e", ": a")
    assert twins.one.success


def test_what_is_waited_for() -> None:
    drawing = """
    handler es
        start ess beside signal S
        ess > h > e
    border b beside a message M1
    border c at a condition 'x > 1'
    and g
    catch k message M2 or timer PT1H
    s > g > a > e
    g > k > e1
    b > e2
    c > e3
    """
    twins = Twins(drawing)
    waits = {(wait.node, wait.kind): wait for wait in twins.one.waiting}
    assert set(waits) == {("ess", "signal"), ("b", "message"), ("c", "condition"), ("k", "message"), ("k", "timer")}
    assert [key for key, wait in waits.items() if not wait.beside] == [("k", "message"), ("k", "timer")]
    assert waits["b", "message"].host == "a"
    assert waits["c", "condition"].what == "x > 1"
    assert waits["k", "message"].what == "M2"


def test_cancelling_takes_everything_off() -> None:
    twins = play(
        "and g\nsub q\n  s > b > e\nborder t at a timer PT1H\ns > g > a > e\ng > q > e\nt > e1", ": a b\n cancel : end"
    )
    assert not twins.one.success
    assert twins.one.next_due() is None
    assert {(m.what, m.node) for m in twins.one.moves} == {("cancelled", node) for node in ("a", "b", "q")}
    twins.act(lambda process: process.cancel())
    assert twins.one.moves == ()
