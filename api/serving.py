"""The web server: gunicorn, some processes with some threads each on one address; how many, the settings say.

The first process opens nothing but the address. Each serving process is forked from it, opens the database for itself, turns the
lamps and does the jobs beside its requests, and answers for nobody else: whatever processes and machines must agree about lies
in the database. On SQLite one process serves: its threads share a commit, and two processes would wait for each other.
"""

from __future__ import annotations

import gc
import logging
import os
import select
import socket
import struct
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, ExitStack
from typing import Any

import click
import structlog
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from gunicorn.workers.gthread import TConn, ThreadWorker
from werkzeug.middleware.proxy_fix import ProxyFix

from engine.config import Settings
from engine.store import Database

from .app import create_app, set_aside
from .operations import AddressNotFree, OneProcessOnly

log = structlog.get_logger()
Wsgi = Callable[[Any, Any], Iterable[bytes]]
Duties = Callable[[Settings, Database], AbstractContextManager[None]]

SILENCE = 30
"""Seconds after which a client that says nothing in the middle of a request, or takes nothing of its answer, is left: he holds a
thread."""
KEPT_OPEN = 75
"""Seconds for which a connection without a request stays open. It holds no thread; a proxy keeps its own for a minute."""
LAST_WORDS = 70
"""Seconds that a process gets to finish what it has begun: longer than another system may take to answer."""
LINGERS = 0.01
"""Seconds for which a thread that has answered listens whether its connection goes on at once, as pages and programs do."""
HANGS = 120
"""Seconds without a sign of life after which a process is replaced. A long request is no reason: its thread is another one."""


def demand_servable(settings: Settings) -> None:
    """Before anything is opened. Raises OneProcessOnly."""
    if settings.workers > 1 and settings.database.startswith("sqlite"):
        raise OneProcessOnly(workers=settings.workers)


def serve(settings: Settings, duties: Duties) -> None:
    """Serve until told to end; comes back by SystemExit. What runs then is finished or rolled back, nothing is torn off.
    duties: what each process does beside its requests. Raises AddressNotFree."""
    address = _taken(settings.host, settings.port)
    host, port = address.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    _Serving(settings, duties, address.detach(), f"http://{shown}:{port}").run()


def _taken(host: str, port: int) -> socket.socket:
    """The address, ours from now on; all processes take their connections from it."""
    try:
        kind = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        address = socket.create_server(kind[4][:2], family=kind[0], backlog=1024)
    except (OSError, ValueError, OverflowError) as refused:
        raise AddressNotFree(host=host, port=port, why=getattr(refused, "strerror", None) or refused) from refused
    # the kernel hands both on to every connection that comes by this address
    for way in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
        address.setsockopt(socket.SOL_SOCKET, way, struct.pack("ll", SILENCE, 0))
    return address


class _Serving(BaseApplication):  # type: ignore[misc]
    """What gunicorn asks us: how to serve, and in each new process for the application."""

    def __init__(self, settings: Settings, duties: Duties, address: int, told: str) -> None:
        self._settings, self._duties, self._address, self._told = settings, duties, address, told
        self._open = ExitStack()
        super().__init__()

    def load_config(self) -> None:
        chosen = {
            "bind": f"fd://{self._address}",
            "worker_class": Listening,
            "workers": self._settings.workers,
            "threads": self._settings.threads,
            "keepalive": KEPT_OPEN,
            "timeout": HANGS,
            "graceful_timeout": LAST_WORDS,
            "limit_request_line": 8190,
            "proc_name": "lianshen",
            "logger_class": Log,
            "control_socket_disable": True,
            # whom we believe is our own affair (`behind`): by itself gunicorn would believe everybody on this machine
            "forwarded_allow_ips": "",
            "secure_scheme_headers": {},
            "when_ready": lambda _: self._tell(),
            "post_worker_init": lambda _: set_aside(),
            "worker_exit": lambda _, __: self._open.close(),
        }
        if os.access("/dev/shm", os.W_OK):  # signs of life must not wait for a disk
            chosen["worker_tmp_dir"] = "/dev/shm"
        for name, value in chosen.items():
            self.cfg.set(name, value)
        gc.freeze()  # what is loaded stays where it is: the processes share its pages

    def load(self) -> Wsgi:
        """In the new process."""
        database = Database.open(self._settings.database, lock_seconds=self._settings.lock_seconds)
        self._open.callback(database.close)
        app = create_app(self._settings, database)
        self._open.enter_context(self._duties(self._settings, database))
        return behind(whole(app), self._settings.trusted_proxy)

    def _tell(self) -> None:
        click.echo(f"联审已启动：{self._told}  （接口文档 /api/openapi.json，Ctrl-C 停止）")
        sys.stdout.flush()


