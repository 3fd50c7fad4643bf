"""The base of every section of the configuration."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """Unknown keys are errors, everywhere."""

    model_config = ConfigDict(extra="forbid", frozen=True)
