"""What all pages promise: colours from the tokens alone, nothing inline, small scripts, nothing of others kept here."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.pages.look import WEB

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((WEB / "templates").rglob("*.html"))
STYLES = sorted((WEB / "styles").glob("*.css"))
SCRIPTS = sorted(p for p in (WEB / "scripts").rglob("*") if p.suffix in (".js", ".mjs"))
COLOUR = re.compile(
    r"#[0-9a-fA-F]{3,8}\b|\b(?:rgb|hsl|hwb|lab|oklch)a?\(|(?<![-\w])(?:white|black|red|green|blue|gr[ae]y)(?![-\w])"
)


def name(path: Path) -> str:
    return str(path.relative_to(WEB))


@pytest.mark.parametrize("path", [p for p in STYLES if p.name != "tokens.css"], ids=name)
def test_colours_come_from_the_tokens(path: Path) -> None:
    text = re.sub(r"/\*.*?\*/", "", path.read_text("utf-8"), flags=re.DOTALL)
    bodies = re.findall(r"[{;]\s*[-\w]+\s*:\s*([^;{}]+)", text)
    assert [body for body in bodies if COLOUR.search(re.sub(r"url\([^)]*\)", "", body))] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_templates_hold_nothing_inline(path: Path) -> None:
    """The policy of the pages would refuse it in the browser, silently for the reader."""
    text = re.sub(r"\{#.*?#\}", "", path.read_text("utf-8"), flags=re.DOTALL)
    assert not re.search(r"<[^>]*\sstyle\s*=", text)
    assert not re.search(r"<[^>]*\son[a-z]+\s*=", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)
    assert not re.search(r"https?://(?!bpmn\.io|www\.w3\.org)", text), "a page loads nothing from elsewhere"


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_templates_format_nothing_themselves(path: Path) -> None:
    text = path.read_text("utf-8")
    assert "strftime" not in text
    assert not re.search(r"\.(year|month|hour|minute)\b", text), "dates are written by the filters"


def test_every_form_that_changes_something_is_protected() -> None:
    for path in TEMPLATES:
        for form in re.findall(r"<form\b[^>]*method=\"post\".*?</form>", path.read_text("utf-8"), re.DOTALL):
            assert "csrf" in form, f"{name(path)}: {form[:120]}"


def test_our_scripts_are_small() -> None:
    """As they are written; what esbuild makes of them is smaller still. The designer's page brings a whole editor with it and has
    a budget of its own; all other pages, which the public opens on old phones, share one that is a fifth of it."""
    sizes = {name(path): path.stat().st_size for path in SCRIPTS}
    drawing = {path: size for path, size in sizes.items() if path.startswith("scripts/designer")}
    assert sum(sizes.values()) - sum(drawing.values()) <= 12 * 1024, sizes
    assert sum(drawing.values()) <= 60 * 1024, drawing


def sources(root: Path) -> Iterator[str]:
    """Every file that is kept, without asking git: an unpacked archive has none. What `.gitignore` names is made here by
    `./run`."""
    made = {".git", *(line.strip("/") for line in (root / ".gitignore").read_text("utf-8").splitlines())}
    for folder, inside, files in os.walk(root):
        at = Path(folder).relative_to(root)
        inside[:] = [d for d in inside if d not in made and str(at / d) not in made and not d.endswith(".egg-info")]
        yield from (str(at / file) for file in files)


def others(root: Path) -> list[str]:
    return [p for p in sources(root) if re.search(r"(^|/)(node_modules|vendor|dist)/|\.min\.(js|css)$", p)]


def test_nothing_of_others_is_kept_here(tmp_path: Path) -> None:
    kept = set(sources(ROOT))
    assert {"check", "web/package-lock.json", "engine/__init__.py"} <= kept
    assert others(ROOT) == []
    shutil.copy(ROOT / ".gitignore", tmp_path)
    for path in ("web/node_modules/x.js", "web/vendor/x.js", "api/dist/y.css", "web/scripts/z.min.js", ".git/dist/y"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    assert sorted(others(tmp_path)) == ["api/dist/y.css", "web/scripts/z.min.js", "web/vendor/x.js"]


def test_the_lock_of_the_scripts_names_no_host() -> None:
    assert "://" not in re.sub(r'"url": "[^"]*"', "", (WEB / "package-lock.json").read_text("utf-8"))
