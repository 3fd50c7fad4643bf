"""Add outlets to a configuration file, leaving every other character of it as it is.

The new lines are put in behind the last one of their list, found by the marks of the YAML parser; the
result is loaded before it replaces the file, and the file is replaced in one step.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from marsad.config.load import Config, load
from news.errors import ConfigError

_PLAIN = re.compile(r"[A-Za-z0-9](?:[\w ./()+'-]*[\w)/])?")
_NOT_TEXT = re.compile(r"[\d.,+-]+|true|false|null|yes|no|on|off|~", re.IGNORECASE)
_KEYS = ("id", "name", "homepage", "country", "owner", "zone", "encoding", "profile")


def lines_of(outlet: Mapping[str, Any], indent: str = "  ") -> list[str]:
    """An outlet as the lines of a block list."""
    given = [(key, outlet[key]) for key in _KEYS if outlet.get(key)]
    first = f"{indent}- {given[0][0]}: {_scalar(given[0][1])}"
    rest = [f"{indent}  {key}: {_scalar(value)}" for key, value in given[1:]]
    return [first, *rest, f"{indent}  sources:", *source_lines(outlet["sources"], f"{indent}    ")]


def source_lines(sources: Sequence[Mapping[str, Any]], indent: str) -> list[str]:
    """Sources as the lines of a block list, one each."""
    pairs = [", ".join(f"{key}: {_flow(value)}" for key, value in source.items() if value) for source in sources]
    return [f"{indent}- {{{given}}}" for given in pairs]


def _scalar(value: Any) -> str:
    text = str(value)
    if "://" in text and re.fullmatch(r"[\w:/.?=&%~+-]+", text):
        return text
    plain = _PLAIN.fullmatch(text) and not _NOT_TEXT.fullmatch(text)
    return text if plain else json.dumps(text, ensure_ascii=False)


def _flow(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_flow(item) for item in value)}]"
    text = str(value)
    if re.fullmatch(r"[\w.-]+", text) and not _NOT_TEXT.fullmatch(text):
        return text
    return json.dumps(text, ensure_ascii=False)


def added(text: str, outlets: Sequence[Mapping[str, Any]], name: str) -> str:
    """The file's text with these outlets; sources of an outlet that stands there join it. Raises
    ConfigError where the text is written in a way that lines cannot be put into."""
    stand = {known.value for item in _items(text) if isinstance(known := _child(item, "id"), yaml.ScalarNode)}
    fresh: dict[str, Mapping[str, Any]] = {}
    for outlet in outlets:
        key = outlet["id"]
        if key in stand:
            text = _joined(text, outlet, name)
        elif key in fresh:
            fresh[key] = {**outlet, "sources": [*fresh[key]["sources"], *outlet["sources"]]}
        else:
            fresh[key] = outlet
    return _with(text, [*fresh.values()], name) if fresh else text


def _items(text: str) -> Sequence[yaml.Node]:
    listed = _child(yaml.compose(text, Loader=yaml.SafeLoader), "outlets")
    return listed.value if isinstance(listed, yaml.SequenceNode) else ()


def _joined(text: str, outlet: Mapping[str, Any], name: str) -> str:
    """The text with the sources of an outlet that stands there."""
    for item in _items(text):
        known = _child(item, "id")
        if isinstance(known, yaml.ScalarNode) and known.value == outlet["id"]:
            sources = _child(item, "sources")
            if not isinstance(sources, yaml.SequenceNode) or sources.flow_style or not sources.value:
                break
            indent = " " * sources.start_mark.column
            return _inserted(text, _end(text, sources.value[-1]), source_lines(outlet["sources"], indent))
    raise _unfit(name, [outlet])


def _with(text: str, outlets: Sequence[Mapping[str, Any]], name: str) -> str:
    """The text with outlets that do not stand there: put in together, since a look at a long file takes a second."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    listed = _child(root, "outlets")
    if listed is None:
        return f"{text.rstrip()}\n\noutlets:\n" + "\n".join(_lines(outlets)) + "\n"
    if isinstance(listed, yaml.SequenceNode) and not listed.value and listed.start_mark.index < listed.end_mark.index:
        # `outlets: []`
        head, tail = text[: listed.start_mark.index].rstrip(), text[listed.end_mark.index :]
        return f"{head}\n" + "\n".join(_lines(outlets)) + (tail if tail.startswith("\n") else f"\n{tail}")
    if not isinstance(listed, yaml.SequenceNode) or listed.flow_style:
        raise _unfit(name, outlets)
    return _inserted(text, _end(text, listed.value[-1]), _lines(outlets, " " * listed.start_mark.column))


def _lines(outlets: Sequence[Mapping[str, Any]], indent: str = "  ") -> list[str]:
    return [line for outlet in outlets for line in lines_of(outlet, indent)]


def _child(node: yaml.Node | None, key: str) -> yaml.Node | None:
    if not isinstance(node, yaml.MappingNode):
        return None
    return next((value for name, value in node.value if getattr(name, "value", None) == key), None)


def _end(text: str, node: yaml.Node) -> int:
    """Where the node's last line ends. A block's end mark is behind the comments and blank lines that
    follow it; those belong to what comes next."""
    while isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    at = text.find("\n", node.end_mark.index if node.end_mark.index else 0)
    if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
        at = len(text[: node.end_mark.index].rstrip("\n"))
    return len(text) if at < 0 else at


def _inserted(text: str, at: int, lines: Sequence[str]) -> str:
    rest = text[at:]
    return text[:at].rstrip("\n") + "\n" + "\n".join(lines) + (rest if rest.startswith("\n") else f"\n{rest}")


def _unfit(name: str, outlets: Sequence[Mapping[str, Any]]) -> ConfigError:
    lines = "\n".join(_lines(outlets))
    what = f"`outlets`, or the sources of {outlets[0]['id']}, stand in one line or are no list"
    return ConfigError([f"{name}: {what}: nothing was changed"], hint=f"\nPut these lines in yourself:\n\n{lines}\n")


def add_outlets(named: Path, outlets: Sequence[Mapping[str, Any]]) -> Config:
    """Write the outlets into the file and return the configuration as it is then. Raises ConfigError,
    with the file unchanged, if it cannot be written or would not be valid."""
    file = named.resolve()
    before = file.read_text(encoding="utf-8")
    text = added(before, outlets, str(file))
    try:
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.", suffix=".new")
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
    except OSError as error:
        raise ConfigError([f"{file.parent} cannot be written to: {error.strerror}; nothing was changed"]) from error
    fresh = Path(name)
    try:
        load(fresh)
        fresh.chmod(file.stat().st_mode & 0o7777)
        os.replace(fresh, file)
    except ConfigError as error:
        places = [place.replace(str(fresh), str(file)) for place in error.places]
        raise ConfigError(places, hint="\nNothing was changed.") from error
    except OSError as error:
        raise ConfigError([f"{file} cannot be replaced: {error.strerror}; nothing was changed"]) from error
    finally:
        fresh.unlink(missing_ok=True)
    return load(named, rules="shape")
