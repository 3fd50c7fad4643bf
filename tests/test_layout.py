"""The layout: no module cycle, hidden imports counted; small files; pinned requirements without addresses."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

TOP = Path(__file__).parents[1]
ROOMS = ("news", "crawler", "pipelines", "alerts", "storage", "console", "marsad")
LONGEST = 500


def modules() -> dict[str, Path]:
    found = {}
    for room in ROOMS:
        for file in (TOP / room).rglob("*.py"):
            parts = file.relative_to(TOP).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


def imports(name: str, file: Path, known: dict[str, Path]) -> set[str]:
    """Every module of ours that a file imports, anywhere in it, but for typing only."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    found: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.add(inner if inner in known else node.module)
    return {other for other in found if other in known and other != name}


def test_no_module_takes_part_in_an_import_cycle_hidden_imports_counted() -> None:
    known = modules()
    graph = {name: imports(name, file, known) for name, file in known.items()}
    try:
        list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        raise AssertionError(f"cycle: {' -> '.join(error.args[1])}") from None


def test_no_file_is_longer_than_a_file_should_be() -> None:
    long = {n: c for n, f in modules().items() if (c := len(f.read_text(encoding="utf-8").splitlines())) > LONGEST}
    assert long == {}


def test_the_requirements_are_pinned_by_hash_and_name_no_index() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (TOP / name).read_text()
        assert "://" not in text
        assert "--hash=sha256:" in text
        assert "--index" not in text
