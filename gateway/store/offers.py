"""Offers and what became of each recipient's part, sealed; content apart, so that it can go alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, insert, select, update

from gateway.answers import Cause, Outcome
from gateway.identity import Actor, Requester
from gateway.store.outcomes import holdings_read, holdings_stored, outcome_read, outcome_stored
from gateway.store.process_tables import offers, tellings
from gateway.store.subjects import Subjects
from gateway.vault import Vault
from gateway.wire.offer import Levels, OfferBody, offer_json, offer_read
from policies.decision import Await, Permitted

OFFER_WAITS: Final = "offer-waits"
"""The timer of a part that waits for somebody."""


class TellingState(StrEnum):
    """How a recipient's part of an offer stands."""

    PENDING = "pending"
    """A person at the teller must decide first; the recipient sees nothing."""
    OPEN = "open"
    """In the recipient's inbox."""
    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"
    """Nothing of it may be told; the recipient sees nothing."""
    DECLINED = "declined"
    """A person at the teller decided that it is not told; the recipient sees nothing."""
    LAPSED = "lapsed"
    """Its content went before anybody acknowledged it."""


RECEIVED = (TellingState.OPEN, TellingState.ACKNOWLEDGED, TellingState.LAPSED)
"""States in which the recipient sees its part."""


@dataclass(frozen=True, slots=True)
class StoredOffer:
    id: str
    teller: Requester
    body: OfferBody
    """What was offered, without its information: the content is with the parts."""
    levels: Levels
    subject: str
    offered_at: datetime
    case_of: str
    """The agency whose case it is told under: the teller's own, or who called a conference."""


@dataclass(frozen=True, slots=True)
class StoredTelling:
    """One recipient's part; `signed` are the persons at the teller who stand for what had to be decided."""

    offer: str
    recipient: str
    teller: str
    state: TellingState
    turn: int
    told_at: datetime
    ledger_index: int
    outcomes: tuple[Outcome, ...]
    signed: tuple[str, ...]
    content_until: datetime | None
    roles: tuple[str, ...] = ()
    """Roles in which some of it may be read there."""
    contacts_only: bool = False
    acknowledged_by: str = ""

    @property
    def waits(self) -> bool:
        return any(outcome.cause is Cause.PENDING for outcome in self.outcomes)

    def without_content(self) -> StoredTelling:
        outcomes = tuple(replace(outcome, holdings=()) for outcome in self.outcomes)
        return replace(self, content_until=None, outcomes=outcomes)


