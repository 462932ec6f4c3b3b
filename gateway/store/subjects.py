"""Subjects asked about or consenting: kept sealed, found again by keyed digests of their lookup keys."""

from __future__ import annotations

import json
import secrets
from base64 import b64decode, b64encode
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, cast

from sqlalchemy import Connection, RowMapping, bindparam, insert, select

from adapters.matching import lookup_keys, same_subject
from agreements.subject import Subject
from gateway.store.hot import Hot
from gateway.store.remembered import Remembered
from gateway.store.tables import subject_keys, subjects
from gateway.store.transaction import Transaction
from gateway.vault import Vault
from gateway.wire.body import read_body
from gateway.wire.subject import SUBJECT, alike, subject_json

_BY_ID: Final = Hot(select(subjects.c.id, subjects.c.sealed).where(subjects.c.id == bindparam("id")))
_ADD: Final = Hot(insert(subjects))
_ADD_KEYS: Final = Hot(insert(subject_keys))
_BY_IDS: Final = select(subjects).where(subjects.c.id.in_(bindparam("ids", expanding=True)))
_IDS_BY_KEY: Final = (
    select(subject_keys.c.subject).distinct().where(subject_keys.c.key.in_(bindparam("keys", expanding=True)))
)


@dataclass(frozen=True, slots=True)
class KeptSubject:
    """A subject as the store knows it; `ledger_key` tags the ledger entries about it."""

    id: str
    subject: Subject
    ledger_key: bytes = field(repr=False)
    keys: tuple[bytes, ...] = field(repr=False)


class Subjects:
    """The subjects of one store. Two ways of naming one person are two kept subjects that `alike` joins."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._read: Remembered[bytes, KeptSubject] = Remembered()
        self._same: Remembered[tuple[str, str], bool] = Remembered()

    def forget_read(self) -> None:
        self._read.forget()
        self._same.forget()

    def keep(self, connection: Connection, subject: Subject) -> KeptSubject:
        """The kept subject of exactly this identity, made if it is new."""
        written = subject_json(subject)
        id = self._id(written)
        for found, sealed in _BY_ID.rows(connection, {"id": id}):
            return self.opened(found, sealed)
        key = secrets.token_bytes(32)
        sealed = self._vault.seal(f"subject/{id}", {"identity": written, "key": b64encode(key).decode()})
        _ADD.run(connection, {"id": id, "kind": subject.kind.value, "sealed": sealed})
        kept = KeptSubject(id, subject, key, self._keys(subject))
        if kept.keys:
            _ADD_KEYS.run_many(connection, [{"key": digest, "subject": id} for digest in kept.keys])
        return kept

    def recalled(self, transaction: Transaction, subject: Subject) -> KeptSubject:
        """As `keep`, without looking again for one that was kept a moment ago."""
        return transaction.recall(("subject", alike(subject)), partial(self.keep, subject=subject))

    def named(self, connection: Connection, subject: Subject) -> tuple[KeptSubject, ...]:
        """Every kept subject that is surely this one, whether or not it was ever named just so."""
        asked = self.unkept(subject)
        ids = connection.execute(_IDS_BY_KEY, {"keys": list(asked.keys)}).scalars().all()
        return tuple(other for other in self.get_all(connection, ids) if self.same(asked, other))

    def unkept(self, subject: Subject) -> KeptSubject:
        """A subject as it would be kept, for looking up what is on record about it."""
        return KeptSubject(self._id(subject_json(subject)), subject, b"", self._keys(subject))

    def same(self, one: KeptSubject, other: KeptSubject) -> bool:
        """Whether two kept subjects are surely one."""
        return self._same.get((one.id, other.id), partial(same_subject, one.subject, other.subject))

    def get(self, connection: Connection, id: str) -> KeptSubject:
        ((found, sealed),) = _BY_ID.rows(connection, {"id": id})
        return self.opened(found, sealed)

    def get_all(self, connection: Connection, ids: Collection[str]) -> list[KeptSubject]:
        return [self._open(row) for row in connection.execute(_BY_IDS, {"ids": list(ids)}).mappings()]

    def _id(self, written: dict[str, Any]) -> str:
        return "sub_" + self._vault.tag("subject", json.dumps(written, sort_keys=True)).hex()[:32]

    def _keys(self, subject: Subject) -> tuple[bytes, ...]:
        return tuple(self._vault.tag("subject-key", key) for key in sorted(set(lookup_keys(subject))))

    def opened(self, id: str, sealed: bytes) -> KeptSubject:
        """A kept subject from its sealed row."""
        return self._read.get(sealed, partial(self._opened, id, sealed))

    def _open(self, row: RowMapping) -> KeptSubject:
        return self.opened(row["id"], row["sealed"])

    def _opened(self, id: str, sealed: bytes) -> KeptSubject:
        opened = cast("dict[str, Any]", self._vault.open(f"subject/{id}", sealed))
        subject = read_body(opened["identity"], SUBJECT)
        return KeptSubject(id, subject, b64decode(opened["key"]), self._keys(subject))
