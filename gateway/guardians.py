"""Guardians who say the opposite of each other. Pure."""

from __future__ import annotations

from typing import Final

from agreements.consents import ConsentStatus
from agreements.terms import GrantorKind
from gateway.consent import RecordedConsent

_OPPOSITE: Final = {frozenset({ConsentStatus.GIVEN, ConsentStatus.REFUSED})}


def in_conflict(one: RecordedConsent, other: RecordedConsent) -> bool:
    """Whether one guardian gives what another refuses, about the same subject.

    Under one name it is one guardian, who may think again; guardians who are not named may be two.
    """
    first, second = one.consent, other.consent
    if first.id == second.id or {first.grantor, second.grantor} != {GrantorKind.GUARDIAN}:
        return False
    if one.grantor_name and one.grantor_name == other.grantor_name:
        return False
    return frozenset({first.status, second.status}) in _OPPOSITE and all(
        (
            first.custodians & second.custodians,
            first.recipients & second.recipients,
            first.categories & second.categories,
            first.purposes & second.purposes,
        )
    )
