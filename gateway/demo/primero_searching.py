"""How Primero's record lists are searched: text query, filters over fields, order, pages, chosen fields.

Source: Primero v2, `doc/api/cases/get.md`. A parameter that is no field of a record is passed over, as
Primero passes over it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from gateway.demo.primero_access import Record, Role

LARGEST_PAGE: Final = 1000
DEFAULT_PAGE: Final = 20

IDENTIFIERS: Final = (
    *("unique_identifier", "short_id", "case_id_display", "case_id", "ration_card_no", "icrc_ref_no"),
    *("unhcr_id_no", "unhcr_individual_no", "other_agency_id", "survivor_code_no", "national_id_no"),
    *("other_id_no", "biometrics_id", "family_count_no"),
)
NAMES: Final = ("name", "name_first", "name_middle", "name_last", "name_nickname", "name_other")
SHORT: Final = (
    *("id", "case_id_display", "name", "age", "sex", "registration_date", "created_at", "owned_by"),
    *("hidden_name", "workflow", "case_status_reopened", "module_id", "status"),
)
_CORE: Final = frozenset(
    (
        *("id", "status", "record_state", "case_status_reopened", "incident_case_id", "created_at"),
        *("owned_by", "module_id", "age", "sex", "registration_date", "case_id_display", "last_updated_at"),
        *("disclosure_other_orgs", "consent_for_services"),
    )
)
_CONTROL: Final = frozenset({"query", "fields", "page", "per", "order", "order_by", "id_search", "phonetic"})
_WORD: Final = re.compile(r"\w+")


def search(records: Iterable[Record], asked: Mapping[str, str]) -> list[Record]:
    """The records a list request finds, in its order."""
    held = list(records)
    known: set[str] = set().union(*held) - _CONTROL
    filters = {key: value for key, value in asked.items() if key in known and value}
    found = [record for record in held if _fits(record, filters)]
    words = _words(asked.get("query", ""))
    if words:
        found = [record for record in found if words & set(_searched(record, words))]
    order = asked.get("order_by", "created_at")
    latest_first = asked.get("order", "desc") == "desc"
    return sorted(found, key=lambda each: str(each.get(order, "")), reverse=latest_first)


def page_of(records: list[Record], asked: Mapping[str, str]) -> tuple[list[Record], dict[str, int]]:
    """One page and its metadata."""
    page = max(_number(asked.get("page"), 1), 1)
    per = max(min(_number(asked.get("per"), DEFAULT_PAGE), LARGEST_PAGE), 1)
    shown = records[(page - 1) * per : page * per]
    return shown, {"total": len(records), "per": per, "page": page}


def present(record: Record, asked: Mapping[str, str], role: Role) -> Record:
    """A record as this role may see it, with the fields chosen; three are always given."""
    fields = asked.get("fields", "")
    chosen = set(SHORT) if fields == "short" else set(fields.split(",")) if fields else set(record)
    permitted = set(record) if role.fields is None else role.fields | _CORE
    kept = {name: value for name, value in record.items() if name in chosen & permitted}
    if kept.get("name") is not None and record.get("hidden_name"):
        kept["name"] = "*******"
    always = {"id": record["id"], "enabled": record.get("record_state", True)}
    return {**always, "last_updated_at": record.get("last_updated_at", record.get("created_at")), **kept}


def _fits(record: Record, filters: Mapping[str, str]) -> bool:
    return all(_matches(record.get(key), wanted) for key, wanted in filters.items())


def _matches(held: Any, wanted: str) -> bool:
    low, dots, high = wanted.partition("..")
    if dots:
        return _between(held, low, high)
    values = held if isinstance(held, list) else [held]
    return bool({_plain(value) for value in values} & set(wanted.split(",")))


def _between(held: Any, low: str, high: str) -> bool:
    if isinstance(held, int) and not isinstance(held, bool):
        return low.isdecimal() and high.isdecimal() and int(low) <= held <= int(high)
    return isinstance(held, str) and low <= held[: len(low)] and held[: len(high)] <= high


def _plain(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _searched(record: Record, words: set[str]) -> Iterator[str]:
    """Those of the query's words that this record answers to: whole names, beginnings of identifiers."""
    names = {word for key in NAMES for word in _words(str(record.get(key) or ""))}
    yield from words & names
    identifiers = [word for key in IDENTIFIERS for word in _words(str(record.get(key) or ""))]
    yield from (word for word in words if any(each.startswith(word) for each in identifiers))


def _words(text: str) -> set[str]:
    return {word.casefold() for word in _WORD.findall(text)}


def _number(text: str | None, default: int) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 10 else default
