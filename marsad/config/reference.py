"""The configuration's reference, from the models: JSON Schema and the documentation table."""

from __future__ import annotations

from typing import Any

from alerts.channels import kinds
from marsad.config.model import Settings
from marsad.config.telling import MannerSection, WeightSection
from marsad.config.units import spelt


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of the file, receivers by their channel."""
    schema = Settings.model_json_schema(mode="validation")
    variants = []
    manner = MannerSection.model_json_schema(mode="validation")
    schema["$defs"].update(manner.pop("$defs", {}))
    for name, kind in kinds().items():
        one = kind.settings.model_json_schema(mode="validation")
        schema["$defs"].update(one.pop("$defs", {}))
        one["properties"] = {"channel": {"const": name}, **one["properties"], **manner["properties"]}
        one["required"] = ["channel", *one.get("required", [])]
        variants.append(one)
    schema["properties"]["receivers"]["additionalProperties"] = {"oneOf": variants}
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    _spell_defaults(schema)
    return schema


def _spell_defaults(node: Any) -> None:
    if isinstance(node, dict):
        if "pattern" in node and "default" in node:
            node["default"] = spelt(node["default"])
        for value in node.values():
            _spell_defaults(value)
    elif isinstance(node, list):
        for value in node:
            _spell_defaults(value)


def table() -> str:
    """Every key with default and meaning, as Markdown."""
    schema = json_schema()
    lines = ["| key | default | meaning |", "|---|---|---|"]
    lines += _rows(schema, schema["$defs"], "")
    for section, prefix in ((WeightSection, "rules[]."), (MannerSection, "receivers.NAME.")):
        own = section.model_json_schema(mode="validation")
        lines += _rows(own, own.get("$defs", {}), prefix)
    for name, kind in kinds().items():
        own = kind.settings.model_json_schema()
        lines += _rows(own, own.get("$defs", {}), f"receivers.NAME ({name}).")
    return "\n".join(lines) + "\n"


def _rows(schema: dict[str, Any], definitions: dict[str, Any], prefix: str) -> list[str]:
    rows = []
    required = set(schema.get("required", ()))
    for key, value in schema.get("properties", {}).items():
        reference = value.get("$ref") or value.get("items", {}).get("$ref", "")
        inner = definitions.get(reference.rpartition("/")[2])
        many = "[]" if value.get("items") else ""
        if inner is not None and inner.get("properties"):
            rows += _rows(inner, definitions, f"{prefix}{key}{many}.")
            continue
        default = "required" if key in required else f"`{value.get('default', '')}`"
        words = str(value.get("description", "")).replace("|", "\\|")
        rows.append(f"| `{prefix}{key}` | {default if default != '``' else ''} | {words} |")
    return rows
