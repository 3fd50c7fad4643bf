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
