"""The doors of the demo hall, on either database."""

from __future__ import annotations

import pytest

from tests.api.door import Door
from tests.hall import Hall


@pytest.fixture
def door(hall: Hall) -> Door:
    return Door(hall)
