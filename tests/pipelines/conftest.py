"""What tests of the pipelines are given."""

from __future__ import annotations

import pytest

from storage import Store
from tests.pipelines.desk import Desk


@pytest.fixture
def desk(sqlite_store: Store) -> Desk:
    return Desk(sqlite_store)
