"""The configuration file -> validated Config, or ConfigError with every fault and its place."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ValidationError

from alerts.channels import kinds
from marsad.config.faults import faults_of
from marsad.config.lexicons import read_lexicons
from marsad.config.model import Settings
from marsad.config.nouns import addressed_routes, cross_faults, policy_of, sources_of
from marsad.config.rules import read_rules
from marsad.config.secrets import resolve_files
from marsad.config.telling import MannerSection, WeightSection, split
from marsad.config.yaml_places import Document, dotted, read_document
from news.alert import Policy, Route
from news.counting import counted
from news.errors import ConfigError, suggestion
from news.outlet import Source
from news.rule import Rule
from pipelines.tagging.lexicon import Entry

VARIABLE = "MARSAD_CONFIG"

Checked = Literal["shape", "words", "examples"]
"""How far rules are gone into: keys and values; conditions and word lists too; and whether their examples come out.
Who only looks at what is stored needs the first alone, and is not refused an answer for a word in a rule: the lists
are 17,000 words long, and reading them takes a third of such a command."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """One entry of `receivers`: its kind of channel and that kind's settings."""

    name: str
    kind: str
    settings: BaseModel
    manner: MannerSection = MannerSection()

    @property
    def most_waiting(self) -> int:
        """Messages that may wait before more are folded, as the channel has it."""
        return kinds()[self.kind].most_waiting


@dataclass(frozen=True, kw_only=True)
class Config:
    """A valid configuration, as nouns. `store` is an absolute database URL and a secret."""

    file: Path
    settings: Settings
    store: str
    sources: tuple[Source, ...]
    rules: tuple[Rule, ...]
    words: Callable[[], Mapping[str, Entry]]
    receivers: Mapping[str, Receiver]
    routes: tuple[Route, ...]
    policy: Policy
    document: Document

    @cached_property
    def lexicons(self) -> Mapping[str, Entry]:
        """The word lists; read now if rules were checked by their shape alone. Raises ConfigError."""
        return self.words()

    def source_ids(self, name: str) -> list[str]:
        """Ids of the sources called `name`, or of all sources of the outlet called so."""
        return [s.id for s in self.sources if name in (s.id, s.outlet.id)]


def config_file(named: str | None = None, environment: Mapping[str, str] = os.environ) -> Path:
    """The file to use: named, `$MARSAD_CONFIG`, `./config.yaml`, the user's, the machine's."""
    if named or environment.get(VARIABLE):
        return Path(named or environment[VARIABLE])
    home = Path(environment.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    candidates = (Path("config.yaml"), home / "marsad" / "config.yaml")
    for candidate in (*candidates, Path("/etc/marsad/config.yaml")):
        if candidate.exists():
            return candidate
    return candidates[0]


def load(file: Path, environment: Mapping[str, str] = os.environ, *, rules: Checked = "examples") -> Config:
    """Read, validate and cross-check a file, its rules as far as is asked for.

    Raises ConfigError listing every fault found, not only the first.
    """
    document, settings = _read(file, environment)
    faults = list(document.faults)
    receivers = _receivers(settings, document, faults)
    base = file.resolve().parent
    read = partial(read_lexicons, settings.lexicons, document, base, environment)
    lexicons = None if rules == "shape" else read(faults)
    weights: dict[str, WeightSection] = {}
    outlets = {outlet.id for outlet in settings.outlets}
    found = read_rules(
        settings.rules,
        document,
        base,
        environment,
        lexicons,
        outlets,
        faults,
        weights,
        examples=rules == "examples",
    )
    faults += cross_faults(settings, {rule.id for rule in found}, document)
    if faults:
        raise _broken(faults)
    return Config(
        file=file,
        settings=settings,
        store=_store(settings, file.resolve().parent),
        sources=sources_of(settings),
        rules=found,
        words=(lambda: lexicons) if lexicons is not None else partial(_faultless, read),
        receivers=receivers,
        routes=addressed_routes(settings, receivers),
        policy=policy_of(settings, receivers, weights),
        document=document,
    )


def _faultless(read: Callable[[list[str]], Mapping[str, Entry]]) -> Mapping[str, Entry]:
    faults: list[str] = []
    lexicons = read(faults)
    if faults:
        raise _broken(faults)
    return lexicons


def load_settings(file: Path, environment: Mapping[str, str] = os.environ) -> Settings:
    """The sections of a file alone, for who asks only where the daemon listens: what is wrong with a rule, a receiver
    or a word list says nothing about a daemon that works on with the file it has. Raises ConfigError."""
    return _read(file, environment)[1]


def _read(file: Path, environment: Mapping[str, str]) -> tuple[Document, Settings]:
    document = read_document(file, environment)
    resolve_files(document, file.resolve().parent, environment)
    try:
        return document, Settings.model_validate(document.values)
    except ValidationError as error:
        raise _broken([*document.faults, *faults_of(error, Settings, document)]) from None


def _broken(faults: list[str]) -> ConfigError:
    count = counted(len(faults), "fault")
    return ConfigError(faults, hint=f"\n{count}; nothing was changed. All keys: marsad config schema")


def _store(settings: Settings, base: Path) -> str:
    url = settings.store.get_secret_value()
    prefix = "sqlite:///"
    if url.startswith(prefix) and not url.startswith("sqlite:////"):
        return f"sqlite:///{base / url.removeprefix(prefix)}"
    return url


def _receivers(settings: Settings, document: Document, faults: list[str]) -> dict[str, Receiver]:
    found: dict[str, Receiver] = {}
    known = kinds()
    for name, values in settings.receivers.items():
        path = ("receivers", name)
        kind = str(values.get("channel", ""))
        if kind not in known:
            what = f"unknown channel {kind!r}" if kind else "this key is required: channel"
            faults.append(
                f"{document.place((*path, 'channel'))}: {dotted(path)}: {what} {suggestion(kind, known)}".rstrip()
            )
            continue
        model = known[kind].settings
        own, rest = split({k: v for k, v in values.items() if k != "channel"}, MannerSection)
        try:
            manner = MannerSection.model_validate(own)
        except ValidationError as error:
            faults += faults_of(error, MannerSection, document, path)
            continue
        try:
            found[name] = Receiver(name=name, kind=kind, settings=model.model_validate(rest), manner=manner)
        except ValidationError as error:
            faults += faults_of(error, model, document, path)
    return found
