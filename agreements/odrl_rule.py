"""One rule of an ODRL policy taken apart into the keys of a clause. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Final

from agreements import odrl_table as table
from agreements.document import Json
from agreements.fault import Fault, MisfitError, Path, nameable
from agreements.odrl_table import Home, KeyPath, Operand, Property, Table
from agreements.odrl_terms import misfit

_OPERAND: Final = frozenset({"leftOperand", "operator", "rightOperand"})
_TIME: Final = "dateTime"


def mapping(value: Json) -> dict[str, Json]:
    if not isinstance(value, dict):
        raise misfit("an object")
    return value


def members(keys: Table) -> frozenset[str]:
    """The names of a table's properties."""
    return frozenset(slot.name for slot in keys.values() if isinstance(slot, Property))


@dataclass(slots=True)
class Reader:
    """Gathers faults, and remembers at which path of the document each key of the format was read."""

    faults: list[Fault] = field(default_factory=list)
    read_at: dict[Path, Path] = field(default_factory=dict)
    _given: set[Path] = field(default_factory=set)

    def finish(self) -> None:
        if self.faults:
            raise MisfitError(*self.faults)

    @contextmanager
    def gathering(self, path: Path) -> Iterator[None]:
        """Go on after a fault, which is remembered below the path."""
        try:
            yield
        except MisfitError as wrong:
            self.faults += (replace(fault, path=(*path, *fault.path)) for fault in wrong.faults)

    def placed(self, fault: Fault) -> Fault:
        """A fault of the agreement format, at the path in the document it comes from."""
        for length in range(len(fault.path), -1, -1):
            known = self.read_at.get(fault.path[:length])
            if known is not None:
                return replace(fault, path=(*known, *fault.path[length:]))
        return fault

    def take(self, key: Path, path: Path) -> None:
        """Remember where a key was read.

        Raises:
            MisfitError: it was read before.
        """
        if key in self._given:
            raise misfit("each operand once", "leftOperand")
        self._given.add(key)
        self.read_at[key] = path

    def refuse_unknown(self, written: Mapping[str, Json], known: Iterable[str], path: Path) -> None:
        allowed = frozenset(known)
        self.faults += (
            Fault(None, "a member that the profile has here", (*path, nameable(key)))
            for key in written
            if key not in allowed
        )

    def objects(self, value: Json, path: Path) -> list[tuple[Path, dict[str, Json]]]:
        """The objects of a list with their paths."""
        if not isinstance(value, list):
            self.faults.append(Fault(None, "a list of objects", path))
            return []
        found = []
        for index, item in enumerate(value):
            with self.gathering((*path, index)):
                found.append(((*path, index), mapping(item)))
        return found

    def in_order(self, items: list[tuple[Path, dict[str, Json]]]) -> list[tuple[Path, dict[str, Json]]]:
        """Rules or duties by their positions, which must be 0, 1, 2 and so on."""
        taken: dict[int, tuple[Path, dict[str, Json]]] = {}
        for path, item in items:
            position = item.get(table.POSITION)
            fits = isinstance(position, int) and not isinstance(position, bool)
            if not isinstance(position, int) or not fits or not 0 <= position < len(items):
                expected = f"a whole number from 0 to {len(items) - 1}"
                self.faults.append(Fault(None, expected, (*path, table.POSITION)))
            elif position in taken:
                self.faults.append(Fault(None, "a position no other has", (*path, table.POSITION)))
            else:
                taken[position] = path, item
        return [taken[position] for position in sorted(taken)]

    def properties(
        self, keys: Table, written: Mapping[str, Json], path: Path, form_path: Path = ()
    ) -> dict[str, Json]:
        """The keys of the format that stand as properties of an object."""
        made: dict[str, Json] = {}
        self.read_at[form_path] = path
        for key, slot in keys.items():
            if isinstance(slot, Property) and slot.name in written:
                at = (*path, slot.name)
                with self.gathering(at):
                    made[key[0]] = slot.value.read(written[slot.name])
                    self.read_at[(*form_path, *key)] = (*at, *slot.value.steps())
            elif isinstance(slot, Property):
                self.read_at[(*form_path, *key)] = (*path, slot.name)
        return made


