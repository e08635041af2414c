"""The metronome: the only file with APScheduler. It only beats; what is due is told by the database, so a beat that is
late, doubled or lost changes nothing but the moment."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime

import structlog
from apscheduler.schedulers.background import BackgroundScheduler

from ..errors import NotReady

log = structlog.get_logger()
# a beat that is left out because the one before still works is no news
logging.getLogger("apscheduler").setLevel(logging.ERROR)


class Metronome:
    """Calls `beat` every so many seconds in a thread of its own, never twice at once, until `stop`."""

    def __init__(self, beat: Callable[[], object], seconds: float) -> None:
        self._beat = beat
        self._scheduler = BackgroundScheduler(timezone=UTC)
        self._scheduler.add_job(
            self._safely, "interval", seconds=seconds, max_instances=1, coalesce=True, next_run_time=datetime.now(UTC)
        )

    def start(self) -> None:
        self._scheduler.start()

    def stop(self) -> None:
        self._scheduler.shutdown(wait=True)

    def _safely(self) -> None:
        try:
            self._beat()
        except NotReady as failed:  # the database is away or busy: a line a beat, not a traceback
            log.error("beat-failed", code=failed.code, why=str(failed))
        except Exception:  # the next beat must come whatever this one met
            log.exception("beat-failed")
