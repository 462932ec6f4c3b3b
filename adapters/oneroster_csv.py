"""OneRoster CSV 1.1 and 1.2: a folder or zip archive of bulk files, read again whenever it changes.

Source: 1EdTech OneRoster 1.1 CSV Tables and OneRoster 1.2 CSV Binding.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Final

from adapters.oneroster_drop import Version, read_drop, version_of
from adapters.oneroster_mapping import OneRosterMapping, People, RosterWord
from adapters.oneroster_people import (
    Candidates,
    Record,
    RosterEntry,
    entry,
    has_role,
    is_deleted,
    people,
    school_names,
    venues,
)
from adapters.oneroster_table import Table, read_csv
from adapters.partner import Fault, SourceError
from adapters.source_json import Json
from agreements.subject import PersonIdentity

NAMES: Final = frozenset({"manifest.csv", "users.csv", "roles.csv", "demographics.csv", "orgs.csv"})
VERSIONS: Final = frozenset({"1.1", "1.2"})

_LOG: Final = logging.getLogger(__name__)
_USER_ID: Final = re.compile(r"\{([^:{}]+):([^{}]*)\}")
# The CSV binding and the REST binding name the preferred names differently.
_OTHER_NAMES: Final = {"preferredGivenName": "preferredFirstName", "preferredFamilyName": "preferredLastName"}


@dataclass(frozen=True, slots=True)
class _Drop:
    """One state of the files, read; `remarks` say what was unusual about them, never what they hold."""

    version: Version
    users: Mapping[str, tuple[Record, ...]]
    people: Candidates
    venues: Candidates
    schools: Mapping[str, str]
    remarks: tuple[str, ...]


class CsvRoster:
    """The `Roster` of a drop; a changed drop that cannot be read is no answer, never the old one."""

    def __init__(self, path: Path, mapping: OneRosterMapping, clock: Callable[[], datetime]) -> None:
        self._path = path
        self._mapping = mapping
        self._clock = clock
        self._lock = Lock()
        self._drop: _Drop | None = None

    async def people(self, asked: PersonIdentity) -> Candidates:  # noqa: ARG002 - all are in memory
        return (await self._current()).people

    async def venues(self) -> Candidates:
        return (await self._current()).venues

    async def entries(
        self, ids: Collection[str], words: Collection[RosterWord]
    ) -> tuple[list[RosterEntry], Mapping[str, str]]:
        drop = await self._current()
        found = [entry(each, words) for sourced_id in ids for each in drop.users.get(sourced_id, ())]
        return list(dict.fromkeys(found)), drop.schools

    async def answers(self) -> None:
        await self._current()

    @property
    def remarks(self) -> tuple[str, ...]:
        """What was unusual about the files last read, for whoever runs the site."""
        return () if self._drop is None else self._drop.remarks

    def forget(self) -> None:
        """Nothing is learnt from the files that their next reading would not replace."""

    async def close(self) -> None:
        self._drop = None

    async def _current(self) -> _Drop:
        return await asyncio.to_thread(self._read)

    def _read(self) -> _Drop:
        with self._lock:
            version = version_of(self._path, NAMES)
            if self._drop is None or self._drop.version != version:
                self._drop = None
                self._drop = _read(self._path, version, self._mapping, self._clock())
                for remark in self._drop.remarks:
                    _LOG.warning("OneRoster drop: %s", remark)
            return self._drop


def _read(path: Path, version: Version, mapping: OneRosterMapping, now: datetime) -> _Drop:
    bodies = read_drop(path, NAMES, now)
    if version_of(path, NAMES) != version:
        raise SourceError(Fault.UNREACHABLE)
    tables = _tables(bodies)
    users = _users(tables, mapping.people)
    births = _records(tables.get("demographics"))
    orgs = _records(tables.get("orgs"))
    by_id: dict[str, tuple[Record, ...]] = {}
    for each in users:
        by_id[str(each["sourcedId"])] = (*by_id.get(str(each["sourcedId"]), ()), each)
    return _Drop(
        version,
        by_id,
        people(users, births, mapping),
        Candidates((), frozenset()) if mapping.venue is None else venues(orgs, mapping.venue),
        school_names(orgs),
        tuple(
            f"{name}.csv is not UTF-8 and was read as Windows-1252"
            for name, table in tables.items()
            if table.encoding != "utf-8"
        ),
    )


def _tables(bodies: Mapping[str, bytes]) -> dict[str, Table]:
    """The tables a manifest announces.

    Raises:
        SourceError: there is no manifest of a known version, it announces only changes, or a file it
            announces is absent or has no `sourcedId` (`MALFORMED`).
    """
    said = _manifest(bodies)
    tables: dict[str, Table] = {}
    for name in ("users", "roles", "demographics", "orgs"):
        kind = said.get(f"file.{name}", "absent").strip().lower()
        if kind == "absent":
            continue
        # A delta holds only what changed: whoever stands in no delta would seem not to be held.
        if kind != "bulk" or f"{name}.csv" not in bodies:
            raise SourceError(Fault.MALFORMED)
        tables[name] = read_csv(bodies[f"{name}.csv"])
        if not {"sourcedId", "userSourcedId"} & set(tables[name].header):
            raise SourceError(Fault.MALFORMED)
    if "users" not in tables:
        raise SourceError(Fault.MALFORMED)
    return tables


def _manifest(bodies: Mapping[str, bytes]) -> dict[str, str]:
    if "manifest.csv" not in bodies:
        raise SourceError(Fault.MALFORMED)
    table = read_csv(bodies["manifest.csv"])
    if table.header != ("propertyName", "value"):
        raise SourceError(Fault.MALFORMED)
    said = {row["propertyName"].strip(): row["value"] for row in table.rows}
    if len(said) != len(table.rows) or said.get("oneroster.version", "").strip() not in VERSIONS:
        raise SourceError(Fault.MALFORMED)
    return said


def _users(tables: Mapping[str, Table], wanted: People) -> list[Record]:
    """Users in the form of the REST binding, with their roles; only students where only they are wanted."""
    roles: dict[str, list[Json]] = {}
    for row in tables["roles"].rows if "roles" in tables else ():
        if not is_deleted(row):
            org: Json = {"sourcedId": row.get("orgSourcedId", "")}
            role: Json = {"role": row.get("role", ""), "org": org}
            roles.setdefault(row.get("userSourcedId", "").strip(), []).append(role)
    users = [_user(row, roles) for row in tables["users"].rows]
    return [
        each
        for each in users
        if not is_deleted(each) and (wanted is People.USERS or has_role(each, "student"))
    ]


def _user(row: Mapping[str, str], roles: Mapping[str, list[Json]]) -> Record:
    user: dict[str, Json] = {_OTHER_NAMES.get(name, name): cell for name, cell in row.items()}
    user["sourcedId"] = row.get("sourcedId", "").strip()
    user["grades"] = [part.strip() for part in row.get("grades", "").split(",")]
    user["userIds"] = _user_ids(row.get("userIds", ""))
    user["orgs"] = [{"sourcedId": part.strip()} for part in row.get("orgSourcedIds", "").split(",")]
    user["primaryOrg"] = {"sourcedId": row.get("primaryOrgSourcedId", "")}
    user["roles"] = roles.get(str(user["sourcedId"]), [])
    return user


def _user_ids(cell: str) -> Json:
    """`{LDAP:a},{Fed:b}` as the list of the REST binding; anything else is passed on to be doubted."""
    if _USER_ID.sub("", cell).strip(" ,"):
        return cell
    return [{"type": kind.strip(), "identifier": value.strip()} for kind, value in _USER_ID.findall(cell)]


def _records(table: Table | None) -> list[Record]:
    """Rows in the form of the REST binding, the columns of an extension under `metadata`."""
    return [] if table is None else list(map(_record, table.rows))


def _record(row: Mapping[str, str]) -> Record:
    metadata: dict[str, Json] = {
        name.removeprefix("metadata."): cell for name, cell in row.items() if name.startswith("metadata.")
    }
    return {**row, "metadata": metadata}
