"""Everything in a folder of other people's diagrams imported and played: a table for people, figures for machines.

    python tests/corpus.py FOLDER [--json FILE]      each folder in FOLDER is a corpus, every diagram in it counts

Nothing is left out: a file that takes an exception is counted under raw_errors, one that takes more than twenty seconds under
hangs, whatever else became of it. `completed`, `waiting` and `failed` are what the player says, and every trace is checked
against the drawing by a checker that knows nothing of the runtime; a trace that it objects to counts under wrong_traces.
"""

from __future__ import annotations

import json
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:  # run as a script
    sys.path.insert(0, str(ROOT))

from engine.catalogue import Imported, Played, import_diagram, play_imported  # noqa: E402
from tests.conformance import conformance  # noqa: E402
from tests.token_checker import objections  # noqa: E402

HANG_SECONDS = 20
ENDINGS = (".bpmn", ".bpmn2", ".xml")
FIGURES = ("files", "imported", "repaired", "refused", "completed", "waiting", "failed", "raw_errors", "hangs")


class Hung(BaseException):
    """Raised by the alarm; no `except Exception` on the way may swallow it."""


@dataclass
class Result:
    """What became of one file. wrong: what the token checker says of the trace."""

    file: str
    imported: Imported | None = None
    played: Played | None = None
    error: str = ""
    hung: bool = False
    wrong: tuple[str, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass
class Corpus:
    name: str
    results: list[Result]

    @property
    def figures(self) -> dict[str, int]:
        found = Counter[str](dict.fromkeys(FIGURES, 0))
        for result in self.results:
            found["files"] += 1
            found["raw_errors"] += bool(result.error)
            found["hangs"] += result.hung
            if result.imported is not None:
                found[result.imported.result] += 1
            if result.played is not None and result.played.result != "refused":
                found[result.played.result] += 1
        return {key: found[key] for key in FIGURES}

    @property
    def wrong_traces(self) -> int:
        return sum(bool(result.wrong) for result in self.results)

    def seconds(self, phase: str) -> float:
        return sum(result.seconds.get(phase, 0) for result in self.results)


def corpora(folder: Path) -> Iterator[Corpus]:
    """Each first-level folder, in the order of names."""
    for place in sorted(path for path in folder.iterdir() if path.is_dir()):
        yield Corpus(place.name, list(judged(place)))


def judged(folder: Path) -> Iterator[Result]:
    beside = dict[Path, dict[str, bytes]]()
    for file in sorted(path for path in folder.rglob("*") if path.is_file() and path.name.lower().endswith(ENDINGS)):
        if file.parent not in beside:
            neighbours = sorted(p for p in file.parent.iterdir() if p.name.lower().endswith(ENDINGS))
            beside[file.parent] = {p.name: p.read_bytes() for p in neighbours}
        yield result_of(str(file.relative_to(folder)), file.name, beside[file.parent])


def result_of(path: str, name: str, files: Mapping[str, bytes]) -> Result:
    """One file with what lies beside it: imported, played, its trace checked."""
    result = Result(path)
    try:
        with alarm(), phase(result, "import"):
            result.imported = import_diagram({name: files[name], **files})
        with alarm(), phase(result, "play"):
            result.played = play_imported(result.imported)
        with phase(result, "check"):
            result.wrong = objections_to(result.imported, result.played)
    except Hung:
        result.hung = True
    except Exception as error:
        result.error = f"{type(error).__name__}: {error}"
    return result


def objections_to(imported: Imported, played: Played) -> tuple[str, ...]:
    return objections(imported.diagram, played) if imported.diagram is not None else ()


@contextmanager
def phase(result: Result, name: str) -> Iterator[None]:
    begun = time.perf_counter()
    try:
        yield
    finally:
        result.seconds[name] = time.perf_counter() - begun


@contextmanager
def alarm() -> Iterator[None]:
    """Raises Hung after HANG_SECONDS."""

    def rung(number: int, frame: FrameType | None) -> None:
        raise Hung

    before = signal.signal(signal.SIGALRM, rung)
    signal.alarm(HANG_SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def nowhere(result: Result) -> bool:
    """Whether it was refused without saying where: a refusal names an element and a line."""
    if result.imported is None or result.imported.result != "refused":
        return False
    errors = [finding for finding in result.imported.findings if finding.severity == "error"]
    return not errors or any(not finding.element or finding.line < 1 for finding in errors)


def conformance_of(folder: Path) -> dict[str, int]:
    """Of the conformance set, where it lies in the folder: features, passed, wrong, refused."""
    if not (folder / "betsy_expected_traces.json").is_file():
        return {}
    found = conformance(folder)
    return {key: int(found[key]) for key in ("features", "passed", "wrong", "refused")}


# ---- telling
def table(found: Sequence[Corpus]) -> Iterator[str]:
    width = max(len(corpus.name) for corpus in found)
    yield " ".join([f"{'':{width}}", *(f"{key:>10}" for key in (*FIGURES, "wrong_traces")), "seconds"])
    for corpus in found:
        figures = [*corpus.figures.values(), corpus.wrong_traces]
        spent = " + ".join(f"{key} {corpus.seconds(key):.1f}" for key in ("import", "play", "check"))
        yield " ".join([f"{corpus.name:{width}}", *(f"{figure:>10}" for figure in figures), spent])


def troubles(found: Sequence[Corpus]) -> Iterator[str]:
    """What a developer wants to look at."""
    for corpus in found:
        for result in corpus.results:
            at = f"{corpus.name}/{result.file}"
            if result.error or result.hung:
                yield f"{at}: {result.error or 'hangs'}"
            if nowhere(result):
                yield f"{at}: refused without an element and a line"
            if result.played is not None and result.played.result in ("failed", "waiting"):
                yield f"{at}: {result.played.result}: {result.played.reason}"
            yield from (f"{at}: trace: {wrong}" for wrong in result.wrong[:3])


def measured(folder: Path) -> tuple[list[Corpus], dict[str, Any]]:
    """Everything in a folder, and the figures as they are written into the file."""
    found = list(corpora(folder))
    figures = [{"name": corpus.name, **corpus.figures} for corpus in found]
    return found, {"corpora": figures, "conformance": conformance_of(folder)}


def main(arguments: Sequence[str]) -> int:
    if len(arguments) not in (1, 3) or (len(arguments) == 3 and arguments[1] != "--json"):
        print(__doc__)
        return 2
    begun = time.perf_counter()
    found, figures = measured(Path(arguments[0]))
    for line in [
        *table(found),
        "",
        *troubles(found),
        "",
        f"conformance: {figures['conformance'] or 'no conformance set'}",
    ]:
        print(line)
    print(f"{time.perf_counter() - begun:.1f} s")
    if len(arguments) == 3:
        Path(arguments[2]).write_text(json.dumps(figures, ensure_ascii=False, indent=1), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
