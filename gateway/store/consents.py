"""Consents on record. A decision sees them without identity; the store knows whom they concern."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache, partial
from typing import Any, Final

from sqlalchemy import Connection, LargeBinary, bindparam, insert, or_, select, update

from agreements.consents import Consent, ConsentStatus, Evidence
from agreements.terms import Category, GrantorKind, Purpose
from gateway.consent import RecordedConsent
from gateway.store.hot import Hot
from gateway.store.remembered import Remembered
from gateway.store.subjects import KeptSubject, Subjects
from gateway.store.tables import consents, subject_keys, subjects
from gateway.store.transaction import Transaction
from gateway.vault import Vault

_COLUMNS: Final = (*(column.name for column in consents.c), "subject_sealed")


@lru_cache(maxsize=64)
def _about(keys: int) -> Hot:
    """Consents about any kept subject that has one of so many keys."""
    named = [bindparam(f"key_{number}", type_=LargeBinary) for number in range(keys)]
    return Hot(
        select(consents, subjects.c.sealed.label("subject_sealed"))
        .join_from(consents, subjects, consents.c.subject == subjects.c.id)
        .where(
            consents.c.subject.in_(
                select(subject_keys.c.subject).where(or_(*(subject_keys.c.key == one for one in named)))
            )
        )
        .order_by(consents.c.id)
    )


class Consents:
    def __init__(self, vault: Vault, subjects: Subjects) -> None:
        self._vault = vault
        self._subjects = subjects
        self._read: Remembered[tuple[str, bytes], RecordedConsent] = Remembered()

    def forget_read(self) -> None:
        self._read.forget()

    def get(self, connection: Connection, id: str) -> RecordedConsent | None:
        row = connection.execute(select(consents).where(consents.c.id == id)).mappings().first()
        return None if row is None else self._open(dict(row))

    def about(self, connection: Connection, kept: KeptSubject) -> tuple[RecordedConsent, ...]:
        """Every consent about a subject, given or not, under whatever name it was recorded."""
        if not kept.keys:
            return ()
        named = {f"key_{number}": key for number, key in enumerate(kept.keys)}
        rows = [dict(zip(_COLUMNS, row, strict=True)) for row in _about(len(named)).rows(connection, named)]
        return tuple(
            self._open(row) for row in rows if row["subject"] == kept.id or self._is_about(row, kept)
        )

    def recalled_about(self, transaction: Transaction, kept: KeptSubject) -> tuple[RecordedConsent, ...]:
        """As `about`, without reading again consents that cannot have changed."""
        return transaction.recall(("consents-about", kept.id), partial(self.about, kept=kept))

    def _is_about(self, row: Mapping[str, Any], kept: KeptSubject) -> bool:
        other = self._subjects.opened(row["subject"], row["subject_sealed"])
        return self._subjects.same(kept, other)

    def add(self, connection: Connection, recorded: RecordedConsent) -> None:
        connection.execute(insert(consents).values(**self._row(recorded)))

    def change(self, connection: Connection, recorded: RecordedConsent) -> None:
        row = self._row(recorded)
        connection.execute(update(consents).where(consents.c.id == recorded.consent.id).values(**row))

    def _row(self, recorded: RecordedConsent) -> dict[str, Any]:
        consent = recorded.consent
        return {
            "id": consent.id,
            "subject": recorded.subject,
            "recorded_by": recorded.recorded_by,
            "status": consent.status.value,
            "version": recorded.version,
            "sealed": self._vault.seal(f"consent/{consent.id}", _stored(recorded)),
        }

    def _open(self, row: Mapping[str, Any]) -> RecordedConsent:
        return self._read.get((row["status"], row["sealed"]), lambda: self._opened(row))

    def _opened(self, row: Mapping[str, Any]) -> RecordedConsent:
        opened: dict[str, Any] = self._vault.open(f"consent/{row['id']}", row["sealed"])
        evidence = opened["evidence"]
        consent = Consent(
            id=row["id"],
            status=ConsentStatus(row["status"]),
            grantor=GrantorKind(opened["grantor"]),
            purposes=frozenset(map(Purpose, opened["purposes"])),
            categories=frozenset(map(Category, opened["categories"])),
            custodians=frozenset(opened["custodians"]),
            recipients=frozenset(opened["recipients"]),
            start=datetime.fromisoformat(opened["start"]),
            end=_instant(opened["end"]),
            grantor_named=bool(opened["grantor_name"]),
            evidence=evidence
            and Evidence(evidence["kind"], evidence["digest"], datetime.fromisoformat(evidence["signed_at"])),
        )
        return RecordedConsent(
            consent=consent,
            subject=row["subject"],
            recorded_by=row["recorded_by"],
            grantor_name=opened["grantor_name"],
            withdrawn_at=_instant(opened["withdrawn_at"]),
            withdrawal_reason=opened["withdrawal_reason"],
            version=row["version"],
            limits_explained=opened.get("limits_explained", False),
            refusal_reason=opened.get("refusal_reason", ""),
            unsafe_to_ask=opened.get("unsafe_to_ask", ""),
            do_not_contact_at_home=opened.get("do_not_contact_at_home", False),
            too_young_for=frozenset(map(Category, opened.get("too_young_for", ()))),
            conflicts=tuple(opened.get("conflicts", ())),
        )


def _stored(recorded: RecordedConsent) -> dict[str, Any]:
    consent, evidence = recorded.consent, recorded.consent.evidence
    return {
        "grantor": consent.grantor.value,
        "grantor_name": recorded.grantor_name,
        "purposes": sorted(consent.purposes),
        "categories": sorted(consent.categories),
        "custodians": sorted(consent.custodians),
        "recipients": sorted(consent.recipients),
        "start": consent.start.isoformat(),
        "end": consent.end and consent.end.isoformat(),
        "evidence": evidence
        and {
            "kind": evidence.kind,
            "digest": evidence.digest,
            "signed_at": evidence.signed_at.isoformat(),
        },
        "withdrawn_at": recorded.withdrawn_at and recorded.withdrawn_at.isoformat(),
        "withdrawal_reason": recorded.withdrawal_reason,
        "limits_explained": recorded.limits_explained,
        "refusal_reason": recorded.refusal_reason,
        "unsafe_to_ask": recorded.unsafe_to_ask,
        "do_not_contact_at_home": recorded.do_not_contact_at_home,
        "too_young_for": sorted(recorded.too_young_for),
        "conflicts": list(recorded.conflicts),
    }


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
