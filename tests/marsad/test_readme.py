"""The documents are true: commands run, keys and commands are on their pages."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

from marsad.commands import _TREE
from marsad.config.reference import table

TOP = Path(__file__).parents[2]


def test_every_command_of_the_first_steps_does_what_it_says(tmp_path: Path) -> None:
    readme = (TOP / "README.md").read_text(encoding="utf-8")
    block = re.search(r"<!-- executed by .*?-->\n```sh\n(.*?)```", readme, re.DOTALL)
    assert block is not None
    lines = [line for line in block[1].splitlines() if line.strip()]
    assert len(lines) >= 10
    for line in lines:
        words = shlex.split(line)
        assert words[0] == "marsad"
        run = subprocess.run(
            [sys.executable, "-m", "marsad", *words[1:]],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert run.returncode == 0, f"{line}\n{run.stdout}{run.stderr}"
        assert run.stdout.strip(), line


def test_every_command_is_on_the_commands_page() -> None:
    page = (TOP / "docs" / "commands.md").read_text(encoding="utf-8")
    for name in _TREE:
        assert f"`{name}" in page, name


def test_the_configuration_page_is_made_from_the_models() -> None:
    page = (TOP / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert table() in page, "run: python -m tests.write_configuration_page"


def test_the_links_between_the_documents_lead_somewhere() -> None:
    for page in [TOP / "README.md", *(TOP / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
