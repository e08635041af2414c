"""The stock engine on the same work: SpiffWorkflow as it is published, with its own parser, its own specs and its own serializer.

The drawings are those of `work.py`, byte for byte but for the dialect of their conditions. In memory it is the measure of a
completion without any storing (engine_ms); `peers/stock.py` stores it as its documentation says.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState

Specs = tuple[Any, Mapping[str, Any]]
UNCOUNTED = "deliver"
"""The step that ends a case. It stores no form and is not timed, with us and with nobody."""


def parse(matter: str, files: Mapping[str, bytes]) -> Specs:
    """The specs of `W1` or `W2`, parsed once and shared."""
    parser = BpmnParser()
    for name, content in files.items():
        if name.endswith(".bpmn"):
            plain = re.sub(rb"\$\{([^}]*)\}", rb"\1", content)
            parser.add_bpmn_xml(etree.parse(io.BytesIO(plain)), filename=name)
    process = matter.lower()
    return parser.get_spec(process), parser.get_subprocess_specs(process)


def begun(specs: Specs) -> BpmnWorkflow:
    """A new case, run to its first task."""
    workflow = BpmnWorkflow(*specs)
    workflow.do_engine_steps()
    return workflow


def waiting(workflow: BpmnWorkflow) -> Any:
    """The next task for a person. None when there is none."""
    return workflow.get_next_task(state=TaskState.READY, manual=True)


def complete(workflow: BpmnWorkflow, task: Any, form: Mapping[str, Any]) -> None:
    """The form goes into the task's data under a name of its own; the engine runs to the next tasks."""
    task.data[f"form_{task.task_spec.name}"] = dict(form)
    task.run()
    workflow.do_engine_steps()
