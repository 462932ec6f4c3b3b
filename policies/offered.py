"""The evidence put with a question, and the choices among it that one clause may rest on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from agreements.agreement import Clause
from agreements.consents import Consent, ConsentStatus
from agreements.exceptions import LegalProcess, Representation
from agreements.terms import BasisKind, GrantorKind, SubjectKind
from policies.facts import Facts


@dataclass(frozen=True, slots=True)
class Chosen:
    """The evidence one attempt rests on; what is None is left unused."""

    consent: Consent | None = None
    exception: Representation | None = None
    process: LegalProcess | None = None

    @property
    def basis(self) -> BasisKind:
        if self.process is not None:
            return BasisKind.LEGAL_PROCESS
        if self.exception is not None:
            return BasisKind.EXCEPTION
        return BasisKind.AGREEMENT if self.consent is None else BasisKind.CONSENT


_NOTHING: Final = Chosen()


@dataclass(frozen=True, slots=True)
class Offered:
    """What of the evidence counts: judged once for a question, whatever clauses may rest on it."""

    consents: tuple[Consent, ...]
    """Those that reach this disclosure now and that no recorded refusal defeats."""
    exception: Representation | None
    """The claim, if every element of its ground is made out."""
    process: LegalProcess | None

    def choices(self, clause: Clause) -> Iterator[Chosen]:
        """Every choice that this clause may rest on, the preferred first.

        A consent goes before an exception, which only stands in for it; process is used where it is
        required.
        """
        claim, process = self.exception, self.process if clause.conditions.legal_process else None
        yield _NOTHING if process is None else Chosen(process=process)
        for consent in self.consents:
            yield Chosen(consent, None, process)
        if claim is not None and claim.ground in clause.conditions.exceptions:
            for backed in (None, *self.consents):
                yield Chosen(backed, claim, process)


def offered(facts: Facts) -> Offered:
    """The evidence of a question that counts."""
    claim = facts.representation
    made_out = claim if claim is not None and not claim.missing() else None
    return Offered(_reaching(facts) if facts.consents else (), made_out, facts.legal_process)


def _reaching(facts: Facts) -> tuple[Consent, ...]:
    """None reaches a question about nobody: there is nobody who could have given it."""
    if facts.subject_kind is SubjectKind.GENERAL:
        return ()
    given = tuple(consent for consent in facts.consents if _reaches(facts, consent))
    refused = tuple(consent for consent in facts.consents if _refuses(facts, consent))
    return tuple(consent for consent in given if not any(_defeats(refusal, consent) for refusal in refused))


def _refuses(facts: Facts, consent: Consent) -> bool:
    refused = consent.status is ConsentStatus.REFUSED
    return refused and _reaches(facts, replace(consent, status=ConsentStatus.GIVEN))


def _reaches(facts: Facts, consent: Consent) -> bool:
    return consent.reaches(
        custodian=facts.custodian,
        recipient=facts.requester,
        category=facts.category,
        purpose=facts.purpose,
        at=facts.at,
    )


def _defeats(refusal: Consent, consent: Consent) -> bool:
    """A later refusal by the same grantor ends a consent; guardians who disagree leave none at all."""
    if refusal.grantor is not consent.grantor:
        return False
    return refusal.grantor is GrantorKind.GUARDIAN or refusal.start >= consent.start
