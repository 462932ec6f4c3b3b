"""The reference of the agreement language names every key, and its examples are read as they stand."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import pytest

from agreements.form import from_yaml
from agreements.parser import parse_agreement
from agreements.schema import agreement_schema
from gateway.pack_sheet import SHEET

PAGE: Final = (Path(__file__).parent.parent.parent / "docs" / "agreement-language.md").read_text("utf-8")
EXAMPLES: Final = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


def keys_of(schema: Any) -> set[str]:
    """Every key the schema knows, however deep."""
    found: set[str] = set()
    if isinstance(schema, dict):
        found |= set(schema.get("properties", {}))
        found |= set().union(*(keys_of(value) for value in schema.values()))
    elif isinstance(schema, list):
        found |= set().union(*(keys_of(value) for value in schema))
    return found


@pytest.mark.parametrize("key", sorted(keys_of(agreement_schema())))
def test_every_key_is_explained(key: str) -> None:
    assert re.search(rf"[`{{\s.]{key}\b", PAGE)


def test_the_examples_are_read() -> None:
    agreement, sheet = EXAMPLES
    assert [clause.id for clause in parse_agreement(agreement, "f").clauses] == ["1", "2", "3", "4"]
    assert from_yaml(sheet, "f", SHEET).pack == "riverside"
