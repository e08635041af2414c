"""Health and gauges for whoever keeps the machine running. No names, no case numbers."""

from __future__ import annotations

import math

from flask import Flask, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from engine.cases import call_counts
from engine.store import demand_newest, jobs
from engine.supervision import last_round

from .here import here


def add_gauges(app: Flask) -> None:
    app.add_url_rule("/healthz", view_func=health)
    app.add_url_rule("/metrics", view_func=metrics)


def health() -> Response:
    """Answers 200 while the database can be read and its tables are ours; a process that was not stopped for an upgrade is of no use."""
    demand_newest(here().database)
    return Response("ok\n", content_type="text/plain; charset=utf-8")


def metrics() -> Response:
    now = here().now()
    with here().database.reading() as tx:
        backlog, swept, calls = jobs.backlog(tx, now), last_round(tx), call_counts(tx, now)
    registry = CollectorRegistry()
    for name, words, value in (
        ("lianshen_jobs_waiting", f"jobs that are not done, counted up to {jobs.COUNTED}", backlog.waiting),
        ("lianshen_jobs_due", f"jobs whose time has come, counted up to {jobs.COUNTED}", backlog.due),
        ("lianshen_jobs_dead", "jobs laid aside after too many failures", backlog.dead),
        (
            "lianshen_jobs_lag_seconds",
            "age of the oldest due job",
            (now - backlog.oldest_due).total_seconds() if backlog.oldest_due else 0,
        ),
        ("lianshen_calls_open", "calls of other systems that wait for an answer", calls.open),
        ("lianshen_calls_failing", "those of them that have been tried in vain", calls.failing),
        ("lianshen_calls_given_up", "calls that went to a person within a day", calls.given_up),
        (
            "lianshen_sweep_age_seconds",
            "age of the last sweep, infinite when there was none",
            (now - swept).total_seconds() if swept else math.inf,
        ),
    ):
        Gauge(name, words, registry=registry).set(value)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
