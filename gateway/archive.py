"""Every policy set that decided anything, kept for good: what was in force can be asked again years later.

A set is a list of digests; each agreement version and each law is kept once, by the digest of what it says.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Final

from rfc8785 import dumps
from sqlalchemy import Connection, bindparam, insert, select

from agreements.agreement import Agreement
from agreements.document import Json
from agreements.parser import agreement_from_json, canonical_form
from agreements.plain import from_plain, plain
from agreements.terms import Sector
from gateway.policy import PolicySet
from gateway.store.tables import policy_documents, policy_sets
from policies.lawbook import LawBook
from policies.statute import Law

_SET: Final = select(policy_sets.c.manifest).where(policy_sets.c.version == bindparam("version"))
_BODIES: Final = select(policy_documents.c.digest, policy_documents.c.body)
_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class _Form:
    """A policy set as it is kept."""

    manifest: bytes
    documents: Mapping[str, bytes]


class Archive:
    """Keeps policy sets, and reads them again; what it knows to be kept costs nothing to keep again."""

    def __init__(self) -> None:
        self._kept: set[str] = set()
        self._forms: dict[str, _Form] = {}
        self._read: dict[str, PolicySet] = {}

    def has(self, policy: PolicySet) -> bool:
        """Whether a set is known to be kept."""
        return policy.version in self._kept

    def prepare(self, policy: PolicySet) -> None:
        """Work a set's form out ahead, where nobody waits for it."""
        if policy.version not in self._kept:
            self._forms[policy.version] = _form(policy)

    def keep(self, connection: Connection, policy: PolicySet) -> None:
        """Keep a set, in the commit of what it decides; it counts as kept once a later look has found it."""
        if policy.version in self._kept:
            return
        if connection.execute(_SET, {"version": policy.version}).first() is not None:
            self._kept.add(policy.version)
            self._forms.pop(policy.version, None)
            return
        form = self._forms.get(policy.version) or _form(policy)
        known = set(_bodies(connection, list(form.documents)))
        for digest, body in form.documents.items():
            if digest not in known:
                connection.execute(insert(policy_documents).values(digest=digest, body=body))
        connection.execute(insert(policy_sets).values(version=policy.version, manifest=form.manifest))

    def read(self, connection: Connection, version: str) -> PolicySet | None:
        """A set that decided something; None where it was never kept."""
        if version in self._read:
            return self._read[version]
        row = connection.execute(_SET, {"version": version}).first()
        if row is None:
            return None
        found = self._read[version] = _set(connection, json.loads(row.manifest))
        return found


def _form(policy: PolicySet) -> _Form:
    documents: dict[str, bytes] = {}

    def kept(value: Json) -> str:
        body = dumps(value)
        digest = sha256(body).hexdigest()
        documents[digest] = body
        return digest

    rules = policy.rules
    manifest: Json = {
        "agreements": [[kept(_unsuspended(item)), item.suspended] for item in rules.agreements],
        "laws": [kept(plain(law)) for law in policy.laws.laws.values()],
        "sectors": {agency: sector.value for agency, sector in rules.sectors.items()},
    }
    return _Form(dumps(manifest), documents)


def _unsuspended(agreement: Agreement) -> Json:
    return {**canonical_form(agreement), "suspended": False}


def _set(connection: Connection, manifest: dict[str, Any]) -> PolicySet:
    digests = [digest for digest, _ in manifest["agreements"]] + manifest["laws"]
    bodies = {digest: json.loads(body) for digest, body in _bodies(connection, digests).items()}
    agreements = [
        replace(agreement_from_json(bodies[digest], "archive"), suspended=suspended)
        for digest, suspended in manifest["agreements"]
    ]
    laws = LawBook.of(from_plain(Law, bodies[digest]) for digest in manifest["laws"])
    sectors = {agency: Sector(word) for agency, word in manifest["sectors"].items()}
    return PolicySet.of(agreements, sectors, laws)


def _bodies(connection: Connection, digests: list[str]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for start in range(0, len(digests), _AT_ONCE):
        some = _BODIES.where(policy_documents.c.digest.in_(digests[start : start + _AT_ONCE]))
        found |= {row.digest: row.body for row in connection.execute(some)}
    return found
