"""What systemd is told before the daemon is ready."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from marsad.systemd import starting


def test_a_start_that_takes_long_asks_for_patience(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(10)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        with starting(every=0.05):
            assert systemd.recv(100) == b"EXTEND_TIMEOUT_USEC=150000"
