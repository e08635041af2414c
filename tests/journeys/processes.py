"""Real processes: `lianshen …` as somebody would start it, on the loopback, ended by their own ids."""

from __future__ import annotations

import http.client
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

LIANSHEN = Path(sys.executable).with_name("lianshen")
PATIENCE = 300
"""Seconds after which a thing that must come is given up: only ever reached by a failure."""


def environment(home: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LIANSHEN_")}
    return {**kept, "LIANSHEN_HOME": str(home), **more}


def start(url: str, home: Path, *words: str, **more: str) -> subprocess.Popen[str]:
    """A command as a process of its own, with what it says in a pipe."""
    command = [LIANSHEN, "--database", url, *words]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "stdin": subprocess.DEVNULL}
    return subprocess.Popen(command, env=environment(home, **more), text=True, **pipes)  # type: ignore[call-overload]


def fork(url: str, home: Path, *words: str, **more: str) -> BaseProcess:
    """The same command as a process of its own, forked from one that has read the whole program before: for a test that starts
    many of them only to kill them. What it says goes to a file."""
    spring = multiprocessing.get_context("forkserver")
    spring.set_forkserver_preload(["tests.journeys.processes", "api.cli", "api.running"])
    home.mkdir(parents=True, exist_ok=True)
    given = {"LIANSHEN_HOME": str(home), **more}
    process = spring.Process(target=_command, args=(["--database", url, *words], given, home / "log"), daemon=True)
    process.start()
    return process


def _command(words: list[str], given: dict[str, str], log: Path) -> None:
    with log.open("ab") as said:
        for stream in (1, 2):
            os.dup2(said.fileno(), stream)
    os.environ.update(given)
    from api.cli import main

    main(words)


def finish(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Its exit code and all that it said."""
    said, _ = process.communicate(timeout=PATIENCE)
    return process.returncode, said


def command(url: str, home: Path, *words: str) -> tuple[int, str]:
    return finish(start(url, home, *words))


def until(true: Callable[[], object], what: str) -> None:
    """Look every few moments whether it has come true."""
    for _ in range(PATIENCE * 20):
        if true():
            return
        threading.Event().wait(0.05)
    raise AssertionError(f"{what} has not come")


class Lost(Exception):
    """No answer came: whether the act is there, only the database knows."""


class Server:
    """`lianshen serve` on a free port. What it logs goes to a file, so that no pipe fills."""

    process: subprocess.Popen[str]

    def __init__(self, url: str, home: Path, *words: str, **more: str) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.log = home / "log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [LIANSHEN, "--database", url, "serve", "--port", "0", *words],
                env=environment(home, **{"LIANSHEN_SWEEP_SECONDS": "1", **more}),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self.process.stdout is not None
        self.said = ""
        for line in self.process.stdout:
            self.said += line
            if line.startswith("联审已启动：http://127.0.0.1:"):
                self.port = int(line.removeprefix("联审已启动：http://127.0.0.1:").split()[0])
                return
        self._gone()
        raise AssertionError(self.said + self.log.read_text("utf-8"))

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        """Whatever has become of the test, the process ends with it."""
        if self.process.poll() is None:
            self.kill()

    def kill(self) -> None:
        """As the machine would on a bad day: nothing is finished, nothing is said. The first process goes first, or it would
        start others for those that fall."""
        serving = self.serving()
        self.process.kill()
        for one in serving:
            with suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)
        self._gone()
        for one in serving:
            until(lambda one=one: not _lives(one), f"the end of process {one}")

    def serving(self) -> list[int]:
        """The processes that answer requests."""
        pid = self.process.pid
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text("utf-8").split()]

    def stop(self) -> int:
        """As an administrator would. Returns the exit code."""
        self.process.terminate()
        return self._gone()

    def _gone(self) -> int:
        code = self.process.wait(PATIENCE)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


def _lives(process: int) -> bool:
    """One that has ended and waits for its parent to hear of it lives no more."""
    try:
        return Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


class Worker:
    """`lianshen worker`, as on a machine of its own. What it says goes to a file."""

    def __init__(self, url: str, home: Path, *words: str, **more: str) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.log = home / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [LIANSHEN, "--database", url, "worker", *words],
                env=environment(home, **more),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        """Whatever has become of the test, the process ends with it."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(PATIENCE)

    def stop(self) -> int:
        """As an administrator would. Returns the exit code."""
        self.process.terminate()
        return self.process.wait(PATIENCE)


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any


def ask(port: int, token: str, method: str, path: str, body: Any = None) -> Answer:
    """One request of a program that acts for an officer. Raises Lost."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Connection": "close"}
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            with closing(connection.getresponse()) as answer:
                said = answer.read()
        except (OSError, http.client.HTTPException) as broken:
            raise Lost from broken
    return Answer(answer.status, json.loads(said) if said else None)
