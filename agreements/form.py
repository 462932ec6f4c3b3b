"""What a document must look like, declared once: the same form reads values and yields JSON Schema 2020-12.

A form takes a node of `document` and gives a typed value, or every fault it found. Lists, mappings and
records go on after a fault so that one reading names all of them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from agreements.document import Json, ListNode, MapNode, Node, read_yaml
from agreements.fault import Fault, InvalidDocument, MisfitError, Path, nameable
from agreements.json_document import json_node, read_json

T = TypeVar("T")
U = TypeVar("U")
K = TypeVar("K", bound=Hashable)
T_co = TypeVar("T_co", covariant=True)

Schema = dict[str, Json]


@dataclass(frozen=True, slots=True)
class Complaint:
    """A rule between values that does not hold, at a path from the value checked."""

    path: Path
    expected: str


class Form(ABC, Generic[T_co]):
    @abstractmethod
    def read(self, node: Node) -> T_co:
        """The value a node stands for.

        Raises:
            MisfitError: with every fault found.
        """

    def take(self, value: Json) -> T_co:
        """The value that parsed JSON stands for, as `read` has it, by a shorter way where there is one.

        Raises:
            MisfitError: it does not fit; only `read` says where.
        """
        return self.read(json_node(value))

    @abstractmethod
    def schema(self) -> Schema:
        """A JSON Schema that accepts everything this form reads from JSON."""

    def into(self, build: Callable[[T_co], U]) -> Form[U]:
        """The same form, its value passed through a function that cannot fail."""
        return _Built(self, build)

    def also(self, check: Callable[[T_co], Iterable[Complaint]]) -> Form[T_co]:
        """The same form under a further rule, which JSON Schema cannot say."""
        return _Checked(self, check)


def from_yaml(source: bytes | str, file: str, form: Form[T]) -> T:
    """Read a YAML document that must have this form; `file` is only named in errors.

    Raises:
        InvalidDocument: with all errors found.
    """
    return _fit(read_yaml(source, file), file, form)


def from_json(value: Json, file: str, form: Form[T]) -> T:
    """Read a parsed JSON value that must have this form; `file` is only named in errors.

    Raises:
        InvalidDocument: with all errors found.
    """
    return _fit(read_json(value, file), file, form)


def take_json(value: Json, file: str, form: Form[T]) -> T:
    """As `from_json`, for a small value that mostly fits: only one that does not is read node by node."""
    try:
        return form.take(value)
    except MisfitError:
        return from_json(value, file, form)


def _fit(node: Node, file: str, form: Form[T]) -> T:
    try:
        return form.read(node)
    except MisfitError as misfit:
        raise InvalidDocument.of(file, misfit.faults) from None


def list_of(
    item: Form[T], *, minimum: int = 0, maximum: int | None = None, unique: bool = True
) -> Form[tuple[T, ...]]:
    """A list in the order written; `unique` refuses a value listed twice and needs hashable values."""
    return _ListOf(item, minimum, maximum, unique)


def set_of(item: Form[K], *, minimum: int = 0) -> Form[frozenset[K]]:
    """A list whose order means nothing and that names nothing twice."""
    return _ListOf(item, minimum, None, unique=True).into(frozenset)


def mapping_of(key: Form[K], value: Form[T], *, minimum: int = 0) -> Form[Mapping[K, T]]:
    """A mapping with keys and values of one form each; errors name a key once its form has accepted it."""
    return _MappingOf(key, value, minimum)


def either(first: Form[T], second: Form[U]) -> Form[T | U]:
    """One of two forms, told apart by what is written."""
    return _Either(first, second)


@dataclass(frozen=True, slots=True)
class _Built(Form[U], Generic[T, U]):
    form: Form[T]
    build: Callable[[T], U]

    def read(self, node: Node) -> U:
        return self.build(self.form.read(node))

    def take(self, value: Json) -> U:
        return self.build(self.form.take(value))

    def schema(self) -> Schema:
        return self.form.schema()


@dataclass(frozen=True, slots=True)
class _Checked(Form[T]):
    form: Form[T]
    check: Callable[[T], Iterable[Complaint]]

    def read(self, node: Node) -> T:
        value = self.form.read(node)
        faults = [Fault(_at(node, said.path).place, said.expected, said.path) for said in self.check(value)]
        if faults:
            raise MisfitError(*faults)
        return value

    def take(self, value: Json) -> T:
        taken = self.form.take(value)
        for _ in self.check(taken):
            raise MisfitError
        return taken

    def schema(self) -> Schema:
        return self.form.schema()


def _at(node: Node, path: Path) -> Node:
    """The node at a path, or the nearest one above it that was written."""
    for step in path:
        if isinstance(node, ListNode) and isinstance(step, int):
            node = node.items[step]
        elif isinstance(node, MapNode):
            node = next((value for key, value in node.entries if key.text == step), node)
    return node


@dataclass(frozen=True, slots=True)
class _ListOf(Form[tuple[T, ...]]):
    item: Form[T]
    minimum: int
    maximum: int | None
    unique: bool

    def read(self, node: Node) -> tuple[T, ...]:
        if not isinstance(node, ListNode):
            raise MisfitError(Fault(node.place, "a list"))
        if len(node.items) < self.minimum:
            raise MisfitError(Fault(node.place, f"a list of at least {self.minimum}"))
        if self.maximum is not None and len(node.items) > self.maximum:
            raise MisfitError(Fault(node.place, f"a list of at most {self.maximum}"))
        values: list[T] = []
        seen: set[T] = set()
        faults: list[Fault] = []
        for index, item in enumerate(node.items):
            try:
                value = self.item.read(item)
            except MisfitError as misfit:
                faults += misfit.under(index)
                continue
            if self.unique and value in seen:
                faults.append(Fault(item.place, "each value once", (index,)))
            if self.unique:
                seen.add(value)
            values.append(value)
        if faults:
            raise MisfitError(*faults)
        return tuple(values)

    def take(self, value: Json) -> tuple[T, ...]:
        if not isinstance(value, list) or len(value) < self.minimum:
            raise MisfitError
        if self.maximum is not None and len(value) > self.maximum:
            raise MisfitError
        taken = tuple([self.item.take(item) for item in value])
        if self.unique and len(set(taken)) != len(taken):
            raise MisfitError
        return taken

    def schema(self) -> Schema:
        made: Schema = {"type": "array", "items": self.item.schema()}
        if self.unique:
            made["uniqueItems"] = True
        if self.minimum:
            made["minItems"] = self.minimum
        if self.maximum is not None:
            made["maxItems"] = self.maximum
        return made


@dataclass(frozen=True, slots=True)
class _MappingOf(Form[Mapping[K, T]]):
    key: Form[K]
    value: Form[T]
    minimum: int

    def read(self, node: Node) -> Mapping[K, T]:
        if not isinstance(node, MapNode):
            raise MisfitError(Fault(node.place, "a mapping"))
        if len(node.entries) < self.minimum:
            raise MisfitError(Fault(node.place, f"a mapping of at least {self.minimum}"))
        values: dict[K, T] = {}
        faults: list[Fault] = []
        for key, item in node.entries:
            step = nameable(key.text)
            try:
                read_key = self.key.read(key)
                step = key.text
                values[read_key] = self.value.read(item)
            except MisfitError as misfit:
                faults += misfit.under(step)
        if faults:
            raise MisfitError(*faults)
        return values

    def take(self, value: Json) -> Mapping[K, T]:
        if not isinstance(value, dict) or len(value) < self.minimum:
            raise MisfitError
        return {self.key.take(key): self.value.take(item) for key, item in value.items()}

    def schema(self) -> Schema:
        made: Schema = {
            "type": "object",
            "propertyNames": self.key.schema(),
            "additionalProperties": self.value.schema(),
        }
        if self.minimum:
            made["minProperties"] = self.minimum
        return made


@dataclass(frozen=True, slots=True)
class _Either(Form[T | U], Generic[T, U]):
    first: Form[T]
    second: Form[U]

    def read(self, node: Node) -> T | U:
        try:
            return self.first.read(node)
        except MisfitError as misfit:
            missed = misfit
        try:
            return self.second.read(node)
        except MisfitError as misfit:
            raise _nearer(node, missed, misfit) from None

    def schema(self) -> Schema:
        return {"anyOf": [self.first.schema(), self.second.schema()]}


def _nearer(node: Node, first: MisfitError, second: MisfitError) -> MisfitError:
    """The faults of the one form whose outline fits, else one fault that names both forms."""
    inside = [miss for miss in (first, second) if all(fault.path for fault in miss.faults)]
    if len(inside) == 1:
        return inside[0]
    named = dict.fromkeys(fault.expected for miss in (first, second) for fault in miss.faults)
    return MisfitError(Fault(node.place, " or ".join(named)))
