"""Names and values of the ODRL profile: how words, agencies, times and lists of ours are written in JSON-LD.

ODRL 2.2 Information Model and Vocabulary; DPV 2; JSON-LD 1.1. `docs/odrl-profile.md` says what each means.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Final, Protocol

from agreements.document import Json
from agreements.fault import Fault, MisfitError

PROFILE: Final = "urn:partner-gateway:odrl:1"
ODRL_CONTEXT: Final = "http://www.w3.org/ns/odrl.jsonld"
"""The name of the context ODRL 2.2 publishes; a name only, nothing here ever fetches it."""
CONTEXT_FILE: Final = "odrl-context.jsonld"
NOBODY: Final[Json] = {"@id": "pg:none"}
"""Stands in an empty set, which JSON-LD would drop: a word that nothing is."""

_AGREEMENT: Final = "urn:partner-gateway:agreement:"
_AGENCY: Final = "urn:partner-gateway:agency:"


def profile_context() -> dict[str, Json]:
    """The context of our own terms, as it is shipped beside this module and written into every export."""
    read: dict[str, Json] = json.loads((files("agreements") / CONTEXT_FILE).read_text("utf-8"))
    context = read["@context"]
    if not isinstance(context, dict):
        raise TypeError("the shipped context is a mapping")
    return context


def agreement_uid(id: str, version: int) -> str:
    """The name of one version of an agreement."""
    return f"{_AGREEMENT}{id}:{version}"


def misfit(expected: str, *path: str | int) -> MisfitError:
    return MisfitError(Fault(None, expected, path))


class Value(Protocol):
    """One way of writing a value of ours in JSON-LD."""

    def write(self, value: Json) -> Json: ...

    def read(self, written: Json) -> Json:
        """The value a document of ours would have; what it may be, the agreement format decides.

        Raises:
            MisfitError: it is not written this way.
        """
        ...

    def steps(self) -> tuple[str, ...]:
        """Where, below the value, the items of a list stand."""
        ...


@dataclass(frozen=True, slots=True)
class Plain:
    """Text, a whole number or a truth value as JSON has it."""

    def write(self, value: Json) -> Json:
        return value

    def read(self, written: Json) -> Json:
        if written is None or isinstance(written, list | dict):
            raise misfit("text, a whole number, true or false")
        return written

    def steps(self) -> tuple[str, ...]:
        return ()


@dataclass(frozen=True, slots=True)
class Name:
    """A word of a closed vocabulary, or an agency, as an IRI under a prefix."""

    prefix: str

    def write(self, value: Json) -> Json:
        return {"@id": f"{self.prefix}{value}"}

    def read(self, written: Json) -> Json:
        named = written.get("@id") if isinstance(written, dict) and len(written) == 1 else None
        if not isinstance(named, str) or not named.startswith(self.prefix):
            raise misfit(f"an @id and nothing else, which begins with {self.prefix}")
        return named.removeprefix(self.prefix)

    def steps(self) -> tuple[str, ...]:
        return ()


@dataclass(frozen=True, slots=True)
class Typed:
    """An instant or a duration with its XML Schema type."""

    type: str

    def write(self, value: Json) -> Json:
        return {"@value": value, "@type": self.type}

    def read(self, written: Json) -> Json:
        known = isinstance(written, dict) and written.keys() == {"@value", "@type"}
        if not isinstance(written, dict) or not known or written["@type"] != self.type:
            raise misfit(f"an @value of @type {self.type} and nothing else")
        return Plain().read(written["@value"])

    def steps(self) -> tuple[str, ...]:
        return ()


@dataclass(frozen=True, slots=True)
class SetOf:
    """Values whose order means nothing."""

    item: Value

    def write(self, value: Json) -> Json:
        return [self.item.write(each) for each in _items(value)] or [NOBODY]

    def read(self, written: Json) -> Json:
        if not isinstance(written, list) or not written:
            raise misfit("a list of at least one")
        return [] if written == [NOBODY] else _each(self.item, written)

    def steps(self) -> tuple[str, ...]:
        return ()


@dataclass(frozen=True, slots=True)
class ListOf:
    """Values whose order counts."""

    item: Value

    def write(self, value: Json) -> Json:
        return {"@list": [self.item.write(each) for each in _items(value)]}

    def read(self, written: Json) -> Json:
        items = written.get("@list") if isinstance(written, dict) and len(written) == 1 else None
        if not isinstance(items, list):
            raise misfit("an @list and nothing else")
        try:
            return _each(self.item, items)
        except MisfitError as wrong:
            raise MisfitError(*wrong.under("@list")) from None

    def steps(self) -> tuple[str, ...]:
        return ("@list",)


def _items(value: Json) -> list[Json]:
    if not isinstance(value, list):
        raise TypeError("the agreement format writes a list here")
    return value


def _each(item: Value, written: list[Json]) -> Json:
    values: list[Json] = []
    faults: list[Fault] = []
    for index, each in enumerate(written):
        try:
            values.append(item.read(each))
        except MisfitError as wrong:
            faults += wrong.under(index)
    if faults:
        raise MisfitError(*faults)
    return values


PLAIN: Final = Plain()
AGENCY: Final = Name(_AGENCY)
INSTANT: Final = Typed("xsd:dateTime")
DURATION: Final = Typed("xsd:duration")


def word(vocabulary: str) -> Name:
    """A word of one of our vocabularies; each has a space of its own, since words recur among them."""
    return Name(f"pg:{vocabulary}:")


def words(vocabulary: str) -> SetOf:
    return SetOf(word(vocabulary))


STANDARDS: Final[Mapping[str, str]] = {"dpv": "dpv", "dpv-pd": "dpv-pd"}


def standard_term(maps_to: str, hl7: str) -> Json | None:
    """The standard term a word maps to as an IRI; None for standards whose terms are no IRIs.

    `hl7` is the prefix of the HL7 v3 code system that such words come from.
    """
    prefix, _, name = maps_to.partition(":")
    known = hl7 if prefix == "hl7" else STANDARDS.get(prefix)
    return {"@id": f"{known}:{name}"} if known else None
