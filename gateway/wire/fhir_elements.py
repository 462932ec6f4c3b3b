"""The elements that FHIR R4 resources are made of, as forms: codings, references, periods, names."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from agreements.document import Json, ListNode, MapNode, Node, Scalar, Style
from agreements.form import Form, Schema, list_of
from agreements.record import Key, optional, record, required
from agreements.scalar import text
from gateway.wire.body import LINE
from gateway.wire.fhir_codes import Code
from gateway.wire.span import END, START

T = TypeVar("T")

URI: Final = text(maximum=300)
MOST: Final = 64


class Raw(Form[Json]):
    """Any JSON at all, as it was."""

    def read(self, node: Node) -> Json:
        if isinstance(node, ListNode):
            return [self.read(item) for item in node.items]
        if isinstance(node, MapNode):
            return {key.text: self.read(value) for key, value in node.entries}
        return self._scalar(node)

    def _scalar(self, node: Scalar) -> Json:
        value: Json = json.loads(node.text) if node.style is Style.VALUE else node.text
        return value

    def schema(self) -> Schema:
        return {}


RAW: Final = Raw()
HARMLESS: Final = optional(RAW, None, "read by nobody here")


def element(build: Callable[..., T], keys: Mapping[str, Key], *harmless: str) -> Form[T]:
    """An element with these members; `id`, `extension` and the harmless ones may stand and say nothing."""

    def made(**values: object) -> T:
        return build(**{name: value for name, value in values.items() if name in keys})

    quiet = dict.fromkeys(("id", "extension", *harmless), HARMLESS)
    return record(made, {**quiet, **keys})


@dataclass(frozen=True, slots=True)
class Identifier:
    system: str
    value: str


@dataclass(frozen=True, slots=True)
class Reference:
    reference: str | None
    identifier: Identifier | None
    display: str

    def same_as(self, other: Reference) -> bool:
        return (self.reference, self.identifier) == (other.reference, other.identifier)


@dataclass(frozen=True, slots=True)
class Period:
    start: datetime | None
    end: datetime | None


CODING: Final[Form[Code]] = element(
    lambda system, code: (system, code),
    {"system": required(URI, "code system"), "code": required(text(maximum=64), "code")},
    "version",
    "display",
    "userSelected",
)
CONCEPT: Final = element(
    lambda coding: coding, {"coding": required(list_of(CODING, minimum=1, maximum=MOST), "codes")}, "text"
)
IDENTIFIER: Final = element(
    Identifier,
    {"system": required(LINE, "who issues it"), "value": required(LINE, "the identifier")},
    "use",
    "type",
    "period",
    "assigner",
)
REFERENCE: Final = element(
    Reference,
    {
        "reference": optional(URI, None, "where it is"),
        "identifier": optional(IDENTIFIER, None, "what it is called"),
        "display": optional(LINE, "", "what people call it"),
    },
    "type",
)
PERIOD: Final = element(
    Period, {"start": optional(START, None, "from"), "end": optional(END, None, "up to and with")}
)


def _name(**parts: object) -> str:
    given = parts["given"] if isinstance(parts["given"], tuple) else ()
    return str(parts["text"] or " ".join([*given, str(parts["family"])]).strip())


HUMAN_NAME: Final = element(
    _name,
    {
        "text": optional(LINE, "", "the name as a whole"),
        "family": optional(LINE, "", "family name"),
        "given": optional(list_of(LINE, maximum=16, unique=False), (), "given names"),
    },
    "use",
    "prefix",
    "suffix",
    "period",
)
