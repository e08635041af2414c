"""The picture of docs/floors.md, held: arrows only go down, rooms are entered through their doors."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = ("api", "bpmn", "engine", "forms")
ROOMS = sorted(p.name for p in (ROOT / "engine").iterdir() if (p / "__init__.py").exists())
SOURCES = sorted(p for name in OURS for p in (ROOT / name).rglob("*.py"))


def imports(path: Path) -> Iterator[tuple[int, str, str]]:
    """Every import of a file, in functions and under TYPE_CHECKING too: line, module as an absolute name, imported name."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield from ((node.lineno, module, alias.name) for alias in node.names)


@cache
def published(door: Path) -> frozenset[str]:
    """What a room's door names in its `__all__`: read once, asked of for every file."""
    tree = ast.parse(door.read_text("utf-8"))
    assigned = [n for n in tree.body if isinstance(n, ast.Assign | ast.AnnAssign)]
    named = [(n.targets[0] if isinstance(n, ast.Assign) else n.target, n.value) for n in assigned]
    lists = [value for target, value in named if getattr(target, "id", "") == "__all__"]
    return frozenset(ast.literal_eval(lists[0]))


def test_arrows_only_go_down() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_rooms_are_entered_through_their_doors(path: Path) -> None:
    """From outside a room only what its `__init__` publishes is named."""
    parts = path.relative_to(ROOT).parts
    here = ".".join(parts[:2]) if parts[0] == "engine" else parts[0]
    doors = {f"engine.{room}": published(ROOT / "engine" / room / "__init__.py") for room in ROOMS}
    doors["forms"] = published(ROOT / "forms" / "__init__.py")
    wrong = []
    for line, module, name in imports(path):
        room = next((door for door in doors if module == door or module.startswith(door + ".")), None)
        if room is None or room == here:
            continue
        behind = module.removeprefix(room).lstrip(".").split(".")[0]  # store publishes some modules as they are
        if (behind and behind not in doors[room]) or (not behind and name not in doors[room]):
            wrong.append(f"line {line}: {module} {name}")
    assert wrong == []


WALL_CLOCK = {
    "api/app.py": "the default clock of a served application",
    "api/counting.py": "a clock is explained as of today",
    "api/opening.py": "commands run now",
    "api/play.py": "a diagram is played now",
    "engine/supervision/metronome.py": "the first beat",
}


def test_nobody_inside_reads_the_wall_clock() -> None:
    found = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            named = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
            if named and node.attr in ("now", "utcnow", "today") and node.value.id in ("datetime", "date"):
                found.add(str(path.relative_to(ROOT)))
    assert found <= set(WALL_CLOCK)


def test_every_room_says_what_it_must_not_know() -> None:
    for room in [*(ROOT / "engine" / name for name in ROOMS), ROOT / "forms", ROOT / "api", ROOT / "bpmn"]:
        text = (room / "README.md").read_text("utf-8")
        lines = [line for line in text.splitlines() if line.strip()]
        assert len(lines) <= 8, room
        if room.name != "bpmn":
            assert "Must not know" in text, room


@pytest.mark.parametrize("room", ROOMS)
def test_a_door_lists_what_it_publishes(room: str) -> None:
    door = ROOT / "engine" / room / "__init__.py"
    imported = {
        a.asname or a.name
        for n in ast.parse(door.read_text("utf-8")).body
        if isinstance(n, ast.ImportFrom)
        for a in n.names
    }
    assert published(door) == imported


def test_no_dependency_brings_our_names() -> None:
    """An application for its own environment: nothing that is installed may own `engine`, `api`, `forms`, `bpmn`, `web`."""
    theirs: dict[str, str] = {}
    for distribution in metadata.distributions():
        name = str(distribution.metadata["Name"])
        if name.lower() == "lianshen":
            continue
        for file in distribution.files or ():
            theirs[file.parts[0].removesuffix(".py")] = name
    assert {
        word: theirs[word]
        for word in ("engine", "api", "forms", "bpmn", "web", "tests", "benchmarks")
        if word in theirs
    } == {}


def test_it_is_never_published() -> None:
    text = (ROOT / "setup.cfg").read_text("utf-8")
    assert "Private :: Do Not Upload" in text
