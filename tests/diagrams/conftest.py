"""How a test writes a drawing: what stands in the process, without the frame around it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.diagrams import Diagram, read

HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:ls="urn:lianshen:bpmn:1"'
    ' xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI"'
    ' xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:di="http://www.omg.org/spec/DD/20100524/DI">'
)
Bpmn = Callable[..., bytes]
Draw = Callable[..., Diagram]


@pytest.fixture
def bpmn() -> Bpmn:
    """The bytes of a file with one process `P`, and whatever stands beside it."""

    def file(process: str, beside: str = "", name: str = "P") -> bytes:
        return f'{HEAD}<process id="{name}">{process}</process>{beside}</definitions>'.encode()

    return file


@pytest.fixture
def draw(bpmn: Bpmn) -> Draw:
    """The diagram of such a file, free of errors."""

    def diagram(process: str, beside: str = "") -> Diagram:
        return read({"a.bpmn": bpmn(process, beside)}).usable()

    return diagram


@pytest.fixture
def matter() -> bytes:
    """The whole good matter: intake with correction and refusal, review, decision, certificate, delivery."""
    return (Path(__file__).parent / "matter.bpmn").read_bytes()
