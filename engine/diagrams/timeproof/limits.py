"""One limit beside another, whatever is drawn: on which start day the one ends latest behind the other."""

from __future__ import annotations

from datetime import date
from operator import sub

from ...clock import CountedFrom, Limit, OfficeTime
from .days import days_of


def latest_behind(promised: Limit, statutory: Limit, time: OfficeTime) -> tuple[date, int] | None:
    """The first start day of the known calendar on which the promise ends most days after the statute, and how many calendar days.

    None where it never does. A statute from receipt is met by a promise from acceptance as if both were one day: the applicant's
    best case. A promise from receipt is not compared with a statute from acceptance: it began earlier.
    """
    if promised.counted_from is not statutory.counted_from and promised.counted_from is not CountedFrom.ACCEPTED:
        return None
    if promised.span.unit is statutory.span.unit and promised.span.n <= statutory.span.n:
        return None  # no day on which the shorter of one unit ends later
    days = days_of(time)
    promise, statute = (days.after((limit.span,)) for limit in (promised, statutory))
    known = [place for place in days.known if promise[place] < days.beyond and statute[place] < days.beyond]
    late = list(map(sub, (promise[place] for place in known), (statute[place] for place in known)))
    most = max(late, default=0)
    return (days.day(known[late.index(most)]), most) if most > 0 else None
