"""Mapping files that speak NIEM 6: forms whose keys may be NIEM names, read as the plain keys they mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from adapters.niem import (
    ISSUED_IDENTIFIERS,
    NATIONAL_IDENTIFIERS,
    PATTERN,
    Target,
    Term,
    systems,
    targets,
)
from agreements.document import Json, ListNode, MapNode, Node, Scalar, Style
from agreements.fault import Fault, MisfitError, Path, Place, nameable
from agreements.form import Form, Schema

T = TypeVar("T")

_EXPECTED: Final = "a NIEM 6 name that docs/police-mapping.md lists for this place"
_ONCE: Final = "each target once, under its plain key or one NIEM name"
_ISSUED: Final = "a mapping with system and column: these numbers are unique only where they are issued"
_SHAPE: Final = re.compile(PATTERN)


def with_niem(form: Form[T], terms: Iterable[Term], *, identifiers: bool = False) -> Form[T]:
    """A mapping's form that also takes the terms' names for its keys.

    With `identifiers` the names of identifiers add to the list `identifiers`: a column, or a mapping with
    system and column, which those whose issuer matters must have.
    """
    return _NiemKeys(form, targets(terms), identifiers)


def system_form(form: Form[str]) -> Form[str]:
    """An identifier system: as written, or the URI of a NIEM property written by its name."""
    return _System(form)


@dataclass(frozen=True, slots=True)
class _System(Form[str]):
    form: Form[str]

    def read(self, node: Node) -> str:
        written = self.form.read(node)
        if not _SHAPE.fullmatch(written):
            return written
        known = systems().get(written)
        if known is None:
            raise MisfitError(Fault(_place(node), "a system of its own, or a NIEM 6 name that has one"))
        return known

    def schema(self) -> Schema:
        return self.form.schema()


@dataclass(slots=True)
class _Plain:
    """A mapping's entries under plain keys, and for each target the NIEM name it was written under."""

    entries: dict[str, tuple[Scalar, Node]]
    written: dict[Path, str]
    faults: list[Fault]

    def put(self, target: Target, key: Scalar, value: Node) -> None:
        """Place one value at its target; one that is taken is a fault."""
        name, *rest = target
        plain = Scalar(name, Style.PLAIN, key.place)
        node: Node = value
        if rest:
            inner = self.entries.get(name, (plain, MapNode((), key.place)))[1]
            step = Scalar(rest[0], Style.PLAIN, key.place)
            taken = not isinstance(inner, MapNode) or any(each.text == rest[0] for each, _ in inner.entries)
            node = (
                MapNode((*inner.entries, (step, value)), inner.place) if isinstance(inner, MapNode) else inner
            )
        else:
            taken = name in self.entries
        if taken:
            self.faults.append(Fault(key.place, _ONCE, (key.text,)))
            return
        self.entries[name] = (plain, node)
        self.written[target] = key.text

    def add_identifier(self, key: Scalar, value: Node, system: str | None) -> None:
        """One more identifier; a bare column is of the property's own system, if it has one."""
        if isinstance(value, Scalar):
            if system is None:
                self.faults.append(Fault(value.place, _ISSUED, (key.text,)))
                return
            value = _mapping(value.place, system=Scalar(system, Style.QUOTED, key.place), column=value)
        plain = Scalar("identifiers", Style.PLAIN, key.place)
        before = self.entries.get("identifiers", (plain, ListNode((), key.place)))[1]
        if not isinstance(before, ListNode):
            return
        self.written["identifiers", len(before.items)] = key.text
        self.entries["identifiers"] = (plain, ListNode((*before.items, value), before.place))


@dataclass(frozen=True, slots=True)
class _NiemKeys(Form[T]):
    form: Form[T]
    known: Mapping[str, Target]
    identifiers: bool

    def read(self, node: Node) -> T:
        if not isinstance(node, MapNode):
            return self.form.read(node)
        plain = self._plain(node)
        faults = plain.faults
        try:
            value = self.form.read(MapNode(tuple(plain.entries.values()), node.place))
        except MisfitError as misfit:
            faults = [*faults, *(_as_written(fault, plain.written) for fault in misfit.faults)]
        else:
            if not faults:
                return value
        raise MisfitError(*faults)

    def _plain(self, node: MapNode) -> _Plain:
        ours = {key.text: (key, value) for key, value in node.entries if ":" not in key.text}
        plain = _Plain(ours, {}, [])
        for key, value in node.entries:
            if ":" not in key.text:
                continue
            if key.text in self.known:
                plain.put(self.known[key.text], key, value)
            elif self.identifiers and key.text in _IDENTIFIERS:
                plain.add_identifier(key, value, systems().get(key.text))
            else:
                named = key.text if _SHAPE.fullmatch(key.text) else nameable(key.text)
                plain.faults.append(Fault(key.place, _EXPECTED, (named,)))
        return plain

    def schema(self) -> Schema:
        made = dict(self.form.schema())
        properties = made.get("properties")
        if not isinstance(properties, dict):
            return self._open_schema(made)
        added: Schema = {name: _schema_at(made, target) for name, target in self.known.items()}
        if self.identifiers:
            items = _items(properties.get("identifiers"))
            added |= {name: {"anyOf": [{"type": "string"}, items]} for name in sorted(_IDENTIFIERS)}
        made["properties"] = {**properties, **added}
        needed = made.get("required")
        either: list[Json] = []
        always: list[Json] = []
        for key in needed if isinstance(needed, list) else []:
            names = [name for name, target in self.known.items() if target == (key,)]
            if names:
                either.append({"anyOf": [{"required": [each]} for each in (str(key), *names)]})
            else:
                always.append(key)
        made["required"] = always
        if either:
            made["allOf"] = either
        return made

    def _open_schema(self, made: Schema) -> Schema:
        names: list[Json] = list(self.known)
        return {**made, "propertyNames": {"anyOf": [made.get("propertyNames", True), {"enum": names}]}}


def _mapping(place: Place | None, **entries: Node) -> MapNode:
    keyed = ((Scalar(name, Style.PLAIN, place), value) for name, value in entries.items())
    return MapNode(tuple(keyed), place)


def _as_written(fault: Fault, written: Mapping[Path, str]) -> Fault:
    """A fault at a plain key, said of the NIEM name that stands in the file."""
    for length in (2, 1):
        name = written.get(fault.path[:length])
        if name is not None:
            return replace(fault, path=(name, *fault.path[length:]))
    return fault


def _schema_at(made: Json, target: Target) -> Json:
    for step in target:
        members = made.get("properties") if isinstance(made, dict) else None
        made = members.get(step, True) if isinstance(members, dict) else True
    return made


def _items(made: Json) -> Json:
    return made.get("items", True) if isinstance(made, dict) else True


def _place(node: Node) -> Place | None:
    return node.place


_IDENTIFIERS: Final = frozenset(targets((*NATIONAL_IDENTIFIERS, *ISSUED_IDENTIFIERS)))
