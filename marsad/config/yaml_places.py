"""YAML text -> plain values, with the place of every key and value.

YAML 1.2 core types only (`no` is a string, not false), duplicate keys are faults, and
`${VAR}` / `${VAR:-default}` in strings is filled in from the environment (`$$` is a dollar).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from news.errors import ConfigError

KeyPath = tuple[str | int, ...]
_VARIABLE = re.compile(r"\$(?:\$|\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?\})")
_FAST = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BOOLEANS = {"true": True, "True": True, "false": False, "False": False}


@dataclass(slots=True)
class Document:
    """A parsed file: `values` are plain Python; `places` maps key paths to (line, column) from 1.

    `from_environment` are the paths whose value an environment variable took part in, `unknown` those whose
    value could not be had: that is a fault already, and what stands there instead is not judged.
    """

    file: str
    values: Any = None
    places: dict[KeyPath, tuple[int, int]] = field(default_factory=dict)
    key_places: dict[KeyPath, tuple[int, int]] = field(default_factory=dict)
    from_environment: set[KeyPath] = field(default_factory=set)
    unknown: set[KeyPath] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)

    def is_unknown(self, path: KeyPath) -> bool:
        """Is the value at a path, or a part of it, one that could not be had?"""
        return any(one[: len(path)] == path or path[: len(one)] == one for one in self.unknown)

    def place(self, path: KeyPath, *, key: bool = False) -> str:
        """`file:line:column` of a path, or of its nearest parent that stands in the file."""
        table = self.key_places if key else self.places
        while path and path not in table:
            path = path[:-1]
            table = self.places
        line, column = table.get(path, (1, 1))
        return f"{self.file}:{line}:{column}"


def read_document(file: Path, environment: Mapping[str, str]) -> Document:
    """Read and parse a file. Raises ConfigError if it cannot be read or is not YAML."""
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        hint = "Write one with: marsad config init"
        raise ConfigError([f"{file}: there is no such file"], hint=hint) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([f"{file}: cannot be read: {why_unread(error)}"]) from error
    return parse_document(text, str(file), environment)


def why_unread(error: OSError | UnicodeDecodeError) -> str:
    """Why a file could not be read, without its name."""
    return error.strerror or type(error).__name__ if isinstance(error, OSError) else "it is not UTF-8 text"


def parse_document(text: str, name: str, environment: Mapping[str, str]) -> Document:
    """Parse YAML text. Raises ConfigError if it is not YAML at all."""
    document = Document(file=name)
    try:
        root = _composed(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
        raise ConfigError([f"{where}: not valid YAML: {error.problem or error.context}"]) from error
    except yaml.YAMLError as error:
        raise ConfigError([f"{name}: not valid YAML: {error}"]) from error
    document.values = {} if root is None else _value(root, (), document, environment)
    return document


def _composed(text: str) -> yaml.Node | None:
    """The tree of nodes. libyaml, where PyYAML has it, is twenty times as fast; what it will not read is
    read again by the other, which says better why."""
    try:
        return yaml.compose(text, Loader=_FAST)
    except yaml.YAMLError:
        return yaml.compose(text, Loader=yaml.SafeLoader)


def _mark(node: yaml.Node) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _value(node: yaml.Node, path: KeyPath, document: Document, environment: Mapping[str, str]) -> Any:
    document.places[path] = _mark(node)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, document, environment)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*path, index), document, environment) for index, item in enumerate(node.value)]
    return _scalar(node, path, document, environment)


def _mapping(
    node: yaml.MappingNode, path: KeyPath, document: Document, environment: Mapping[str, str]
) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value)
        line, column = _mark(key_node)
        here = (*path, key)
        if key in result:
            first = document.key_places[here][0]
            document.faults.append(
                f"{document.file}:{line}:{column}: {dotted(here)}: this key is given twice (first on line {first})"
            )
            continue
        document.key_places[here] = (line, column)
        result[key] = _value(value_node, here, document, environment)
    return result


def _scalar(node: yaml.Node, path: KeyPath, document: Document, environment: Mapping[str, str]) -> Any:
    text = str(node.value)
    plain = not getattr(node, "style", None)  # libyaml says "" of what the other says None
    if "$" in text:
        text = _interpolate(text, path, document, environment)
        if not (plain and path in document.from_environment):
            return text
    if not plain:
        return text
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if text in ("", "~", "null"):
        return None
    for kind in (int, float):
        if re.fullmatch(r"[-+]?[0-9]+(\.[0-9]+)?", text):
            try:
                return kind(text)
            except ValueError:
                continue
    return text


def _interpolate(text: str, path: KeyPath, document: Document, environment: Mapping[str, str]) -> str:
    def fill(match: re.Match[str]) -> str:
        name = match["name"]
        if name is None:
            return "$"
        document.from_environment.add(path)
        default = match["default"]
        value = environment.get(name)
        if value or (value is not None and default is None):
            return value
        if default is not None:
            return default
        document.unknown.add(path)
        document.faults.append(
            f"{document.place(path)}: {dotted(path)}: the environment variable {name} is not set "
            f"(set it, or write ${{{name}:-default}})"
        )
        return ""

    return _VARIABLE.sub(fill, text)


def dotted(path: KeyPath) -> str:
    """`outlets[2].sources[0].url` for a key path."""
    out = ""
    for part in path:
        out += f"[{part}]" if isinstance(part, int) else f".{part}" if out else part
    return out or "the file"
