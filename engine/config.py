"""Settings: read once from the environment at the door and handed down; no other room reads the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """Where the product keeps its things and how often it looks.

    `database` is an SQLAlchemy URL (sqlite:///… or postgresql+psycopg://…), `sweep_seconds` the pause between two
    rounds of the sweep, `lock_seconds` how long an act waits for the database before it answers not-ready, `secret` the key
    that signs the forms of pages; empty: one is made and kept in `home`.
    """

    home: Path
    database: str
    host: str = "127.0.0.1"
    port: int = 8765
    sweep_seconds: float = 5.0
    lock_seconds: float = 5.0
    secret: str = ""

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Settings:
        home = Path(environ.get("LIANSHEN_HOME", "var")).resolve()
        return cls(
            home=home,
            database=environ.get("LIANSHEN_DATABASE", f"sqlite:///{home / 'lianshen.db'}"),
            host=environ.get("LIANSHEN_HOST", cls.host),
            port=int(environ.get("LIANSHEN_PORT", cls.port)),
            sweep_seconds=float(environ.get("LIANSHEN_SWEEP_SECONDS", cls.sweep_seconds)),
            lock_seconds=float(environ.get("LIANSHEN_LOCK_SECONDS", cls.lock_seconds)),
            secret=environ.get("LIANSHEN_SECRET", cls.secret),
        )
