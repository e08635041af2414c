"""Everything that is timed, in one run: `benchmarks/run`.

Each script is a file of this folder. Those that offer `enter` (`complete`, and the peers `stock`, `viewflow`, `bpmn_engine`)
do the same work and are raced against each other, by turns, in one process (`race.py`); those that offer `measure(quick)` each
have a process to themselves, one after another. No timing here fails: a bar that is not met is printed as such. Exit code 1
when a script could not be run to its end (the rows of the others are told all the same), 2 for a script that there is not.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.postgres import binaries

from .places import kind_of, on_disk
from .rows import table, verdicts, whole

HERE = Path(__file__).parent
FIRST = ("floor", "complete", "stock", "viewflow", "bpmn_engine", "start")
ALIASES = {"peers": ("stock", "viewflow", "bpmn_engine")}
APART = {"memory", "deadlines"}
"""They take too long for a run of everything: only where they are named."""
ONLY = "files of benchmarks/ without .py; peers: all of them; memory and deadlines are run only when named"
ROUNDS, QUICK = 15, 3


def main(arguments: Sequence[str]) -> int:
    asked = argparse.ArgumentParser(prog="benchmarks/run", description="Everything that is timed, in one run.")
    asked.add_argument("--json", type=Path, metavar="FILE", help="write the rows there")
    asked.add_argument("--only", nargs="+", metavar="SCRIPT", help=ONLY)
    asked.add_argument(
        "--quick", action="store_true", help="less of everything, to see that it runs: all in a few minutes"
    )
    asked.add_argument("--alone", nargs=2, metavar=("NAMES", "FILE"), help=argparse.SUPPRESS)
    given = asked.parse_args(arguments)
    if given.alone:
        return alone(given.alone[0].split(","), given.quick, Path(given.alone[1]))
    only = {name for one in given.only or () for name in ALIASES.get(one, (one,))}
    scripts = offered()
    if unknown := only - scripts.keys():
        asked.error(f"no such script: {', '.join(sorted(unknown))}; there are {', '.join(scripts)}, peers")
    # told now, and not after all the work
    if given.json and (given.json.is_dir() or not given.json.absolute().parent.is_dir()):
        asked.error(f"no file can be written there: {given.json}")
    only = only or scripts.keys() - APART
    return run({name: how for name, how in scripts.items() if name in only}, given.quick, given.json)


def run(scripts: Mapping[str, str], quick: bool, file: Path | None) -> int:
    on_disk()
    began, rows, failed = time.monotonic(), list[dict[str, Any]](), list[str]()
    racing = [name for name, how in scripts.items() if how == "enter"]
    groups = [["floor"], racing, *([name] for name, how in scripts.items() if how == "measure" and name != "floor")]
    for names in filter(None, groups):  # the floor always: it says what the run's floor and engine are
        say(f"{', '.join(names)} …")
        since = time.monotonic()
        told, errors = in_a_process(names, quick)
        rows += told
        failed += errors
        say(f"{', '.join(names)}: {time.monotonic() - since:.0f} s{', FAILED' if errors else ''}")
    floors = {row["db"]: row for row in rows if row["name"] == "floor"}
    kept = list[dict[str, Any]]()
    for row in rows:
        try:
            kept += [whole(row, floors)] if row.get("name") != "floor" or "floor" in scripts else []
        except ValueError as error:
            failed.append(str(error))
    rows = kept
    judged = verdicts(rows)
    for line in table(rows, judged):
        print(line)
    for error in failed:
        print(f"\nFAILED {error}", file=sys.stderr)
    print(f"\n{time.monotonic() - began:.0f} s, {kind_of(Path(tempfile.gettempdir()))}")
    if file is not None:
        bars = [{"bar": one.bar, "db": one.db, "seen": one.seen, "met": one.met} for one in judged]
        content = {"taken": taken(quick), "rows": rows, "bars": bars, "failed": failed}
        file.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return 1 if failed else 0


def taken(quick: bool) -> dict[str, Any]:
    """When and on what."""
    now = datetime.now(UTC).replace(microsecond=0)
    return {
        "at": now.isoformat(),
        "quick": quick,
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "postgresql": postgresql(),
        "file_system": kind_of(Path(tempfile.gettempdir())),
        "load": [round(one, 2) for one in os.getloadavg()],
    }


def postgresql() -> str:
    """The version of the server that is started here: 15.18."""
    command = [binaries() / "postgres", "--version"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[2]


def offered() -> dict[str, str]:
    """The scripts that take part, in the order in which they run, and what each offers: `enter` or `measure`. Their text is
    asked and not they themselves: nobody's imports are paid for before his turn."""
    texts = {path.stem: path.read_text("utf-8") for path in HERE.glob("*.py") if path.stem != "__main__"}
    found = {name: how for name, text in texts.items() if (how := _offer(text))}
    names = [*(name for name in FIRST if name in found), *sorted(found.keys() - set(FIRST))]
    return {name: found[name] for name in names}


def _offer(text: str) -> str | None:
    if re.search(r"^def measure\(\s*quick\b", text, re.MULTILINE):
        return "measure"
    return "enter" if re.search(r"^def enter\(", text, re.MULTILINE) else None


# ---------------------------------------------------------------- each in a process of its own
def in_a_process(names: Sequence[str], quick: bool) -> tuple[list[dict[str, Any]], list[str]]:
    """The rows of one script, or of those that race, and what went wrong."""
    with tempfile.NamedTemporaryFile("r", suffix=".json") as file:
        command = [sys.executable, "-m", "benchmarks", "--alone", ",".join(names), file.name]
        with subprocess.Popen([*command, "--quick"] if quick else command, cwd=HERE.parent) as done:
            try:
                done.wait()
            except BaseException:
                done.terminate()  # it stops its servers and its peers before it goes
                raise
        told = json.loads(file.read() or '{"rows": [], "failed": []}')
    if done.returncode and not told["failed"]:
        told["failed"] = [f"exit code {done.returncode}"]
    return told["rows"], [f"{', '.join(names)}: {error}" for error in told["failed"]]


def alone(names: Sequence[str], quick: bool, file: Path) -> int:
    on_disk()
    failed, rows = list[str](), list[dict[str, Any]]()
    race, *modules = (import_module(f"benchmarks.{name}") for name in ("race", *names))
    try:
        if hasattr(modules[0], "measure"):
            rows.extend(modules[0].measure(quick=quick))
        else:
            rows.extend(race.race([module.enter for module in modules], quick, QUICK if quick else ROUNDS, failed))
    except Exception:
        failed.append(traceback.format_exc())
    file.write_text(json.dumps({"rows": rows, "failed": failed}), "utf-8")
    return 1 if failed else 0


def say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # whoever gives up waiting leaves no server behind
    sys.exit(main(sys.argv[1:]))
