"""Writes docs/configuration.md from the models."""

from __future__ import annotations

from pathlib import Path

from marsad.config.reference import table

HEAD = """# Configuration

`marsad config init` writes an annotated example; `marsad config check` names every fault as `file:line:column: key: what`, with the closest valid
key. Durations: `30s`, `10m`, `1h30m`. `${VAR}` and `${VAR:-default}` are filled in from the environment, `$$` is a dollar; secrets may also be
given as `KEY_file: path` (not readable by others; systemd's `$CREDENTIALS_DIRECTORY` is looked at first). Made from the models; do not edit below.

"""

if __name__ == "__main__":
    Path("docs/configuration.md").write_text(HEAD + table(), encoding="utf-8")
