"""Queries and their answers so far, sealed; and what counts them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, and_, bindparam, func, insert, select, update

from agreements.document import Json
from gateway.answers import Outcome
from gateway.identity import Actor, Requester
from gateway.store.hot import Hot
from gateway.store.outcomes import holdings_read, holdings_stored, outcome_read, outcome_stored
from gateway.store.subjects import Subjects
from gateway.store.tables import answers, idempotency, queries
from gateway.store.transaction import Transaction
from gateway.vault import Vault
from gateway.wire.body import read_body
from gateway.wire.query import QUERY, Query, query_json
from gateway.wire.subject import subject_json

_ONE: Final = select(queries).where(queries.c.id == bindparam("id"))
_OF_CASE: Final = Hot(
    select(func.count()).select_from(
        select(queries.c.id)
        .where(queries.c.agency == bindparam("agency"), queries.c.case_reference == bindparam("case"))
        .limit(bindparam("most"))
        .subquery()
    )
)
_OF_DAY: Final = and_(
    queries.c.agency == bindparam("agency"),
    queries.c.actor == bindparam("actor"),
    queries.c.day == bindparam("day"),
)
_SUBJECTS_OF_DAY: Final = Hot(select(queries.c.subject).distinct().where(_OF_DAY))
_BY_KEY: Final = Hot(
    select(idempotency.c.query, idempotency.c.fingerprint).where(
        idempotency.c.agency == bindparam("agency"), idempotency.c.key == bindparam("key")
    )
)
_ADD_KEY: Final = Hot(insert(idempotency))
_ADD_QUERY: Final = Hot(insert(queries))
_ADD_ANSWER: Final = Hot(insert(answers))


@dataclass(frozen=True, slots=True)
class StoredQuery:
    id: str
    requester: Requester
    query: Query
    subject: str
    asked_at: datetime
    throttled: bool
    facts: Json
    """What every decision rested on when it was asked, as `policies.kept` keeps it."""
    policy: str | None
    """Version of the policy set that decided; None for a query kept before facts were."""
    explanations: list[dict[str, Any]] = field(default_factory=list)
    """Of a query kept before facts were: every layer's result, by custodian and category."""


@dataclass(frozen=True, slots=True)
class KeptQuery:
    """What the decisions of a query rested on, without who asked about whom; None where it was not kept."""

    id: str
    requester: str
    asked_at: datetime
    facts: Json
    policy: str | None


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What a custodian's part of a query has come to; `turn` counts how often it was asked."""

    query: str
    custodian: str
    turn: int
    answered_at: datetime
    ledger_index: int
    outcomes: tuple[Outcome, ...]
    reviewed: bool
    content_until: datetime | None
    """Until when the content is kept; None where none is."""

    @property
    def stood_at(self) -> int | None:
        """The round that stands in the store for this part; None for one that was lost and never stood."""
        return None if self.ledger_index < 0 else self.turn


@dataclass(slots=True)
class CaseTally:
    """How many queries were asked under a case, counted no further than its budget needs."""

    tag: bytes
    queries: int


@dataclass(slots=True)
class DayTally:
    """The kept subjects a person has asked about on one day (UTC)."""

    actor: bytes
    day: str
    subjects: set[str]


