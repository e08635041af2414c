"""What the peers need, from the public registries into .peers: pinned and hashed, never part of the product.

django-viewflow gets a virtual environment of its own, bpmn-engine a node_modules; no script of a package is run. Both are made
once and again when their lock file changes. Without network a peer is not there, and the run says so.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
PEERS = ROOT / "benchmarks/peers"
BUILT = ROOT / ".peers"


class NotInstalled(Exception):
    """What the package manager said."""


def viewflow_python() -> Path:
    """The Python that has django-viewflow."""
    lock = PEERS / "viewflow_hall/requirements.lock"
    folder = BUILT / "viewflow"

    def install() -> None:
        _run([sys.executable, "-m", "venv", "--clear", folder])
        pip = [folder / "bin/python", "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        _run([*pip, "--only-binary", ":all:", "--require-hashes", "-r", lock])

    _once(folder, [lock], install)
    return folder / "bin/python"


def node_modules() -> tuple[Path, Path]:
    """The folder with bpmn-engine and the peer's script beside it, and the Node of the product's environment."""
    sources = [PEERS / "bpmn_engine" / name for name in ("package.json", "package-lock.json", "peer.mjs")]
    folder, tools = BUILT / "bpmn_engine", Path(sys.executable).parent

    def install() -> None:
        for source in sources:
            shutil.copy(source, folder)
        more = {"PATH": f"{tools}:{os.environ['PATH']}", "IBM_TELEMETRY_DISABLED": "true"}
        _run([tools / "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], folder, more)

    _once(folder, sources, install)
    return folder, tools / "node"


def _once(folder: Path, sources: Sequence[Path], install: Callable[[], None]) -> None:
    """Made of these sources and lying where it was made, else made anew."""
    content = b"".join(source.read_bytes() for source in sources) + str(folder).encode() + sys.version.encode()
    wanted, stamp = hashlib.sha256(content).hexdigest(), folder / "stamp"
    if stamp.exists() and stamp.read_text("utf-8") == wanted:
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    install()
    stamp.write_text(wanted, "utf-8")


def _run(command: Sequence[str | Path], folder: Path = ROOT, more: dict[str, str] | None = None) -> None:
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **(more or {})}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise NotInstalled(f"{' '.join(map(str, command))}\n{done.stdout[-1000:]}{done.stderr[-2000:]}")
