"""Secrets from files: `KEY_file: path` stands for `KEY:` with the file's content."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from marsad.config.yaml_places import Document, KeyPath, dotted, why_unread

SECRET_KEYS = frozenset(
    {"store", "url", "webhook_url", "bot_token", "secret", "secrets", "password", "username", "previous_secret"}
)
"""Keys that may be given as `KEY_file`."""


def resolve_files(document: Document, base: Path, environment: Mapping[str, str]) -> None:
    """Replace every `KEY_file` by `KEY` with the file's content, in place.

    A relative path is looked up in systemd's `$CREDENTIALS_DIRECTORY` first, then beside the
    configuration file. Faults are added to the document; a file that others may read is one.
    """
    document.values = _resolve(document.values, (), document, base, environment)


def _resolve(value: Any, path: KeyPath, document: Document, base: Path, environment: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_resolve(v, (*path, i), document, base, environment) for i, v in enumerate(value)]
    if not isinstance(value, dict):
        return value
    result: dict[str, Any] = {}
    for key, item in value.items():
        target = key.removesuffix("_file")
        if not (key.endswith("_file") and target in SECRET_KEYS):
            result[key] = _resolve(item, (*path, key), document, base, environment)
            continue
        here = (*path, key)
        if target in value:
            document.faults.append(
                f"{document.place(here, key=True)}: {dotted(here)}: give {target!r} or {key!r}, not both"
            )
            continue
        document.places[(*path, target)] = document.places[here]
        result[target] = _read(str(item), here, document, base, environment)
    return result


def _read(name: str, path: KeyPath, document: Document, base: Path, environment: Mapping[str, str]) -> str:
    file = _locate(Path(name).expanduser(), base, environment)
    where = f"{document.place(path)}: {dotted(path)}"
    try:
        mode = file.stat().st_mode
        content = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        _unknown(document, path, f"{where}: cannot read the secret file {file}: {why_unread(error)}")
        return ""
    if os.name == "posix" and mode & stat.S_IROTH:
        document.faults.append(f"{where}: everyone can read {file}; run: chmod 600 {file}")
    if not content:
        _unknown(document, path, f"{where}: the secret file {file} is empty")
    return content


def _unknown(document: Document, path: KeyPath, fault: str) -> None:
    """What `KEY_file` stands for could not be had."""
    document.unknown.add((*path[:-1], str(path[-1]).removesuffix("_file")))
    document.faults.append(fault)


def _locate(file: Path, base: Path, environment: Mapping[str, str]) -> Path:
    if file.is_absolute():
        return file
    credentials = environment.get("CREDENTIALS_DIRECTORY")
    if credentials and (Path(credentials) / file).exists():
        return Path(credentials) / file
    return base / file
