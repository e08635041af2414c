"""The second adapter of the job port: Procrastinate's workers bring the jobs. PostgreSQL only; the only file that knows it.

What is brought is a turn: whoever gets it works off the line of one case, or what has no case, as the table has it at that
moment. The order, the moment, the tries, the end stand in our own row alone, and it is our clock that says what is due.
Procrastinate gives what a table that is looked at cannot: a worker that is awake at once, and a sign of life of each.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from typing import Any

import structlog
from sqlalchemy.engine import URL

from . import jobs
from .database import Database
from .served import awake

log = structlog.get_logger()
# how a turn ended is told by our own rows and our own log
logging.getLogger("procrastinate").setLevel(logging.CRITICAL)


@dataclass(frozen=True)
class Crew:
    """These kinds of jobs, so many at once in this process."""

    duties: jobs.Duties
    hands: int


class Carriers:
    """The workers of this process, in a thread of their own until `stop`. A database that is away is asked again.

    sign: seconds between two signs of life; whoever has given none for three of them is dead, and his turn is given to another.
    """

    def __init__(
        self, database: Database, crews: Sequence[Crew], now: Callable[[], datetime], *, sign: float = 10.0
    ) -> None:
        self._database, self._crews, self._now, self._sign = database, crews, now, sign
        self._ending = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._working: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._until_stopped, name="carriers")

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """What is in hand is finished; nothing else is begun."""
        self._ending.set()
        if self._loop is not None and self._working is not None:
            self._loop.call_soon_threadsafe(self._working.cancel)
        self._thread.join()

    def drain(self) -> None:
        """Until nothing is brought any more; the caller waits."""
        with ThreadPoolExecutor(1) as own:  # whoever calls may be inside a loop of his own
            own.submit(asyncio.run, self._work(wait=False)).result()

    # ---- the workers
    def _until_stopped(self) -> None:
        while not self._ending.is_set():
            try:
                asyncio.run(self._awake())
            except asyncio.CancelledError:
                return
            except Exception as failed:  # the database is away: a line a time, not a traceback
                log.error("carriers-failed", why=type(failed).__name__)
                self._ending.wait(self._sign)

    async def _awake(self) -> None:
        self._loop, self._working = asyncio.get_running_loop(), asyncio.current_task()
        if not self._ending.is_set():
            await self._work(wait=True)

    async def _work(self, *, wait: bool) -> None:
        async with asyncio.TaskGroup() as together:
            for crew in self._crews:
                together.create_task(self._crew(crew, wait=wait))

    async def _crew(self, crew: Crew, *, wait: bool) -> None:
        import procrastinate  # takes a quarter of a second, which nobody pays whose jobs are not brought

        url = self._database.engine.url
        connector = procrastinate.PsycopgConnector(
            conninfo=address(url), kwargs=awake(url), min_size=1, max_size=crew.hands + 2
        )
        app = procrastinate.App(connector=connector)
        app.task(name=jobs.TASK)(self._turn(crew))
        async with app.open_async():
            watching = asyncio.create_task(self._give_back(app)) if wait else None
            try:
                await app.run_worker_async(
                    queues=sorted(crew.duties),
                    concurrency=crew.hands,
                    wait=wait,
                    listen_notify=wait,
                    fetch_job_polling_interval=self._sign / 2,  # a turn that is given back wakes nobody
                    delete_jobs="always",  # the row tells how it ended
                    install_signal_handlers=False,
                    update_heartbeat_interval=self._sign,
                    stalled_worker_timeout=3 * self._sign,
                )
            finally:
                if watching is not None:
                    watching.cancel()

    def _turn(self, crew: Crew) -> Callable[[int | None], None]:
        def turn(case_id: int | None) -> None:
            jobs.drain(
                self._database,
                crew.duties,
                self._now,
                only=crew.duties.keys(),
                of=jobs.Line(case_id),
                go_on=lambda: not self._ending.is_set(),
            )

        return turn

    async def _give_back(self, app: Any) -> None:
        """What a dead worker had in hand is brought to another one. Procrastinate itself only forgets the worker."""
        while True:
            for lost in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=3 * self._sign):
                await app.job_manager.retry_job(lost)
            await asyncio.sleep(self._sign)


def address(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def schema() -> str:
    """The tables of Procrastinate as the pinned release has them."""
    return (resources.files("procrastinate.sql") / "schema.sql").read_text("utf-8")
