"""The agreement format as JSON Schema 2020-12, from the declaration the parser reads with.

An editor that is pointed at it completes and checks an agreement while it is written. What it refuses the
parser refuses too; rules between values (dates in order, a concern on the scale) only the parser knows.
"""

from __future__ import annotations

from typing import Final

from agreements.document import Json
from agreements.layout import AGREEMENT

SCHEMA_ID: Final = "urn:partner-gateway:schema:agreement:1"


def agreement_schema() -> dict[str, Json]:
    """A new copy of the schema; each vocabulary word carries its definition in `enumDescriptions`."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": "Agreement",
        "description": "One version of an agreement between agencies.",
        **AGREEMENT.schema(),
    }
