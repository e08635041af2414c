"""Documents that cannot rot: pages made from code are compared with the code, errors and names are held to the register."""

from __future__ import annotations

import dataclasses
import re
import runpy
import string
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from api.cli import main
from engine.config import Settings
from engine.errors import LianshenError
from engine.people import found_offices
from engine.store import Database

ROOT = Path(__file__).parent.parent
GENERATED: dict[str, Any] = runpy.run_path(str(ROOT / "docs" / "generate.py"))
ERRORS = sorted(LianshenError.register.values(), key=lambda e: e.code)


@pytest.mark.parametrize("name", sorted(GENERATED["PAGES"]))
def test_generated_pages_are_fresh(name: str) -> None:
    assert (ROOT / "docs" / name).read_text("utf-8") == GENERATED["PAGES"][name](), (
        "run: .venv/bin/python docs/generate.py"
    )


def test_the_picture_of_the_benchmarks_is_fresh_and_shown() -> None:
    assert GENERATED["CHART"].read_text("utf-8") == GENERATED["chart"](), "run: .venv/bin/python docs/generate.py"
    assert "](images/benchmarks.svg)" in (ROOT / "docs/benchmarks.md").read_text("utf-8")


def test_the_pictures_of_the_rules_are_fresh_and_shown() -> None:
    """Each rule's page draws the mistake and the mend, as the product draws the twins."""
    kept = {file.name: file.read_text("utf-8") for file in GENERATED["PICTURES"].glob("*.svg")}
    drawn = GENERATED["pictures"]()
    stale = [name for name in sorted({*kept, *drawn}) if kept.get(name) != drawn.get(name)]
    assert stale == [], "run: .venv/bin/python docs/generate.py"
    assert {name for name in drawn if 'class="x"' in drawn[name]} <= {
        name for name in drawn if name.endswith("-bad.svg")
    }
    for name in drawn:
        page = ROOT / "docs/rules" / f"{name.removesuffix('-bad.svg').removesuffix('-good.svg')}.md"
        assert f"](../images/rules/{name})" in page.read_text("utf-8")


@pytest.mark.parametrize("error", ERRORS, ids=lambda e: e.code)
def test_every_error_speaks(error: type[LianshenError]) -> None:
    """A stable kebab code, a Chinese sentence that ends, a remedy whose fields the sentence's facts can fill."""
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", error.code)
    assert re.search("[一-鿿]", error.sentence)
    assert error.remedy
    assert error.status in (403, 404, 409, 422, 503)
    for text in (error.sentence, error.remedy):
        assert all(name is None or name.isidentifier() for _, name, _, _ in string.Formatter().parse(text))


def test_links_between_pages_lead_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    dead = []
    for page in pages:
        for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text("utf-8")):
            if "://" not in target and not (page.parent / target).exists():
                dead.append(f"{page.relative_to(ROOT)}: {target}")
    assert dead == []


MANUAL = (ROOT / "docs" / "operations.md").read_text("utf-8")


def test_the_manual_knows_every_variable_of_the_environment() -> None:
    told = set(re.findall(r"^\| `LIANSHEN_([A-Z_]+)` \|", MANUAL, re.MULTILINE))
    assert told == {field.name.upper() for field in dataclasses.fields(Settings)} - {"DEMO"}
    for name in re.findall(r"LIANSHEN_([A-Z_]+)", MANUAL):
        assert name in told


def test_the_manual_knows_every_reason_for_not_being_ready() -> None:
    assert [e.code for e in ERRORS if e.status == 503 and f"| `{e.code}` |" not in MANUAL] == []


def test_the_office_of_the_manual_can_be_founded(database: Database) -> None:
    (drawn,) = re.findall(r"```yaml\n(.*?)```", MANUAL, re.DOTALL)
    with database.writing() as tx:
        assert [one.login for one in found_offices(tx, yaml.safe_load(drawn))] == ["zhao", "wu", "feng"]


@pytest.mark.parametrize(
    "words", sorted(set(re.findall(r"^lianshen ([a-z]+(?: (?:add|reset|close|import))?)", MANUAL, re.MULTILINE)))
)
def test_the_commands_of_the_manual_are_there(words: str) -> None:
    assert CliRunner().invoke(main, [*words.split(), "--help"]).exit_code == 0


def test_nothing_names_the_workshop() -> None:
    """Neither somebody's home nor the folder in which the project is being worked on belongs in it."""
    private = re.compile(rf"/root/|/home/\w+/|/Users/\w+/|{re.escape(str(ROOT))}/")
    found = []
    for path in ROOT.rglob("*"):
        parts = path.relative_to(ROOT).parts
        if (
            path.is_file()
            and not parts[0].startswith(".")
            and parts[0] != "var"
            and path.suffix in {".py", ".md", ".cfg", ".toml", ".yaml", ".json", ".bpmn", ""}
        ):
            text = path.read_text("utf-8", errors="ignore")
            if path.name != "test_docs.py" and private.search(text):
                found.append(str(path.relative_to(ROOT)))
    assert found == []
