# SPDX-License-Identifier: Apache-2.0 OR AGPL-3.0-or-later
"""W1 written by hand as a flow of django-viewflow: a peer's work, see __main__.py beside it.

It executes no BPMN; its open edition has neither a multi-instance task nor a called flow, so three fixed branches sign side by
side, and there is no W2. The lock is SELECT … FOR UPDATE on PostgreSQL, as its documentation recommends, and none on SQLite,
where BEGIN IMMEDIATE is one.
"""

from django.db import connection
from viewflow import this
from viewflow.workflow import flow, lock
from viewflow.workflow.models import Process


def page(request, **kwargs):
    """A task of a person is a page with viewflow. Nobody opens one here: forms come over the pipe."""


def prepare(number):
    def script(self, activation):
        activation.process.data[f"prep{number}"] = 1
        activation.process.save()

    return script


class W1(flow.Flow):
    lock_impl = lock.select_for_update_lock if connection.vendor == "postgresql" else lock.no_lock
    process_class = Process

    start = flow.StartHandle().Next(this.intake)
    intake = flow.View(page).Next(this.split)
    split = flow.Split().Next(this.prep0).Next(this.prep1).Next(this.prep2).Next(this.prep3).Next(this.prep4)
    prep0, set0 = flow.Function(this.set0).Next(this.dept0), prepare(0)
    prep1, set1 = flow.Function(this.set1).Next(this.dept1), prepare(1)
    prep2, set2 = flow.Function(this.set2).Next(this.dept2), prepare(2)
    prep3, set3 = flow.Function(this.set3).Next(this.dept3), prepare(3)
    prep4, set4 = flow.Function(this.set4).Next(this.dept4), prepare(4)
    dept0 = flow.View(page).Next(this.join)
    dept1 = flow.View(page).Next(this.join)
    dept2 = flow.View(page).Next(this.join)
    dept3 = flow.View(page).Next(this.join)
    dept4 = flow.View(page).Next(this.join)
    join = flow.Join().Next(this.signers)
    signers = flow.Split().Next(this.sign0).Next(this.sign1).Next(this.sign2)
    sign0 = flow.View(page).Next(this.signed)
    sign1 = flow.View(page).Next(this.signed)
    sign2 = flow.View(page).Next(this.signed)
    signed = flow.Join().Next(this.agreed)
    agreed = flow.If(this.is_lacking).Then(this.lacking).Else(this.decide)
    lacking = flow.View(page).Next(this.decide)
    decide = flow.View(page).Next(this.cert)
    cert = flow.View(page).Next(this.deliver)
    deliver = flow.View(page).Next(this.end)
    end = flow.End()

    def is_lacking(self, activation):
        return activation.process.data.get("prep0") == 2
