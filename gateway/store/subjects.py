"""Subjects asked about or consenting: kept sealed, found again by keyed digests of their lookup keys."""

from __future__ import annotations

import json
import secrets
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import Connection, RowMapping, insert, select

from adapters.matching import lookup_keys, same_subject
from agreements.subject import Subject
from gateway.store.tables import subject_keys, subjects
from gateway.vault import Vault
from gateway.wire.body import read_body
from gateway.wire.subject import SUBJECT, subject_json


@dataclass(frozen=True, slots=True)
class KeptSubject:
    """A subject as the store knows it; `ledger_key` tags the ledger entries about it."""

    id: str
    subject: Subject
    ledger_key: bytes = field(repr=False)


class Subjects:
    """The subjects of one store. Two ways of naming one person are two kept subjects that `alike` joins."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def keep(self, connection: Connection, subject: Subject) -> KeptSubject:
        """The kept subject of exactly this identity, made if it is new."""
        written = subject_json(subject)
        id = "sub_" + self._vault.tag("subject", json.dumps(written, sort_keys=True)).hex()[:32]
        row = connection.execute(select(subjects).where(subjects.c.id == id)).mappings().first()
        if row is not None:
            return self._open(row)
        key = secrets.token_bytes(32)
        sealed = self._vault.seal(f"subject/{id}", {"identity": written, "key": b64encode(key).decode()})
        connection.execute(insert(subjects).values(id=id, kind=subject.kind.value, sealed=sealed))
        rows = [{"key": digest, "subject": id} for digest in self._keys(subject)]
        if rows:
            connection.execute(insert(subject_keys), rows)
        return KeptSubject(id, subject, key)

    def alike(self, connection: Connection, subject: Subject) -> Iterator[KeptSubject]:
        """Every kept subject that is surely the same one: a shared key, and nothing that contradicts."""
        ids = select(subject_keys.c.subject).where(subject_keys.c.key.in_(self._keys(subject)))
        for row in connection.execute(select(subjects).where(subjects.c.id.in_(ids))).mappings():
            kept = self._open(row)
            if same_subject(subject, kept.subject):
                yield kept

    def get(self, connection: Connection, id: str) -> KeptSubject:
        return self._open(connection.execute(select(subjects).where(subjects.c.id == id)).mappings().one())

    def _keys(self, subject: Subject) -> tuple[bytes, ...]:
        return tuple(self._vault.tag("subject-key", key) for key in sorted(set(lookup_keys(subject))))

    def _open(self, row: RowMapping) -> KeptSubject:
        opened = cast("dict[str, Any]", self._vault.open(f"subject/{row['id']}", row["sealed"]))
        return KeptSubject(row["id"], read_body(opened["identity"], SUBJECT), b64decode(opened["key"]))
