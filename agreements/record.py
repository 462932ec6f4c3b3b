"""Forms of mappings whose keys are known: required, optional, or required where another key says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from agreements.document import Json, MapNode, Node, Scalar
from agreements.duration import Duration
from agreements.fault import Fault, MisfitError, nameable
from agreements.form import Form, Schema

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a record: its form, what it means, and what holds where it is absent."""

    form: Form[object]
    about: str
    required: bool
    default: object = None
    when: tuple[str, str] | None = None

    def must_stand(self, written: Mapping[str, Node]) -> bool:
        if self.when is None:
            return self.required
        other, word = self.when
        node = written.get(other)
        return isinstance(node, Scalar) and node.text == word

    def schema(self) -> Schema:
        made: Schema = {"description": self.about, **self.form.schema()}
        if not self.required and isinstance(self.default, bool):
            made["default"] = self.default
        elif not self.required and isinstance(self.default, str | Duration):
            made["default"] = str(self.default)
        return made


def required(form: Form[object], about: str) -> Key:
    """A key that must stand."""
    return Key(form, about, required=True)


def optional(form: Form[object], default: object, about: str) -> Key:
    """A key that may be absent, and the value it then has."""
    return Key(form, about, required=False, default=default)


def required_when(other: str, word: str, form: Form[object], default: object, about: str) -> Key:
    """A key that must stand where another key has a word, and elsewhere may be absent."""
    return Key(form, about, required=False, default=default, when=(other, word))


def record(build: Callable[..., T], keys: Mapping[str, Key]) -> Form[T]:
    """A mapping with these keys and no others; `build` takes every value by the name of its key.

    A hyphen in a key becomes an underscore in the name.
    """
    return _Record(build, keys)


def tagged(key: str, records: Mapping[str, Form[T]]) -> Form[T]:
    """A mapping whose `key` says which of several records the other keys must form."""
    return _Tagged(key, records)


@dataclass(frozen=True, slots=True)
class _Record(Form[T]):
    build: Callable[..., T]
    keys: Mapping[str, Key]

    def read(self, node: Node) -> T:
        if not isinstance(node, MapNode):
            raise MisfitError(Fault(node.place, "a mapping"))
        faults = self._unknown(node)
        written = {key.text: value for key, value in node.entries}
        values: dict[str, object] = {}
        for name, key in self.keys.items():
            try:
                values[name.replace("-", "_")] = _value(name, key, node, written)
            except MisfitError as misfit:
                faults += misfit.faults
        if faults:
            raise MisfitError(*faults)
        return self.build(**values)

    def take(self, value: Json) -> T:
        if not isinstance(value, dict) or not value.keys() <= self.keys.keys():
            raise MisfitError
        values: dict[str, object] = {}
        for name, key in self.keys.items():
            if name in value:
                values[name.replace("-", "_")] = key.form.take(value[name])
            elif key.required or (key.when is not None and value.get(key.when[0]) == key.when[1]):
                raise MisfitError
            else:
                values[name.replace("-", "_")] = key.default
        return self.build(**values)

    def _unknown(self, node: MapNode) -> list[Fault]:
        return [
            Fault(key.place, f"one of the keys {', '.join(self.keys)}", (nameable(key.text),))
            for key, _ in node.entries
            if key.text not in self.keys
        ]

    def schema(self) -> Schema:
        made: Schema = {
            "type": "object",
            "properties": {name: key.schema() for name, key in self.keys.items()},
            "required": [name for name, key in self.keys.items() if key.required],
            "additionalProperties": False,
        }
        conditional: list[Json] = [
            _required_if(name, *key.when) for name, key in self.keys.items() if key.when
        ]
        if conditional:
            made["allOf"] = conditional
        return made


def _value(name: str, key: Key, node: MapNode, written: Mapping[str, Node]) -> object:
    value = written.get(name)
    if value is None:
        if key.must_stand(written):
            raise MisfitError(Fault(node.place, "this key to be present", (name,)))
        return key.default
    try:
        return key.form.read(value)
    except MisfitError as misfit:
        raise MisfitError(*misfit.under(name)) from None


def _required_if(name: str, other: str, word: str) -> Schema:
    return {
        "if": {"properties": {other: {"const": word}}, "required": [other]},
        "then": {"required": [name]},
    }


@dataclass(frozen=True, slots=True)
class _Tagged(Form[T], Generic[T]):
    key: str
    records: Mapping[str, Form[T]]

    def read(self, node: Node) -> T:
        if not isinstance(node, MapNode):
            raise MisfitError(Fault(node.place, "a mapping"))
        tag = next((value for key, value in node.entries if key.text == self.key), None)
        if tag is None:
            raise MisfitError(Fault(node.place, "this key to be present", (self.key,)))
        form = self.records.get(tag.text) if isinstance(tag, Scalar) else None
        if form is None:
            raise MisfitError(Fault(tag.place, f"one of {', '.join(self.records)}", (self.key,)))
        rest = tuple(entry for entry in node.entries if entry[0].text != self.key)
        return form.read(MapNode(rest, node.place))

    def take(self, value: Json) -> T:
        if not isinstance(value, dict):
            raise MisfitError
        tag = value.get(self.key)
        form = self.records.get(tag) if isinstance(tag, str) else None
        if form is None:
            raise MisfitError
        return form.take({name: item for name, item in value.items() if name != self.key})

    def schema(self) -> Schema:
        return {"type": "object", "oneOf": [self._branch(word, form) for word, form in self.records.items()]}

    def _branch(self, word: str, form: Form[T]) -> Schema:
        made = form.schema()
        properties, needed = made.get("properties"), made.get("required")
        if not isinstance(properties, dict) or not isinstance(needed, list):
            raise TypeError("the branches of a tagged form are records")
        return {
            **made,
            "properties": {self.key: {"const": word}, **properties},
            "required": [self.key, *needed],
        }