class Questions:
    def __init__(self, vault: Vault, subjects: Subjects) -> None:
        self._vault = vault
        self._subjects = subjects

    def actor_tag(self, agency: str, actor: str) -> bytes:
        return self._vault.tag("actor", f"{agency}\0{actor}")

    def add(self, transaction: Transaction, stored: StoredQuery, case: CaseTally, day: DayTally) -> None:
        """Keep a query and count it."""
        actor = stored.requester.actor
        sealed = {
            "query": query_json(stored.query),
            "user": {"id": actor.id, "name": actor.name, "role": actor.role},
            "throttled": stored.throttled,
            "facts": stored.facts,
            "policy": stored.policy,
        }
        case.queries += 1
        day.subjects.add(stored.subject)
        transaction.defer(
            _ADD_QUERY,
            {
                "id": stored.id,
                "agency": stored.requester.agency,
                "case_reference": case.tag,
                "actor": day.actor,
                "day": day.day,
                "subject": stored.subject,
                "asked_at": stored.asked_at,
                "sealed": self._vault.seal(f"query/{stored.id}", sealed),
            },
        )

    def get(self, connection: Connection, id: str) -> StoredQuery | None:
        row = connection.execute(_ONE, {"id": id}).mappings().first()
        if row is None:
            return None
        opened: dict[str, Any] = self._vault.open(f"query/{id}", row["sealed"])
        subject = self._subjects.get(connection, row["subject"]).subject
        query = read_body({**opened["query"], "subject": subject_json(subject)}, QUERY)
        requester = Requester(row["agency"], Actor(**opened["user"]))
        return StoredQuery(
            id,
            requester,
            query,
            row["subject"],
            row["asked_at"],
            opened["throttled"],
            opened.get("facts"),
            opened.get("policy"),
            opened.get("explanations", []),
        )

    def kept_since(self, connection: Connection, since: datetime | None) -> Iterator[KeptQuery]:
        """What every query rested on, or of those asked from an instant on, oldest first."""
        found = select(queries).order_by(queries.c.asked_at, queries.c.id)
        if since is not None:
            found = found.where(queries.c.asked_at >= since)
        for row in connection.execute(found).mappings():
            opened = self._vault.open(f"query/{row['id']}", row["sealed"])
            yield KeptQuery(
                row["id"], row["agency"], row["asked_at"], opened.get("facts"), opened.get("policy")
            )

    def without_answers(self, connection: Connection, before: datetime) -> list[str]:
        """Queries asked before an instant of which no custodian's part was ever recorded."""
        told = select(answers.c.query).where(answers.c.query == queries.c.id).exists()
        found = select(queries.c.id).where(queries.c.asked_at < before, ~told)
        return list(connection.execute(found).scalars())

    def add_answer(self, transaction: Transaction, answer: StoredAnswer) -> None:
        """Write a custodian's part for the first time."""
        named = {"query": answer.query, "custodian": answer.custodian}
        transaction.defer(_ADD_ANSWER, self._row(answer) | named)

    def put_answer(self, connection: Connection, answer: StoredAnswer) -> None:
        """Write a custodian's part as it stands now, in place of what stood."""
        row = self._row(answer)
        key = (answers.c.query == answer.query) & (answers.c.custodian == answer.custodian)
        if connection.execute(update(answers).where(key).values(**row)).rowcount == 0:
            row |= {"query": answer.query, "custodian": answer.custodian}
            connection.execute(insert(answers), row)

    def _row(self, answer: StoredAnswer) -> dict[str, Any]:
        place = f"answer/{answer.query}/{answer.custodian}"
        held = holdings_stored(answer.outcomes) if answer.content_until else []
        outcomes = [outcome_stored(outcome) for outcome in answer.outcomes]
        return {
            "round": answer.turn,
            "answered_at": answer.answered_at,
            "ledger_index": answer.ledger_index,
            "sealed": self._vault.seal(place, {"outcomes": outcomes, "reviewed": answer.reviewed}),
            "content": self._vault.seal(f"content/{place}", held) if held else None,
            "content_until": answer.content_until if held else None,
        }

    def answers(self, connection: Connection, query: str, at: datetime) -> tuple[StoredAnswer, ...]:
        """Every custodian's part; content past its time is as if it were gone."""
        found = select(answers).where(answers.c.query == query).order_by(answers.c.custodian)
        return tuple(self._answer(row, at) for row in connection.execute(found).mappings())

    def answer(self, connection: Connection, query: str, custodian: str, at: datetime) -> StoredAnswer | None:
        """One custodian's part, if it has one."""
        found = (answer for answer in self.answers(connection, query, at) if answer.custodian == custodian)
        return next(found, None)

    def _answer(self, row: Any, at: datetime) -> StoredAnswer:
        place = f"answer/{row['query']}/{row['custodian']}"
        opened = self._vault.open(place, row["sealed"])
        kept = row["content"] is not None and at < row["content_until"]
        held = holdings_read(self._vault.open(f"content/{place}", row["content"])) if kept else ()
        return StoredAnswer(
            query=row["query"],
            custodian=row["custodian"],
            turn=row["round"],
            answered_at=row["answered_at"],
            ledger_index=row["ledger_index"],
            outcomes=tuple(outcome_read(stored, held) for stored in opened["outcomes"]),
            reviewed=opened["reviewed"],
            content_until=row["content_until"] if kept else None,
        )

    def drop_content(self, connection: Connection, at: datetime) -> int:
        """Forget content whose time has passed; how much was forgotten."""
        gone = update(answers).where(answers.c.content_until <= at).values(content=None, content_until=None)
        return connection.execute(gone).rowcount

    def forget_content(self, connection: Connection, query: str, custodian: str) -> None:
        """Forget one answer's content, which agreed to be kept no longer than until it was read."""
        key = (answers.c.query == query) & (answers.c.custodian == custodian)
        connection.execute(update(answers).where(key).values(content=None, content_until=None))

    def of_case(
        self, transaction: Transaction, agency: str, case: str, tag: Callable[[], bytes], most: int
    ) -> CaseTally:
        """How many queries were asked under a case; counts no further than `most`."""

        def counted(connection: Connection) -> CaseTally:
            tagged = tag()
            ((number,),) = _OF_CASE.rows(connection, {"agency": agency, "case": tagged, "most": most})
            return CaseTally(tagged, int(number))

        return transaction.recall_all(("queries-of-case", agency, case), counted)

    def of_day(self, transaction: Transaction, requester: Requester, at: datetime) -> DayTally:
        """The kept subjects a person has asked about today (UTC)."""
        agency, actor, day = requester.agency, requester.actor.id, at.date().isoformat()

        def seen(connection: Connection) -> DayTally:
            tag = self.actor_tag(agency, actor)
            rows = _SUBJECTS_OF_DAY.rows(connection, {"agency": agency, "actor": tag, "day": day})
            return DayTally(tag, day, {subject for (subject,) in rows})

        return transaction.recall_all(("subjects-of-day", agency, actor, day), seen)

    def repeated(
        self, connection: Connection, agency: str, key: str, fingerprint: str
    ) -> tuple[str, bool] | None:
        """The query an idempotency key was used for, and whether for this very request; None if unused."""
        named = {"agency": agency, "key": self._vault.tag("idempotency", key)}
        for query, printed in _BY_KEY.rows(connection, named):
            return query, printed == self._vault.tag("fingerprint", fingerprint)
        return None

    def remember_key(
        self, connection: Connection, agency: str, key: str, fingerprint: str, query: str
    ) -> None:
        row = {
            "agency": agency,
            "key": self._vault.tag("idempotency", key),
            "fingerprint": self._vault.tag("fingerprint", fingerprint),
            "query": query,
        }
        _ADD_KEY.run(connection, row)


def open_to_requester(parts: Sequence[StoredAnswer]) -> set[tuple[str, str]]:
    """The custodians and categories whose answer hides nothing from who asked."""
    return {
        (answer.custodian, outcome.category.value)
        for answer in parts
        for outcome in answer.outcomes
        if not outcome.masked_negative and not (outcome.decision.masked and outcome.disclosed is None)
    }
