"""Parsed JSON in the shape of a document, under the same limits as a file."""

from __future__ import annotations

from typing import Final

from agreements.document import (
    MAX_DEPTH,
    MAX_NODES,
    VISIBLE,
    Json,
    ListNode,
    MapNode,
    Node,
    Scalar,
    Style,
    shows,
)
from agreements.fault import Fault, InvalidDocument, MisfitError, nameable

_MAX_INTEGER: Final = 1 << 63


def read_json(value: Json, file: str) -> Node:
    """Give a parsed JSON value the shape of a document, under the same limits; `file` names it in errors.

    Raises:
        InvalidDocument: too deep, too many values, an integer beyond 64 bits, or unseen characters.
    """
    try:
        return json_node(value)
    except MisfitError as misfit:
        raise InvalidDocument.of(file, misfit.faults) from None


def json_node(value: Json) -> Node:
    """As `read_json`.

    Raises:
        MisfitError: for the same reasons.
    """
    return _JsonReader().node(value, 0)


class _JsonReader:
    def __init__(self) -> None:
        self._nodes = 0

    def node(self, value: Json, depth: int) -> Node:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise MisfitError(Fault(None, f"at most {MAX_NODES} values"))
        if isinstance(value, str):
            return _json_text(value)
        if isinstance(value, list | dict) and depth == MAX_DEPTH:
            raise MisfitError(Fault(None, f"at most {MAX_DEPTH} levels of nesting"))
        if isinstance(value, list):
            return ListNode(tuple([self._under(i, item, depth) for i, item in enumerate(value)]))
        if isinstance(value, dict):
            return MapNode(tuple([self._entry(key, item, depth) for key, item in value.items()]))
        return Scalar(_json_literal(value), Style.VALUE)

    def _entry(self, key: str, value: Json, depth: int) -> tuple[Scalar, Node]:
        written = _json_text(key)
        try:
            return written, self.node(value, depth + 1)
        except MisfitError as misfit:
            raise MisfitError(*misfit.under(nameable(key))) from None

    def _under(self, step: int, value: Json, depth: int) -> Node:
        try:
            return self.node(value, depth + 1)
        except MisfitError as misfit:
            raise MisfitError(*misfit.under(step)) from None


def _json_text(text: str) -> Scalar:
    if not shows(text):
        raise MisfitError(Fault(None, VISIBLE))
    return Scalar(text, Style.QUOTED)


def _json_literal(value: float | None) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and not -_MAX_INTEGER <= value < _MAX_INTEGER:
        raise MisfitError(Fault(None, "an integer of at most 64 bits"))
    return repr(value)
