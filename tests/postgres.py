"""A private PostgreSQL cluster: the system's binaries, a unix socket, never run as root, gone afterwards."""

from __future__ import annotations

import getpass
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import psycopg


def binaries() -> Path:
    """The folder of initdb and postgres. A missing PostgreSQL is a failure, never a skip."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    if found:
        return found[-1].parent
    initdb = shutil.which("initdb")
    assert initdb, "PostgreSQL is missing: apt-get install postgresql"
    return Path(initdb).resolve().parent


def _owner() -> str | None:
    """Whom the server runs as when we are root: the server refuses to be root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise AssertionError("no user to run PostgreSQL as")


_ANEW = ("-U", "lianshen", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
_FLEETING = " fsync=off full_page_writes=off wal_level=minimal max_wal_senders=0 autovacuum=off"


@dataclass
class Cluster:
    """A running server; `url(name)` is the SQLAlchemy URL of one of its databases."""

    folder: Path
    user: str
    process: subprocess.Popen[bytes]
    keeper: psycopg.Connection[tuple[object, ...]] | None = None

    @classmethod
    def start(cls, begins_with: Path | None = None, *, durable: bool = False) -> Cluster:
        """begins_with: the data that another server has left. durable: what is committed reaches the disk, and the server keeps
        its own house, as in an office; for what is timed."""
        owner = _owner()
        folder = Path(tempfile.mkdtemp(prefix="lianshen-pg-"))
        if owner:
            shutil.chown(folder, owner)
        user = owner or getpass.getuser()
        as_owner = {"user": owner} if owner else {}
        data = folder / "data"
        settings = "listen_addresses= dynamic_shared_memory_type=mmap max_connections=200 timezone=America/New_York"
        settings += "" if durable else _FLEETING
        anew = [binaries() / "initdb", "-D", data, *_ANEW]
        if begins_with:
            subprocess.run(["cp", "-a", begins_with, data], check=True)
        else:
            subprocess.run(anew, stdout=subprocess.DEVNULL, check=True, cwd=folder, **as_owner)
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [binaries() / "postgres", "-D", data, "-k", folder, *(x for s in settings.split() for x in ("-c", s))],
                stdout=log,
                stderr=log,
                cwd=folder,
                **as_owner,
            )
        cluster = cls(folder, user, process)
        wait = [binaries() / "pg_isready", "-h", folder, "-U", "lianshen", "-q"]
        while subprocess.run(wait, check=False).returncode:
            assert process.poll() is None, (folder / "log").read_text()
        return cluster

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://lianshen@/{database}?host={self.folder}"

    def sql(self, statement: str) -> None:
        command = [binaries() / "psql", "-h", self.folder, "-U", "lianshen", "-d", "postgres", "-qXc", statement]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    def copy(self, template: str, name: str) -> None:
        """A new database, file by file: a template is small, and through the log it would be written twice."""
        from_15 = self._keeper().info.server_version >= 150_000  # before, there was no other way and no word for it
        self._asked(f"CREATE DATABASE {name} TEMPLATE {template}" + " STRATEGY FILE_COPY" * from_15)

    def drop(self, name: str) -> None:
        """With whatever is still connected: a killed server's connections may outlive it for a moment."""
        self._asked(f"DROP DATABASE {name} WITH (FORCE)")

    def _asked(self, statement: str) -> None:
        self._keeper().execute(statement)  # type: ignore[call-overload]

    def _keeper(self) -> psycopg.Connection[tuple[object, ...]]:
        if self.keeper is None:
            self.keeper = psycopg.connect(self.url("postgres").replace("+psycopg", ""), autocommit=True)
        return self.keeper

    def restore(self, dump: Path, name: str) -> str:
        """What pg_dump wrote, as a new database; its URL."""
        self.sql(f"CREATE DATABASE {name}")
        address = self.url(name).replace("+psycopg", "")
        subprocess.run([binaries() / "pg_restore", "--no-owner", "--dbname", address, dump], check=True)
        return self.url(name)

    def leave(self, data: Path) -> None:
        """Stop in good order, and leave the data for others to begin with."""
        self._ended(signal.SIGINT)
        shutil.move(self.folder / "data", data)
        shutil.rmtree(self.folder)

    def stop(self) -> None:
        """At once and without a last checkpoint: nobody will ever open the databases of a run again."""
        self._ended(signal.SIGQUIT)
        shutil.rmtree(self.folder)

    def _ended(self, how: signal.Signals) -> None:
        if self.keeper is not None:
            self.keeper.close()
        self.process.send_signal(how)
        self.process.wait(30)
