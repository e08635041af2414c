"""Walking through a drawing: every scope, every node, every step, in drawn order."""

from __future__ import annotations

from collections.abc import Iterator

from .graph import Diagram, Node, Scope, Work


def scopes(diagram: Diagram) -> Iterator[Scope]:
    """All processes and the sub-processes in them."""
    for process in diagram.processes.values():
        yield from scopes_in(process)


def scopes_in(scope: Scope) -> Iterator[Scope]:
    """The scope itself and those drawn in it."""
    todo = [scope]
    while todo:
        found = todo.pop(0)
        yield found
        todo += [node.inner for node in found.nodes.values() if node.inner]


def nodes_in(scope: Scope) -> Iterator[Node]:
    """All nodes of a scope and of the scopes in it."""
    for found in scopes_in(scope):
        yield from found.nodes.values()


def nodes(diagram: Diagram) -> Iterator[Node]:
    for process in diagram.processes.values():
        yield from nodes_in(process)


def steps(diagram: Diagram) -> Iterator[tuple[Scope, Node, Work]]:
    """The steps that a person does, with the scope that they are drawn in."""
    for scope in scopes(diagram):
        for node in scope.nodes.values():
            if node.work is not None:
                yield scope, node, node.work