@dataclass(frozen=True, slots=True)
class Gathered:
    """A rule, where it stands in the document, and where its clause stands in the agreement format."""

    reader: Reader
    rule: Mapping[str, Json]
    path: Path
    form_path: Path

    def clause(self, name: str) -> Json:
        """The clause a rule of a permission or prohibition says, in the agreement format."""
        effect, kind, duties = table.RULES[name]
        reader, rule = self.reader, self.rule
        known = {"@type", "uid", table.POSITION, duties, *table.ANNOTATIONS, *members(table.CLAUSE)}
        reader.refuse_unknown(rule, known | {home.value for home in Home}, self.path)
        if rule.get("@type", kind) != kind:
            reader.faults.append(Fault(None, kind, (*self.path, "@type")))
        made: dict[str, Json] = {"effect": effect}
        made |= reader.properties(table.CLAUSE, rule, self.path, self.form_path)
        for home in Home:
            self._home(home, made)
        if duties in rule:
            made["obligations"] = self._duties(duties)
        return made

    def _home(self, home: Home, made: dict[str, Json]) -> None:
        """Read the operands of one part of the rule; a part that is missing says nothing."""
        for key, slot in table.CLAUSE.items():
            if isinstance(slot, Operand) and slot.home is home:
                # Until an operand is found: a fault about a missing one belongs to the part it is missing in.
                for length in range(1, len(key) + 1):
                    self.reader.read_at.setdefault((*self.form_path, *key[:length]), self.path)
        with self.reader.gathering(self.path):
            path, operands = _part(home, self.rule)
            self._operands(table.CLAUSE, home, operands, (*self.path, *path), made, self.form_path)
        if home in {Home.ASSIGNEE, Home.ASSIGNER} and home.value in self.rule:
            made.setdefault("requester" if home is Home.ASSIGNEE else "custodian", {})

    def _operands(
        self,
        keys: Table,
        home: Home,
        written: Json,
        path: Path,
        made: dict[str, Json],
        form_path: Path,
    ) -> None:
        for at, one, either in _flattened(self.reader, written, path):
            with self.reader.gathering(at):
                if home is Home.CONSTRAINT and one.get("leftOperand") == _TIME and not either:
                    continue
                key, slot = _slot(keys, home, one, either=either)
                right = (*at, "rightOperand")
                self.reader.take((*form_path, *key), (*right, *slot.value.steps()))
                with self.reader.gathering(right):
                    _put(made, key, slot.value.read(one["rightOperand"]))

    def _duties(self, name: str) -> Json:
        found = self.reader.objects(self.rule[name], (*self.path, name))
        made: list[Json] = []
        for index, (path, duty) in enumerate(self.reader.in_order(found)):
            form_path: Path = (*self.form_path, "obligations", index)
            known = {"@type", table.POSITION, "constraint", *members(table.DUTY)}
            self.reader.refuse_unknown(duty, known, path)
            if duty.get("@type", "Duty") != "Duty":
                self.reader.faults.append(Fault(None, "Duty", (*path, "@type")))
            one = self.reader.properties(table.DUTY, duty, path, form_path)
            constraints = duty.get("constraint", [])
            self._operands(table.DUTY, Home.CONSTRAINT, constraints, (*path, "constraint"), one, form_path)
            made.append(one)
        return made


def _part(home: Home, rule: Mapping[str, Json]) -> tuple[Path, Json]:
    """The list of operands of one part of a rule, and its path in the rule."""
    if home not in table.PARTS:
        return (home.value,), rule.get(home.value, [])
    if home.value not in rule:
        return (home.value,), []
    part: Json = rule[home.value]
    path: Path = (home.value,)
    if home is Home.ACTION:
        if not isinstance(part, list) or len(part) != 1:
            raise misfit("a list of one action", *path)
        part, path = part[0], (*path, 0)
    fixed = table.PARTS[home]
    if not isinstance(part, dict) or {key: part.get(key) for key in fixed} != fixed:
        raise misfit(", ".join(f"{key} as the profile has it" for key in fixed), *path)
    for key in part.keys() - fixed.keys() - {"refinement"}:
        raise misfit("a member that the profile has here", *path, nameable(key))
    return (*path, "refinement"), part.get("refinement", [])


def _flattened(reader: Reader, written: Json, path: Path) -> Iterator[tuple[Path, dict[str, Json], bool]]:
    """Every operand with its path, and whether it stands among alternatives."""
    for at, one in reader.objects(written, path):
        if one.keys() == {"@type", "or"} and one["@type"] == "LogicalConstraint":
            choice = one["or"]
            if not isinstance(choice, dict) or choice.keys() != {"@list"}:
                reader.faults.append(Fault(None, "an @list and nothing else", (*at, "or")))
                continue
            inner = (*at, "or", "@list")
            for place, each in reader.objects(choice["@list"], inner):
                yield place, each, True
        else:
            yield at, one, False


def _slot(keys: Table, home: Home, one: Mapping[str, Json], *, either: bool) -> tuple[KeyPath, Operand]:
    if one.keys() != _OPERAND:
        raise misfit("leftOperand, operator and rightOperand, and nothing else")
    here = [(key, slot) for key, slot in keys.items() if isinstance(slot, Operand) and slot.home is home]
    here = [(key, slot) for key, slot in here if slot.left == one["leftOperand"] and slot.either is either]
    if not here:
        raise misfit("an operand that the profile has here", "leftOperand")
    for key, slot in here:
        if slot.operator.value == one["operator"]:
            return key, slot
    raise misfit(" or ".join(slot.operator.value for _, slot in here), "operator")


def _put(made: dict[str, Json], key: KeyPath, value: Json) -> None:
    for step in key[:-1]:
        made = mapping(made.setdefault(step, {}))
    made[key[-1]] = value
