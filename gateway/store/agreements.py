"""Agreement versions that live in the store: drafts, what became of them, and who has taken which step.

The text of an agreement names no person and stands in clear; who acted is sealed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, Table, and_, delete, func, insert, select, update

from agreements.agreement import Agreement, Signature
from agreements.life import Approved, State, Step, Version
from agreements.parser import parse_agreement
from gateway.store.tables import (
    agreement_signatures,
    agreement_steps,
    agreement_versions,
    suspensions,
    terminations,
)
from gateway.vault import Vault

Person = tuple[str, str]
"""Agency and id of somebody who acted: the same id at two agencies is two persons."""


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """A version as it stands; `state` is draft, proposed or active; `revision` counts edits from 1."""

    agreement: Agreement
    state: State
    revision: int
    source: bytes
    """The draft as it was written, comments and all."""
    authors: tuple[Person, ...]
    """Who drafted, edited or proposed it."""
    proposer: Person | None = None
    activator: Person | None = None

    @property
    def key(self) -> Version:
        return self.agreement.id, self.agreement.version


@dataclass(frozen=True, slots=True)
class TakenStep:
    step: Step
    by: str
    at: datetime


class AgreementVersions:
    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def add(self, connection: Connection, stored: StoredVersion) -> None:
        connection.execute(insert(agreement_versions).values(**self._row(stored)))

    def change(self, connection: Connection, stored: StoredVersion) -> None:
        """Write a version in place of the one before it."""
        row = self._row(stored)
        connection.execute(
            update(agreement_versions).where(_is(agreement_versions, stored.key)).values(**row)
        )

    def get(self, connection: Connection, key: Version) -> StoredVersion | None:
        found = select(agreement_versions).where(_is(agreement_versions, key))
        row = connection.execute(found).mappings().first()
        return None if row is None else self._read(connection, row)

    def all(self, connection: Connection, id: str | None = None) -> list[StoredVersion]:
        """Every version, or those of one agreement, by id and number."""
        columns = agreement_versions.c
        found = select(agreement_versions).order_by(columns.agreement, columns.version)
        if id is not None:
            found = found.where(columns.agreement == id)
        return [self._read(connection, row) for row in connection.execute(found).mappings()]

    def sign(self, connection: Connection, key: Version, signature: Signature) -> None:
        row = {"agreement": key[0], "version": key[1], "party": signature.party, "jws": signature.jws}
        connection.execute(insert(agreement_signatures).values(**row))

    def _row(self, stored: StoredVersion) -> dict[str, Any]:
        id, version = stored.key
        persons = {
            "authors": [list(person) for person in stored.authors],
            "proposer": stored.proposer and list(stored.proposer),
            "activator": stored.activator and list(stored.activator),
        }
        return {
            "agreement": id,
            "version": version,
            "state": stored.state.value,
            "revision": stored.revision,
            "source": stored.source,
            "sealed": self._vault.seal(f"agreement/{id}/{version}", persons),
        }

    def _read(self, connection: Connection, row: RowMapping) -> StoredVersion:
        id, version = row["agreement"], row["version"]
        persons = self._vault.open(f"agreement/{id}/{version}", row["sealed"])
        return StoredVersion(
            agreement=_signed(connection, _agreement(row)),
            state=State(row["state"]),
            revision=row["revision"],
            source=row["source"],
            authors=tuple((agency, person) for agency, person in persons["authors"]),
            proposer=persons["proposer"] and tuple(persons["proposer"]),
            activator=persons["activator"] and tuple(persons["activator"]),
        )


def take_step(connection: Connection, key: Version, step: Step, by: str, at: datetime) -> None:
    """Write down that a step was taken, and what follows from it for a version in force."""
    number = _revision(connection) + 1
    named = {"agreement": key[0], "version": key[1], "by": by, "at": at}
    connection.execute(insert(agreement_steps).values(number=number, step=step.value, **named))
    table = _MARKED_BY.get(step)
    if table is not None:
        connection.execute(insert(table).values(**named))
    if step is Step.RESUME:
        connection.execute(delete(suspensions).where(_is(suspensions, key)))


def steps_of(connection: Connection, key: Version) -> list[TakenStep]:
    """What was done to a version through the gateway, oldest first."""
    found = select(agreement_steps).where(_is(agreement_steps, key)).order_by(agreement_steps.c.number)
    return [TakenStep(Step(row.step), row.by, row.at) for row in connection.execute(found)]


def suspended_by(connection: Connection, key: Version) -> str | None:
    """The party that took a version out of force for now."""
    found = select(suspensions.c.by).where(_is(suspensions, key))
    return connection.execute(found).scalar_one_or_none()


def approved(connection: Connection, known: Approved | None = None) -> Approved:
    """What the parties have decided so far; versions `known` are not read again, since they never change."""
    revision = _revision(connection)
    if known is not None and known.revision == revision and revision > 0:
        return known
    read_before = {(one.id, one.version): one for one in known.activated} if known else {}
    columns = agreement_versions.c
    active = select(columns.agreement, columns.version).where(columns.state == State.ACTIVE.value)
    keys = [
        (row.agreement, row.version) for row in connection.execute(active.order_by(*active.selected_columns))
    ]
    return Approved(
        revision=revision,
        activated=tuple(read_before.get(key) or _activated(connection, key) for key in keys),
        suspended=frozenset(_marked(connection, suspensions)),
        terminated=_marked(connection, terminations),
    )


_MARKED_BY: Final[Mapping[Step, Table]] = {Step.SUSPEND: suspensions, Step.TERMINATE: terminations}


def _marked(connection: Connection, table: Table) -> dict[Version, datetime]:
    found = connection.execute(select(table.c.agreement, table.c.version, table.c.at))
    return {(row.agreement, row.version): row.at for row in found}


def _revision(connection: Connection) -> int:
    return connection.execute(select(func.max(agreement_steps.c.number))).scalar() or 0


def _activated(connection: Connection, key: Version) -> Agreement:
    row = connection.execute(select(agreement_versions).where(_is(agreement_versions, key))).mappings().one()
    return _signed(connection, _agreement(row))


def _agreement(row: RowMapping) -> Agreement:
    return parse_agreement(row["source"], f"version {row['version']}")


def _signed(connection: Connection, agreement: Agreement) -> Agreement:
    columns = agreement_signatures.c
    found = (
        select(columns.party, columns.jws)
        .where(_is(agreement_signatures, (agreement.id, agreement.version)))
        .order_by(columns.party)
    )
    rows: Sequence[Any] = connection.execute(found).all()
    return replace(agreement, signatures=tuple(Signature(row.party, row.jws) for row in rows))


def _is(table: Table, key: Version) -> Any:
    return and_(table.c.agreement == key[0], table.c.version == key[1])
