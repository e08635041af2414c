"""Settings: read once from the environment at the door and handed down; no other room reads the environment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from .errors import Fault, NotValid

PREFIX = "LIANSHEN_"


class SettingsNotUnderstood(NotValid):
    """A variable of the environment that we cannot keep to: refused before anything is opened."""

    code = "settings-not-understood"
    sentence = "环境变量有 {count} 处不对。"
    remedy = "改正后重新运行；全部环境变量见运行手册。"


@dataclass(frozen=True)
class Settings:
    """Where the product keeps its things and how often it looks. Each one is the variable LIANSHEN_ and its name.

    `database` is an SQLAlchemy URL (sqlite:///… or postgresql+psycopg://…), `sweep_seconds` the pause between two
    rounds of the sweep, `lock_seconds` how long an act waits for the database before it answers not-ready,
    `secret` the key that signs the forms of pages; empty: one is made and kept in `home`. `trusted_proxy` the address of the
    reverse proxy whose word on the asker's address and on TLS is believed; empty: nobody's. `jobs`: by what jobs come to the
    workers, "table" or "procrastinate". `watch`: who sweeps and does jobs, "serve" (whoever serves, and every worker) or
    "worker" (workers alone). `workers` processes of `threads` threads each answer requests. `demo`: the start
    page offers the accounts of the demo hall to whoever comes; never for a real one, and never by the environment.
    """

    home: Path
    database: str
    host: str = "127.0.0.1"
    port: int = 8765
    sweep_seconds: float = 5.0
    lock_seconds: float = 5.0
    secret: str = ""
    trusted_proxy: str = ""
    workers: int = 1
    threads: int = 16
    jobs: str = "table"
    watch: str = "serve"
    demo: bool = False

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Settings:
        """A variable that is empty counts as not set. Raises SettingsNotUnderstood with every fault."""
        given = {name.removeprefix(PREFIX): text for name, text in environ.items() if name.startswith(PREFIX) and text}
        read: dict[str, Any] = {}
        faults = []
        for name, text in sorted(given.items()):
            reader = _READERS.get(name.lower())
            if reader is None:
                known = "、".join(PREFIX + one.upper() for one in _READERS)
                faults.append(Fault(PREFIX + name, "没有这个环境变量，写了也不会生效", f"可用的：{known}。"))
                continue
            try:
                read[name.lower()] = reader(text)
            except ValueError:
                told = "太短" if reader is _secret else f"“{text}”不对"
                faults.append(Fault(PREFIX + name, told, _REMEDIES[reader]))
        if faults:
            raise SettingsNotUnderstood(faults=faults, count=len(faults))
        home = read.setdefault("home", Path("var").resolve())
        return cls(**{"database": f"sqlite:///{home / 'lianshen.db'}", **read})


def _path(text: str) -> Path:
    return Path(text).resolve()


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise ValueError(text)
    return port


def _hands(text: str) -> int:
    hands = int(text)
    if not 1 <= hands <= 64:
        raise ValueError(text)
    return hands


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0.01 <= seconds <= 3600:
        raise ValueError(text)
    return seconds


def _secret(text: str) -> str:
    if len(text) < 32:
        raise ValueError("too short")
    return text


def _machine(text: str) -> str:
    return str(ip_address(text))


def _carrier(text: str) -> str:
    return _one_of(text, "table", "procrastinate")


def _watcher(text: str) -> str:
    return _one_of(text, "serve", "worker")


def _one_of(text: str, *words: str) -> str:
    if text not in words:
        raise ValueError(text)
    return text


_READERS: Mapping[str, Callable[[str], object]] = {
    "home": _path,
    "database": str,
    "host": str,
    "port": _port,
    "sweep_seconds": _seconds,
    "lock_seconds": _seconds,
    "secret": _secret,
    "trusted_proxy": _machine,
    "workers": _hands,
    "threads": _hands,
    "jobs": _carrier,
    "watch": _watcher,
}
_REMEDIES: Mapping[Callable[[str], object], str] = {
    _port: "写 0 到 65535 的整数。",
    _hands: "写 1 到 64 的整数。",
    _seconds: "写秒数，0.01 到 3600。",
    _machine: "写一个 IP 地址，如 127.0.0.1。",
    _carrier: "写 table 或 procrastinate。",
    _watcher: "写 serve 或 worker。",
    _secret: "写至少 32 个字符的随机文字，各台机器相同。",
}
