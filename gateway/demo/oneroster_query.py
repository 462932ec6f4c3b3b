"""Filters, field selection and order of the OneRoster 1.2 REST binding, on the server's side. Pure.

Source: 1EdTech OneRoster 1.2 Rostering Service REST/JSON Binding, section 3.4.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

Record = dict[str, Any]

_BASE: Final = frozenset({"sourcedId", "status", "dateLastModified", "metadata"})
_RACES: Final = (
    *("americanIndianOrAlaskaNative", "asian", "blackOrAfricanAmerican"),
    *("nativeHawaiianOrOtherPacificIslander", "white", "demographicRaceTwoOrMoreRaces"),
)
PROPERTIES: Final[Mapping[str, frozenset[str]]] = {
    "users": _BASE
    | {"userMasterIdentifier", "username", "userIds", "enabledUser", "givenName", "familyName", "middleName"}
    | {"preferredFirstName", "preferredMiddleName", "preferredLastName", "pronouns", "roles", "userProfiles"}
    | {"primaryOrg", "identifier", "email", "sms", "phone", "agents", "grades", "password", "resources"},
    "orgs": _BASE | {"name", "type", "identifier", "parent", "children"},
    "demographics": _BASE
    | {"birthDate", "sex", *_RACES, "hispanicOrLatinoEthnicity", "countryOfBirthCode"}
    | {"stateOfBirthAbbreviation", "cityOfBirth", "publicSchoolResidenceStatus"},
}
"""The properties of each kind of record in version 1.2."""

_TERM: Final = r"([A-Za-z][A-Za-z0-9_.]*)\s*(!=|>=|<=|=|>|<|~)\s*'([^']*)'"
_FILTER: Final = re.compile(rf"{_TERM}(?:\s+(AND|OR)\s+{_TERM})?")
_COMPARE: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "=": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "~": operator.contains,
}


class BadQueryError(Exception):
    """A query the binding does not allow; `code` is its `imsx_codeMinorFieldValue`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def matching(kind: str, records: Iterable[Record], expression: str) -> list[Record]:
    """The records of a kind that a filter expression describes; texts are compared without case.

    Raises:
        BadQueryError: it is no filter, or names a property there is not.
    """
    parsed = _FILTER.fullmatch(expression.strip())
    if parsed is None:
        raise BadQueryError("invalid_filter_field")
    one = _term(kind, parsed[1], parsed[2], parsed[3])
    if parsed[4] is None:
        return [each for each in records if one(each)]
    other = _term(kind, parsed[5], parsed[6], parsed[7])
    if parsed[4] == "AND":
        return [each for each in records if one(each) and other(each)]
    return [each for each in records if one(each) or other(each)]


def selected(kind: str, records: Iterable[Record], fields: str) -> list[Record]:
    """The records with these properties only.

    Raises:
        BadQueryError: one of them is none.
    """
    names = [each.strip() for each in fields.split(",") if each.strip()]
    if not names or not set(names) <= PROPERTIES[kind]:
        raise BadQueryError("invalid_selection_field")
    return [{name: each[name] for name in names if name in each} for each in records]


def ordered(kind: str, records: Iterable[Record], sort: str, order: str) -> list[Record]:
    """The records by a property.

    Raises:
        BadQueryError: there is no such property or order.
    """
    if sort not in PROPERTIES[kind] or order not in {"asc", "desc"}:
        raise BadQueryError("invalid_sort_field")
    return sorted(records, key=lambda each: str(each.get(sort, "")).lower(), reverse=order == "desc")


def _term(kind: str, path: str, sign: str, value: str) -> Callable[[Record], bool]:
    if path.partition(".")[0] not in PROPERTIES[kind]:
        raise BadQueryError("invalid_filter_field")
    compare, wanted, steps = _COMPARE[sign], value.lower(), path.split(".")
    return lambda record: any(compare(each.lower(), wanted) for each in _texts(record, steps))


def _texts(value: object, steps: list[str]) -> list[str]:
    """The values at a path, through every item of a list on the way."""
    if isinstance(value, list):
        return [text for each in value for text in _texts(each, steps)]
    if not steps:
        return [] if value is None else [str(value)]
    return _texts(value.get(steps[0]), steps[1:]) if isinstance(value, dict) else []
