"""Where a benchmark runs: an SQLite file and a private PostgreSQL on a real disk, both as durable as in an office.

SQLite: WAL, synchronous=FULL. PostgreSQL: its own settings (fsync, full_page_writes and synchronous_commit on, autovacuum on),
asked over a unix socket. A folder in memory would make a commit cost nothing; then /var/tmp is taken.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.postgres import Cluster

IN_MEMORY = ("tmpfs", "ramfs")


@dataclass(frozen=True)
class Place:
    """One of the two databases; `url(name)` is a new, empty database in it."""

    db: str
    folder: Path
    cluster: Cluster | None = None

    def url(self, name: str) -> str:
        if self.cluster is None:
            return f"sqlite:///{self.folder / name}.db"
        self.cluster.sql(f"CREATE DATABASE {name}")
        return self.cluster.url(name)


@contextmanager
def places() -> Iterator[list[Place]]:
    """Both, gone afterwards."""
    on_disk()
    with tempfile.TemporaryDirectory(prefix="lianshen-bench-") as folder:
        cluster = Cluster.start(durable=True)
        try:
            yield [Place("sqlite", Path(folder)), Place("postgresql", Path(folder), cluster)]
        finally:
            cluster.stop()


def on_disk() -> None:
    """Temporary files of this process and its children go to a disk."""
    if kind_of(Path(tempfile.gettempdir())) in IN_MEMORY:
        tempfile.tempdir = "/var/tmp"


def kind_of(folder: Path) -> str:
    """The kind of file system: ext2/ext3, xfs, tmpfs."""
    return subprocess.run(["stat", "-f", "-c", "%T", folder], capture_output=True, text=True, check=True).stdout.strip()
