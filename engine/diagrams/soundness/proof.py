"""The proof itself: the runs are explored, and what is wrong with them is told with a way that shows it."""

from __future__ import annotations

from ..findings import Station, Way
from ..graph import Diagram, Node
from ..paths import Course, Stop, lay_out
from ..rulebook import title
from .board import Place, is_join, undoes
from .exploration import DONE, Double, Exploration
from .memory import MAX_NAMES, Memory
from .rules import Move, goes_off_again
from .verdict import Flaw, FlawKind, Verdict

MAX_EFFORT = 120_000
"""Moves that are tried at most: a second or two."""


def prove(diagram: Diagram, effort: int = MAX_EFFORT, *, course: Course | None = None) -> Verdict:
    """Whether every case of the main process can end (option to complete), nothing is done twice that is drawn once (proper
    completion), and every step can come (no dead step). What the three mean is written in docs/soundness.md.

    effort: moves that are tried at most, a count and no time: the same drawing has the same verdict everywhere. course:
    of the diagram, where it was laid out already.
    """
    found = Exploration(course or lay_out(diagram), effort)
    found.explore()
    verdict = judged(found, diagram)
    wrong = any(flaw.kind is not FlawKind.DEAD for flaw in verdict.flaws)
    return _confirmed(found, verdict, diagram, wrong=wrong) if wrong or found.hints.is_tangled else verdict


def _confirmed(found: Exploration, verdict: Verdict, diagram: Diagram, *, wrong: bool) -> Verdict:
    """Every order is tried, if it can be: where that decides, and for the shortest way to what is wrong. And whether it stands on
    two answers to one question: then nothing is spared, because what an answer shuts or opens later belongs to no single token."""
    course, left = found.course, found.effort - found.spent
    asking = wrong and bool(Memory(course, 0, questions=True).asked)
    again = Exploration(course, left, plain=True, questions=asking)
    again.explore()
    if not again.whole:
        unknown = "几处网关问同一件事，没有把每种回答都记住走完"
        return Verdict(False, (), len(again.came), unknown) if asking else verdict
    other = judged(again, diagram)
    if asking and not other.flaws and again.sure < found.reached:
        return Verdict(False, (), other.states, "几处网关问同一件事，中间的步骤改不改它不能事先知道")
    return other


def judged(found: Exploration, diagram: Diagram) -> Verdict:
    """What an exploration says of the drawing."""
    bound, node = _bound(found, diagram)
    counted = node is None or node.kind == "callActivity"  # of tokens that are not counted right nothing is certain
    flaws = [*_doubles(found), *_stuck(found)] if counted else []
    if not bound:
        flaws += _dead(found)
    return Verdict(not bound, tuple(flaws), len(found.came), bound, node)


# ---- what is not known
def _bound(found: Exploration, diagram: Diagram) -> tuple[str, Node | None]:
    """Why nothing is claimed, in words, and the node that it hangs on; empty where all was tried."""
    if not found.course.whole:
        return "调用的流程展开以后太大，没有全部展开", None
    for stop in found.course.stops.values():
        if why := _uncounted(found, stop, diagram):
            return f"“{title(stop.node)}”{why}", stop.node
    if not found.memory.whole:
        return f"后面的条件要问的步骤超过 {MAX_NAMES} 个，没有逐一记住", None
    return ("" if found.whole else f"探索到 {len(found.came):,} 个状态"), None


def _uncounted(found: Exploration, stop: Stop, diagram: Diagram) -> str:
    """What of a node is not counted out, in words; empty where it is."""
    node = stop.node
    if node.kind == "callActivity" and not stop.opens and node.called in diagram.processes:
        return "调用自己所在的流程，调用几层不能事先知道"
    if (node.needs, node.gives) != (1, 1) and (found.board.uncounted(stop.key) or found.crowded):
        return "一次要几个或走出几个令牌，没有逐一去数"
    if goes_off_again(node):
        return "是流程当中重复的定时，到几次走出几路，没有逐一去数"
    if is_join(stop) and node.kind == "complexGateway" and found.rules.comes_back(stop.key):
        return "是绕得回来的复杂网关，哪些令牌算迟到没有逐一去分"
    if node.kind == "eventBasedGateway" and any(found.course.stops[way.target].borders for way in stop.leaving):
        return "后面等待的步骤边上还画了事件，没有一起去试"
    return ""


