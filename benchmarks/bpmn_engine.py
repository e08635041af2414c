"""npm's bpmn-engine: `peers/bpmn_engine` in a process of its own, with the Node of the product's environment, on SQLite.

The drawings are those of `work.py`; a called process is put into the same file, and scripts and conditions are said in
JavaScript, because it knows nothing else.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

from lxml import etree

from .installed import node_modules
from .peer import Working, peer
from .places import Place
from .race import Lane
from .work import w1, w2

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"


@contextmanager
def enter(place: Place, quick: bool) -> Iterator[list[Lane]]:
    if place.db != "sqlite":
        yield []  # it brings no storing of its own, and the driver for this one would be ours to choose
        return
    folder, node = node_modules()
    for matter, files in (("W1", w1()), ("W2", w2())):
        (place.folder / f"{matter}.bpmn").write_bytes(drawing(files))
    with ExitStack() as stack:
        lanes: list[Lane] = []
        for how, name in (("live", "bpmn-engine"), ("recovered", "bpmn-engine recovered")):
            file = place.url(f"bpmn_engine_{how}").removeprefix("sqlite:///")
            command = [node, "--no-warnings", folder / "peer.mjs", file, place.folder, how]
            running = stack.enter_context(peer(command))
            lanes += [Working(f"{name} {matter}", running, matter, random.Random(7)) for matter in ("W1", "W2")]
        yield lanes


def drawing(files: Mapping[str, bytes]) -> bytes:
    """All processes in one file, the matter's own as the only one that is started."""
    root = etree.fromstring(files["matter.bpmn"])
    for name, content in files.items():
        if name.startswith("parts/"):
            for process in etree.fromstring(content).iter(f"{BPMN}process"):
                process.set("isExecutable", "false")
                root.insert(1, process)
    for diagram in root.findall("{http://www.omg.org/spec/BPMN/20100524/DI}BPMNDiagram"):
        root.remove(diagram)
    for task in root.iter(f"{BPMN}scriptTask"):
        task.set("scriptFormat", "javascript")
        script = task.find(f"{BPMN}script")
        assert script is not None
        script.text = f"environment.output.{script.text}; next();"
    for condition in root.iter(f"{BPMN}conditionExpression"):
        asked = re.fullmatch(r"\$\{(\w+)==(\d+)\}", condition.text or "")
        assert asked, condition.text
        condition.set(TYPE, "bpmn:tFormalExpression")
        condition.set("language", "javascript")
        condition.text = f"next(null, environment.output.{asked[1]} === {asked[2]})"
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")
