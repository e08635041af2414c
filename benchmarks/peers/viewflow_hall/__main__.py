# SPDX-License-Identifier: Apache-2.0 OR AGPL-3.0-or-later
"""django-viewflow behind the line protocol of `benchmarks/peer.py`: W1 written by hand as one of its flows.

django-viewflow is AGPL-3.0. The two files of this folder alone touch it, by the names it publishes and with nothing copied
from it; they are run only as a peer, in a process and an environment of their own, and nothing of the product imports them or
needs them (docs/benchmarks.md says why they may lie here).

A completion is what its own task view does: the flow's lock and one transaction around loading the task, starting and executing
it; the form is kept in the task's data. Started with the address of a database.
"""

import json
import sys
import time
from urllib.parse import parse_qs, urlsplit

import django
from django.conf import settings


def database(url):
    """Django's settings for the address: as durable as the other side, and a connection that is kept."""
    if url.startswith("sqlite:///"):
        pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL"
        options = {"transaction_mode": "IMMEDIATE", "init_command": pragmas}
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": url.removeprefix("sqlite:///"), "OPTIONS": options}
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.strip("/"),
        "USER": parts.username,
        "HOST": parse_qs(parts.query)["host"][0],
        "CONN_MAX_AGE": None,
    }


settings.configure(
    DATABASES={"default": database(sys.argv[1])},
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "viewflow",
        "viewflow.workflow",
        "viewflow_hall",
    ],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    SECRET_KEY="only-for-this-run",
    USE_TZ=True,
)
django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import transaction  # noqa: E402
from viewflow.workflow.models import Task  # noqa: E402
from viewflow.workflow.status import STATUS  # noqa: E402
from viewflow_hall.flows import W1  # noqa: E402


class Hall:
    """One case after another; choosing and assigning a task are outside the clock."""

    def __init__(self):
        call_command("migrate", verbosity=0)
        self.officer = User.objects.create(username="zhao")
        self.process = None

    def begin(self):
        with transaction.atomic():
            self.process = W1.start.run()

    def assigned(self):
        with W1.lock(self.process.pk), transaction.atomic():
            task = (
                Task.objects.filter(process=self.process, flow_task_type="HUMAN", status=STATUS.NEW)
                .order_by("pk")
                .first()
            )
            if task is not None:
                task.flow_task.activation_class(task).assign(self.officer)
        return task

    def complete(self, task_pk, form):
        with W1.lock(self.process.pk), transaction.atomic():
            task = Task.objects.get(pk=task_pk)
            activation = task.flow_task.activation_class(task)
            activation.start(None)
            activation.task.data = form
            activation.execute()


def main():
    hall = Hall()
    for line in sys.stdin:
        told = json.loads(line)
        if "begin" in told:
            hall.begin()
            answer = {"begun": told["begin"]}
        elif (task := hall.assigned()) is None:
            answer = {"over": True}
        else:
            began = time.perf_counter()
            hall.complete(task.pk, told["complete"])
            answer = {"ms": (time.perf_counter() - began) * 1000, "counts": task.flow_task.name != "deliver"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
