"""Reading request bodies: one place where a form's faults become the caller's 422."""

from __future__ import annotations

from typing import Final, TypeVar

from agreements.document import Json
from agreements.fault import InvalidDocument
from agreements.form import Form, take_json
from agreements.scalar import day, text
from gateway.problems import Problem

T = TypeVar("T")


def read_body(body: object, form: Form[T]) -> T:
    """Read a parsed JSON body.

    A key whose value is null counts as absent: nothing in a body is optional by being null.

    Raises:
        Problem: `unprocessable`, naming keys and what was expected of them, never what stood there.
    """
    if not isinstance(body, dict):
        raise Problem("unprocessable", "The body: expected an object.")
    try:
        return take_json(_without_nulls(body), "body", form)
    except InvalidDocument as invalid:
        told = [f"{error.key or 'the body'}: expected {error.expected}" for error in invalid.errors[:10]]
        raise Problem("unprocessable", "; ".join(told)) from None


def _without_nulls(body: dict[str, Json]) -> dict[str, Json]:
    return {
        key: _without_nulls(value) if isinstance(value, dict) else value
        for key, value in body.items()
        if value is not None
    }


LINE: Final = text(maximum=200)
PROSE: Final = text(maximum=4000, lines=True)
REFERENCE: Final = text(
    maximum=128, pattern=r"[A-Za-z0-9][A-Za-z0-9 ._:-]*[A-Za-z0-9]|[A-Za-z0-9]", expected="a case reference"
)
DIGEST: Final = text(maximum=72, pattern=r"sha-256:[0-9a-f]{64}", expected="sha-256: and 64 hex digits")


DAY: Final = day()
