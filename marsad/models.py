"""Where the re-ranker's models are kept: a JSON file beside the database."""

from __future__ import annotations

import os
from pathlib import Path

from news.errors import ConfigError
from pipelines.tagging.linear import Linear, ReRanker, read_models, written_models


def models_file(store: str, config: Path) -> Path:
    """Beside a SQLite database; beside the configuration for PostgreSQL."""
    prefix = "sqlite:///"
    if store.startswith(prefix):
        return Path(store.removeprefix(prefix) + ".models.json")
    return config.resolve().with_suffix(".models.json")


def load_models(file: Path) -> ReRanker:
    """The models, none if there is no file. Raises ConfigError if it cannot be read."""
    try:
        return ReRanker(read_models(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return ReRanker()
    except (OSError, ValueError) as error:
        hint = "Make it anew with: marsad rules train"
        raise ConfigError([f"{file}: the re-ranker's models cannot be read: {error}"], hint=hint) from error


def save_models(file: Path, models: list[Linear]) -> None:
    """Replace the file as a whole."""
    fresh = file.with_name(file.name + ".new")
    fresh.write_text(written_models(models), encoding="utf-8")
    os.replace(fresh, file)
