"""What the linter makes of a folder of other people's diagrams: seconds of one processor, findings by rule, what stayed undecided.

    .venv/bin/python -m benchmarks.lint FOLDER

Every file is read with the files beside it that it calls, and linted as the command line does it, facts of a matter apart. The
bars: the whole folder within 90 s, no file above 2 s, soundness undecided in less than 2 % of the drawings.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.catalogue import import_diagram
from engine.diagrams import Finding, Reading, Verdict, lint_files, prove, rules

ENDINGS = (".bpmn", ".bpmn2", ".xml")
MOST_SECONDS, MOST_OF_A_FILE, MOST_UNDECIDED = 90.0, 2.0, 0.02


@dataclass(frozen=True)
class Linted:
    """seconds: of reading and linting. proving: of the proof alone, run once more."""

    file: str
    reading: Reading
    verdict: Verdict | None
    seconds: float
    proving: float


def main(arguments: Sequence[str]) -> int:
    if len(arguments) != 1:
        print(__doc__)
        return 2
    linted = list(all_of(Path(arguments[0])))
    for line in told(linted):
        print(line)
    return 0


def all_of(folder: Path) -> Iterator[Linted]:
    for file in sorted(path for path in folder.rglob("*") if path.is_file() and path.name.lower().endswith(ENDINGS)):
        beside = {p.name: p.read_bytes() for p in sorted(file.parent.iterdir()) if p.name.lower().endswith(ENDINGS)}
        called = import_diagram({file.name: beside[file.name], **beside}).files
        files = {name: beside[name] for name in called if name in beside}
        began = time.process_time()
        reading = lint_files(files)
        over = time.process_time()
        verdict = prove(reading.diagram) if reading.diagram is not None else None
        proved = time.process_time()
        yield Linted(str(file.relative_to(folder)), reading, verdict, over - began, proved - over)


def told(linted: Sequence[Linted]) -> Iterator[str]:
    seconds = sum(one.seconds for one in linted)
    drawn = [one for one in linted if one.verdict is not None]
    undecided = [one for one in drawn if one.verdict and not one.verdict.decided]
    slowest = max(linted, key=lambda one: one.seconds)
    share = len(undecided) / max(1, len(drawn))
    yield f"{len(linted)} files, {len(drawn)} of them draw a process"
    yield f"{seconds:.1f} s{_over(seconds, MOST_SECONDS)}"
    yield f"slowest {slowest.seconds:.2f} s {slowest.file}{_over(slowest.seconds, MOST_OF_A_FILE)}"
    yield from (f"  slow {one.seconds:.2f} s {one.file}" for one in linted if one.seconds > MOST_OF_A_FILE)
    yield f"proof {sum(one.proving for one in linted):.1f} s, undecided {len(undecided)}, {share:.1%}{_over(share, MOST_UNDECIDED)}"
    yield from (f"  undecided {one.file}: {one.verdict.bound}" for one in undecided if one.verdict)
    flaws = Counter(flaw.kind.name for one in drawn if one.verdict for flaw in one.verdict.flaws)
    sound = sum(1 for one in drawn if one.verdict and one.verdict.decided and not one.verdict.flaws)
    yield f"sound {sound}; flaws {', '.join(f'{kind} {count}' for kind, count in sorted(flaws.items()))}"
    yield ""
    yield from by_rule([finding for one in linted for finding in one.reading.findings])


def by_rule(findings: Sequence[Finding]) -> Iterator[str]:
    """How often each rule spoke, and of the reader what it found."""
    counts = Counter(finding.rule for finding in findings)
    files = {rule: len({f.file for f in findings if f.rule == rule}) for rule in counts}
    known = [rule.code for rule in rules()]
    for what, codes in (("rules", known), ("reader", sorted(counts.keys() - set(known)))):
        yield f"{what}: {len(codes)} codes, {sum(counts[code] for code in codes)} findings"
        for code in sorted(codes, key=lambda code: -counts[code]):
            yield f"  {counts[code]:6} findings {files.get(code, 0):5} files  {code}"


def _over(worth: float, bar: float) -> str:
    return "" if worth <= bar else f"  (the bar is {bar})"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