class Offers:
    def __init__(self, vault: Vault, subjects: Subjects) -> None:
        self._vault = vault
        self._subjects = subjects

    def add(self, connection: Connection, offer: StoredOffer) -> None:
        actor = offer.teller.actor
        sealed = {
            "body": offer_json(offer.body),
            "case_of": offer.case_of,
            "user": {"id": actor.id, "name": actor.name, "role": actor.role},
        }
        row = {
            "id": offer.id,
            "agency": offer.teller.agency,
            "subject": offer.subject,
            "offered_at": offer.offered_at,
            "sealed": self._vault.seal(f"offer/{offer.id}", sealed),
        }
        connection.execute(insert(offers), row)

    def get(self, connection: Connection, id: str) -> StoredOffer | None:
        row = connection.execute(select(offers).where(offers.c.id == id)).mappings().first()
        if row is None:
            return None
        opened: dict[str, Any] = self._vault.open(f"offer/{id}", row["sealed"])
        subject = self._subjects.get(connection, row["subject"]).subject
        teller = Requester(row["agency"], Actor(**opened["user"]))
        body, levels = offer_read(opened["body"], subject)
        return StoredOffer(id, teller, body, levels, row["subject"], row["offered_at"], opened["case_of"])

    def add_telling(self, connection: Connection, telling: StoredTelling) -> None:
        connection.execute(insert(tellings), self._row(telling))

    def change(self, connection: Connection, telling: StoredTelling) -> None:
        """Write a part as it stands now; its content with it."""
        key = (tellings.c.offer == telling.offer) & (tellings.c.recipient == telling.recipient)
        connection.execute(update(tellings).where(key).values(**self._row(telling)))

    def tellings(self, connection: Connection, offer: str, at: datetime) -> tuple[StoredTelling, ...]:
        """Every recipient's part; content past its time is as if it were gone."""
        found = select(tellings).where(tellings.c.offer == offer).order_by(tellings.c.recipient)
        return tuple(self._read(row, at) for row in connection.execute(found).mappings())

    def telling(
        self, connection: Connection, offer: str, recipient: str, at: datetime
    ) -> StoredTelling | None:
        parts = self.tellings(connection, offer, at)
        return next((part for part in parts if part.recipient == recipient), None)

    def received(
        self, connection: Connection, recipient: str, states: Sequence[TellingState], at: datetime
    ) -> list[StoredTelling]:
        """A recipient's parts, oldest first."""
        found = (
            select(tellings)
            .where(tellings.c.recipient == recipient, tellings.c.state.in_(states))
            .order_by(tellings.c.told_at, tellings.c.offer)
        )
        return [self._read(row, at) for row in connection.execute(found).mappings()]

    def sent(self, connection: Connection, teller: str, at: datetime) -> list[StoredTelling]:
        """What a teller has offered, oldest first."""
        found = (
            select(tellings)
            .where(tellings.c.teller == teller)
            .order_by(tellings.c.told_at, tellings.c.offer, tellings.c.recipient)
        )
        return [self._read(row, at) for row in connection.execute(found).mappings()]

    def past(self, connection: Connection, at: datetime) -> list[StoredTelling]:
        """Parts whose content has had its time and still stands."""
        found = select(tellings).where(tellings.c.content_until <= at)
        return [self._read(row, at) for row in connection.execute(found).mappings()]

    def _row(self, telling: StoredTelling) -> dict[str, Any]:
        place = f"telling/{telling.offer}/{telling.recipient}"
        held = holdings_stored(telling.outcomes) if telling.content_until else []
        sealed = {
            "outcomes": [outcome_stored(outcome) for outcome in telling.outcomes],
            "awaits": [sorted(_awaits(outcome)) for outcome in telling.outcomes],
            "signed": list(telling.signed),
            "roles": list(telling.roles),
            "contacts_only": telling.contacts_only,
            "acknowledged_by": telling.acknowledged_by,
        }
        return {
            "offer": telling.offer,
            "recipient": telling.recipient,
            "teller": telling.teller,
            "state": telling.state.value,
            "round": telling.turn,
            "told_at": telling.told_at,
            "ledger_index": telling.ledger_index,
            "sealed": self._vault.seal(place, sealed),
            "content": self._vault.seal(f"content/{place}", held) if telling.content_until else None,
            "content_until": telling.content_until,
        }

    def _read(self, row: RowMapping, at: datetime) -> StoredTelling:
        place = f"telling/{row['offer']}/{row['recipient']}"
        opened = self._vault.open(place, row["sealed"])
        kept = row["content"] is not None and at < row["content_until"]
        held = holdings_read(self._vault.open(f"content/{place}", row["content"])) if kept else ()
        return StoredTelling(
            offer=row["offer"],
            recipient=row["recipient"],
            teller=row["teller"],
            state=TellingState(row["state"]),
            turn=row["round"],
            told_at=row["told_at"],
            ledger_index=row["ledger_index"],
            outcomes=tuple(
                _awaiting(outcome_read(stored, held), awaits)
                for stored, awaits in zip(opened["outcomes"], opened["awaits"], strict=True)
            ),
            signed=tuple(opened["signed"]),
            content_until=row["content_until"] if kept else None,
            roles=tuple(opened["roles"]),
            contacts_only=opened["contacts_only"],
            acknowledged_by=opened["acknowledged_by"],
        )


def _awaits(outcome: Outcome) -> list[str]:
    decision = outcome.decision
    return [step.value for step in decision.awaits] if isinstance(decision, Permitted) else []


def _awaiting(outcome: Outcome, awaits: Sequence[str]) -> Outcome:
    """With what a person still had to do, which answers need not keep and tellings do."""
    if not isinstance(outcome.decision, Permitted):
        return outcome
    return replace(outcome, decision=replace(outcome.decision, awaits=frozenset(map(Await, awaits))))
