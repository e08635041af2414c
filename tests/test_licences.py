"""What we stand on may be used as we use it: everything locked is pinned and hashed, nothing is AGPL or GPL, and the LGPL is
used as a dependency only, never copied into the project."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LOCKS = ("requirements.lock", "requirements-check.lock")
LESSER = {"psycopg", "psycopg-binary", "psycopg-pool", "spiffworkflow"}
STRONG = re.compile(r"(?<!L)GPL|(?i:affero|(?<!lesser )general public)")
LOCKED = re.compile(r"([a-z0-9-]+)==([^\s\\]+) \\")


def locked() -> Iterator[tuple[str, str]]:
    for lock in LOCKS:
        for line in (ROOT / lock).read_text("utf-8").splitlines():
            if found := LOCKED.fullmatch(line):
                yield found[1], found[2]


def licence(name: str) -> str:
    """All that a distribution says of its licence: the expression, else the first line of the field, and the classifiers."""
    told = metadata.metadata(name)
    field = told.get("License-Expression") or next(iter((told.get("License") or "").splitlines()), "")
    classes = [c.rpartition(" :: ")[2] for c in told.get_all("Classifier") or [] if c.startswith("License ::")]
    return "; ".join(word for word in (field, *classes) if word)


@pytest.mark.parametrize("lock", LOCKS)
def test_everything_is_pinned_and_hashed(lock: str) -> None:
    hashed = False
    for line in reversed((ROOT / lock).read_text("utf-8").splitlines()):
        if re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", line):
            hashed = True
        elif line and not line.lstrip().startswith("#"):
            assert LOCKED.fullmatch(line), line
            assert hashed, line
            hashed = False


@pytest.mark.parametrize(("name", "version"), sorted(set(locked())))
def test_what_is_installed_is_what_is_locked_and_says_its_licence(name: str, version: str) -> None:
    assert metadata.version(name) == version
    assert licence(name)


def test_nothing_is_under_a_strong_licence_and_the_lesser_one_is_named() -> None:
    told = {name: licence(name) for name, _ in locked()}
    lesser = {name for name, words in told.items() if re.search("LGPL|lesser general public", words, re.IGNORECASE)}
    assert lesser == LESSER
    assert {n: w for n, w in told.items() if n not in LESSER and STRONG.search(w)} == {}
    assert not any(re.search("AGPL|affero", words, re.IGNORECASE) for words in told.values())


def test_the_lesser_ones_are_dependencies_and_not_copied() -> None:
    theirs = {file.parts[0] for name in LESSER for file in metadata.files(name) or () if file.suffix == ".py"}
    assert {"SpiffWorkflow", "psycopg"} <= theirs
    ours = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert ours & theirs == set()
    rooms = ("api", "bpmn", "engine", "forms", "web/scripts")
    assert [path for name in theirs for room in rooms for path in (ROOT / room).rglob(name)] == []


def test_what_the_browser_gets_is_locked_too() -> None:
    packages = json.loads((ROOT / "web" / "package-lock.json").read_text("utf-8"))["packages"]
    for name, package in packages.items():
        if name:
            assert package["integrity"].startswith("sha512-"), name
            assert not STRONG.search(package["license"]), name