class Listening(ThreadWorker):  # type: ignore[misc]
    """A connection without a request lies with the main thread, which hands the next one to a thread: two threads are woken for each
    request, and a third time for the way back. So whoever has answered listens for a moment himself. At most half of the threads
    do: the others are there for whoever else comes."""

    def init_process(self) -> None:
        self._places = threading.BoundedSemaphore(max(1, self.cfg.threads // 2))
        # in this process no setting changes any more, and each request reads two dozen: they lie at hand, or every one would be
        # missed first and then asked of an object of its own
        self.cfg.__dict__.update((name, setting.get()) for name, setting in self.cfg.settings.items())
        super().init_process()

    def handle(self, conn: TConn) -> Any:
        kept = super().handle(conn)
        while kept is True and self.alive and self._goes_on(conn):
            kept = super().handle(conn)
        return kept

    def _goes_on(self, conn: TConn) -> bool:
        if self.cfg.threads == 1 or not self._places.acquire(blocking=False):
            return False
        try:
            line = select.poll()
            line.register(conn.sock, select.POLLIN)
            return bool(line.poll(LINGERS * 1000))
        finally:
            self._places.release()


# ---------------------------------------------------------------- whose word counts
def behind(app: Wsgi, proxy: str) -> Wsgi:
    """Believe the reverse proxy at this address, and nobody else, who asks and whether by TLS: without it everybody would be the
    proxy, and share its limits. What others tell of that is taken off before anybody could read it."""
    believing = ProxyFix(app, x_for=1, x_proto=1)

    def told(environ: dict[str, Any], begin: Any) -> Iterable[bytes]:
        if proxy and environ["REMOTE_ADDR"] == proxy:
            return believing(environ, begin)
        for name in [one for one in environ if one.startswith("HTTP_X_FORWARDED_") or one == "HTTP_FORWARDED"]:
            del environ[name]
        return app(environ, begin)

    return told


def whole(app: Wsgi) -> Wsgi:
    """A form whose end does not come, because the line broke, is refused: gunicorn hands on what came, and would have it taken for
    all there was."""

    def told(environ: dict[str, Any], begin: Any) -> Iterable[bytes]:
        if (
            "CONTENT_LENGTH" in environ
        ):  # then Werkzeug counts; where there is none, gunicorn sees the last chunk missing
            environ.pop("wsgi.input_terminated", None)
        return app(environ, begin)

    return told


# ---------------------------------------------------------------- what it says
class Log(Logger):  # type: ignore[misc]
    """What goes wrong in the web server goes into our log; who asked what does not: that is the proxy's to write down."""

    def setup(self, cfg: Any) -> None:
        self.cfg, self.loglevel = cfg, logging.ERROR
        self._access_log_enabled = False
        self.error_log.handlers = [_Passed()]
        self.error_log.setLevel(logging.ERROR)


class _Passed(logging.Handler):
    """Without what people wrote: a line that was not understood may be part of an application."""

    def emit(self, record: logging.LogRecord) -> None:
        given = record.args if isinstance(record.args, tuple) else ()
        said = record.getMessage() if all(isinstance(one, int) for one in given) else str(record.msg)
        log.error("web-server", said=said, exc_info=record.exc_info)
