"""Fixtures of the alerts room."""

from __future__ import annotations

import pytest
import structlog


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def events():
    """Log events of the test, as dictionaries."""
    with structlog.testing.capture_logs() as captured:
        yield captured


@pytest.fixture
def world(tmp_path):
    """An outbox with stories to tell, and what sends them."""
    from tests.alerts.test_dispatcher import World  # here, so that pytest has rewritten its assertions

    made = World(tmp_path)
    yield made
    made.store.close()
