"""The log, for whoever keeps the machine running: what went wrong and where, never what people wrote."""

from __future__ import annotations

import logging
from typing import TextIO

import structlog


def keep_log(out: TextIO) -> None:
    """Write the log there from now on. Tracebacks are plain: with the values of variables in them, passwords and
    applicants' data would lie in files for years."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.dev.set_exc_info,
            structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S", utc=False),
            structlog.dev.ConsoleRenderer(colors=out.isatty(), exception_formatter=structlog.dev.plain_traceback),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(out),
    )
