"""The daemon as a process that is watched: healthcheck, metrics, systemd, a reload that moves the server."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

STEP = 120.0


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def until(condition: Callable[[], bool], what: str) -> None:
    limit = time.monotonic() + STEP
    while not condition():
        assert time.monotonic() < limit, what
        time.sleep(0.05)


class Systemd:
    """The other end of NOTIFY_SOCKET."""

    def __init__(self, folder: Path) -> None:
        self.address = str(folder / "notify")
        self.said: list[str] = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.address)
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        while (word := self._socket.recv(4096).decode()) != "end":
            self.said.append(word)

    def close(self) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
            out.sendto(b"end", self.address)
        self._thread.join(5)
        self._socket.close()


def marsad(folder: Path, *arguments: str, **variables: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "marsad", "-c", str(folder / "config.yaml"), *arguments]
    return subprocess.Popen(
        command,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, **variables},
    )


def check(folder: Path) -> tuple[int, str]:
    process = marsad(folder, "healthcheck")
    out, _ = process.communicate(timeout=STEP)
    return process.returncode, out


@pytest.mark.slow
def test_the_daemon_is_known_to_live_and_its_server_moves_with_a_reload(tmp_path: Path) -> None:
    ports = (free_port(), free_port())

    def configure(port: int) -> None:
        content = {
            "store": "sqlite:///m.db", "crawl": {"reading_workers": 0}, "console": {"listen": f"127.0.0.1:{port}"},
            "log": {"format": "json"},
        }  # fmt: skip
        (tmp_path / "config.yaml").write_text(yaml.safe_dump(content))

    configure(ports[0])
    code, words = check(tmp_path)
    assert (code, "is the daemon running?" in words) == (1, True)
    systemd = Systemd(tmp_path)
    daemon = marsad(tmp_path, "run", NOTIFY_SOCKET=systemd.address)
    try:
        until(lambda: "READY=1" in systemd.said, "READY=1")
        until(lambda: systemd.said.count("WATCHDOG=1") >= 3, "the watchdog is fed by the tick")
        assert check(tmp_path)[0] == 0
        with urllib.request.urlopen(f"http://127.0.0.1:{ports[0]}/metrics", timeout=5) as answer:
            assert "\nmarsad_ready 1\n" in answer.read().decode()
        configure(ports[1])
        daemon.send_signal(signal.SIGHUP)
        until(lambda: check(tmp_path)[0] == 0, "answers at the new port")
        with socket.socket() as old:
            assert old.connect_ex(("127.0.0.1", ports[0])) != 0, "and no longer at the old one"
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(20) == 0
        assert "STOPPING=1" in systemd.said
        assert "WATCHDOG=1" not in systemd.said[systemd.said.index("STOPPING=1") :]
    finally:
        if daemon.poll() is None:
            daemon.kill()
        daemon.communicate(timeout=10)
        systemd.close()


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze on this machine")
def test_the_unit_of_the_docs_verifies_and_is_hardened(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs/deploy.md").read_text(encoding="utf-8")
    unit = tmp_path / "marsad.service"
    unit.write_text(
        text.partition("```ini\n")[2].partition("```")[0].replace("/opt/marsad/.venv/bin/marsad", "/bin/true")
    )

    def said(*arguments: str) -> str:
        run = subprocess.run(["systemd-analyze", *arguments, str(unit)], capture_output=True, text=True, check=False)
        return run.stdout + run.stderr

    assert said("verify").strip() == ""
    level = re.search(r"exposure level for marsad.service: ([0-9.]+)", said("security", "--offline=true"))
    assert level
    assert float(level[1]) <= 2.0