# ---- proper completion
def _doubles(found: Exploration) -> list[Flaw]:
    flaws = []
    for double in found.doubles.values():
        stop = found.course.stops[double.key]
        flaws.append(Flaw(FlawKind.TWICE, stop.node, stop.scope, _way_of(found, double)))
    return flaws


def _way_of(found: Exploration, double: Double) -> Way:
    moves = [*_moves_to(found, double.source), double.move]
    return Way(_passed(moves), (found.course.stops[double.key].node.id,))


# ---- option to complete
def _stuck(found: Exploration) -> list[Flaw]:
    """For each place where it sticks the first position that was found; while not all was tried only where nothing moves."""
    with_successor = {source for sources in found.sources.values() for source in sources} | found.broken
    flaws: dict[tuple[str, str], Flaw] = {}
    pending, supposed = set(found.queue), found.supposed or set()
    if found.whole:
        ending = found.ending()
        lost = [state for state in found.came if state not in ending and state not in supposed]
    else:
        lost = [s for s in found.came if s not in with_successor and s not in pending and s != DONE]
    still = [state for state in lost if state not in with_successor and not found.moves(state, everything=True)]
    for state in still:
        stop = _sticks_at(found, state)
        flaws.setdefault((stop.key, ""), _flaw(found, state, stop, lasting=True))
    if found.whole and (spinning := _never_still(found, lost, still)):
        stop = _sticks_at(found, spinning[-1])
        flaws.setdefault((stop.key, ""), _flaw(found, spinning[-1], stop, lasting=False))
    return list(flaws.values())


def _never_still(found: Exploration, lost: list[int], still: list[int]) -> list[int]:
    """Positions without an end from which it goes on and on."""
    reached, todo = set(still), list(still)
    while todo:
        for source in found.sources.get(todo.pop(), ()):
            if source not in reached:
                reached.add(source)
                todo.append(source)
    return [state for state in lost if state not in reached]


def _flaw(found: Exploration, state: int, stop: Stop, *, lasting: bool) -> Flaw:
    standing = tuple(dict.fromkeys(found.course.stops[place.key].node.id for place in _tokens(found, state)))
    way = Way(_passed(_moves_to(found, state)), standing)
    return Flaw(FlawKind.STUCK, stop.node, stop.scope, way, lasting)


def _tokens(found: Exploration, state: int) -> list[Place]:
    """What stands there, in reading order; a scope that is open only where nothing stands in it."""
    board, places, rest = found.board, [], state & found.board.tokens
    while rest:
        low = rest & -rest
        rest ^= low
        place = board.place(low)
        if place.what != "open" or not state & board.active[place.key]:
            places.append(place)
    return places


def _sticks_at(found: Exploration, state: int) -> Stop:
    """The join where somebody waits, else the first stop where somebody stands."""
    tokens = _tokens(found, state)
    joins = [place for place in tokens if place.what == "way"]
    return found.course.stops[(joins or tokens)[0].key]


# ---- no dead step
def _dead(found: Exploration) -> list[Flaw]:
    flaws: list[Flaw] = []
    for stop in found.course.stops.values():
        if stop.key in found.reached or stop.key in found.hints.unsure or _undoes(found.course, stop):
            continue
        same = any(other.node is stop.node and other.key in found.reached for other in found.course.stops.values())
        if not same and not any(flaw.node is stop.node for flaw in flaws):
            flaws.append(Flaw(FlawKind.DEAD, stop.node, stop.scope, Way(())))
    return flaws


def _undoes(course: Course, stop: Stop) -> bool:
    """What undoes stands outside the flow, with all that is inside of it: it is not played."""
    node = stop.node
    if (
        node.compensates
        or (node.attached_to and undoes(node))
        or (node.by_event and stop.key not in _played(course, stop))
    ):
        return True
    around = course.stops.get(stop.inside)
    return around is not None and _undoes(course, around)


def _played(course: Course, stop: Stop) -> tuple[str, ...]:
    return course.handlers if stop.inside == course.root else course.stops[stop.inside].handlers


# ---- the way there
def _moves_to(found: Exploration, state: int) -> list[Move]:
    moves = []
    while (before := found.came[state]) is not None:
        state, move = before
        moves.append(move)
    return moves[::-1]


def _passed(moves: list[Move]) -> tuple[Station, ...]:
    return tuple(station for move in moves for station in move.passed)
