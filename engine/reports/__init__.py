"""What people look at: worklists, and why a case waits and for whom. Reads only. See README.md."""

from .holding import Holding, holdings
from .versions import cases_by_version
from .waiting import Waiting, waiting

__all__ = ["Holding", "Waiting", "cases_by_version", "holdings", "waiting"]
