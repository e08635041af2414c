"""A peer in the race: another system at the same work, in a process of its own, asked line by line.

One JSON object a line. `{"begin": "W1"}` is answered by `{"begun": "W1"}`; `{"complete": FORM}` by `{"ms": 6.1, "counts": true}`,
the milliseconds from the first statement to the commit by the peer's own clock (so the pipe costs it nothing; counts is false
for the delivery that ends a case), or by `{"over": true}` when the case has no task left. Choosing the task is outside its clock.
"""

from __future__ import annotations

import json
import random
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .work import answer

ROOT = Path(__file__).parents[1]


class PeerFailed(Exception):
    """A peer ended or answered something else; its last words are in the message."""


@dataclass
class Peer:
    """A running peer."""

    process: subprocess.Popen[str]
    words: Any

    def asked(self, question: Mapping[str, Any]) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            self.process.stdin.write(json.dumps(question, ensure_ascii=False) + "\n")
            self.process.stdin.flush()
            told: dict[str, Any] = json.loads(self.process.stdout.readline())
        except (OSError, json.JSONDecodeError) as error:
            self.process.kill()
            self.process.wait()
            self.words.seek(0)
            raise PeerFailed(f"{self.process.args}: {self.words.read()[-2000:]}") from error
        return told


@contextmanager
def peer(command: Sequence[str | Path], **environment: str) -> Iterator[Peer]:
    """A peer for as long as the race lasts. It sees this environment and nothing of ours but the path."""
    env = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "TMPDIR": tempfile.gettempdir(), **environment}
    with (
        tempfile.TemporaryFile("w+") as words,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=words, text=True, encoding="utf-8", env=env
        ) as process,
    ):
        try:
            yield Peer(process, words)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


@dataclass
class Working:
    """A peer at one matter: one case after another."""

    name: str
    peer: Peer
    matter: str
    rng: random.Random

    def case(self) -> Iterator[tuple[float, str]]:
        if self.peer.asked({"begin": self.matter}) != {"begun": self.matter}:
            raise PeerFailed(f"{self.name} does not begin")
        count = 0
        while "over" not in (told := self.peer.asked({"complete": (form := answer(self.rng))})):
            if told["counts"]:
                count += 1
                yield told["ms"], json.dumps(form, ensure_ascii=False)
        if count != COMPLETIONS[self.matter]:
            raise PeerFailed(f"{self.name}: {count} completions, not {COMPLETIONS[self.matter]}")


COMPLETIONS = {"W1": 11, "W2": 58}
