"""Queries and their answers so far, sealed; and what counts them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, and_, bindparam, func, insert, select, update

from gateway.answers import Outcome
from gateway.identity import Actor, Requester
from gateway.store.hot import Hot
from gateway.store.outcomes import holdings_read, holdings_stored, outcome_read, outcome_stored
from gateway.store.subjects import Subjects
from gateway.store.tables import answers, idempotency, queries
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
_ASKED_TODAY: Final = Hot(
    select(queries.c.id).where(_OF_DAY, queries.c.subject == bindparam("subject")).limit(1)
)
_SUBJECTS_OF_DAY: Final = select(queries.c.subject).distinct().where(_OF_DAY)
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
    explanations: list[dict[str, Any]]
    """Every layer's result, by custodian and category, as decided when it was asked."""


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


class Questions:
    def __init__(self, vault: Vault, subjects: Subjects) -> None:
        self._vault = vault
        self._subjects = subjects

    def actor_tag(self, agency: str, actor: str) -> bytes:
        return self._vault.tag("actor", f"{agency}\0{actor}")

    def add(self, connection: Connection, stored: StoredQuery, case_tag: bytes) -> None:
        actor = stored.requester.actor
        sealed = {
            "query": query_json(stored.query),
            "user": {"id": actor.id, "name": actor.name, "role": actor.role},
            "throttled": stored.throttled,
            "explanations": stored.explanations,
        }
        _ADD_QUERY.run(
            connection,
            {
                "id": stored.id,
                "agency": stored.requester.agency,
                "case_reference": case_tag,
                "actor": self.actor_tag(stored.requester.agency, actor.id),
                "day": stored.asked_at.date().isoformat(),
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
            opened["explanations"],
        )

    def put_answer(self, connection: Connection, answer: StoredAnswer) -> None:
        """Write a custodian's part as it stands now, in place of what stood."""
        place = f"answer/{answer.query}/{answer.custodian}"
        held = holdings_stored(answer.outcomes) if answer.content_until else []
        row = {
            "round": answer.turn,
            "answered_at": answer.answered_at,
            "ledger_index": answer.ledger_index,
            "sealed": self._vault.seal(
                place,
                {
                    "outcomes": [outcome_stored(outcome) for outcome in answer.outcomes],
                    "reviewed": answer.reviewed,
                },
            ),
            "content": self._vault.seal(f"content/{place}", held) if held else None,
            "content_until": answer.content_until if held else None,
        }
        if answer.turn == 1:
            _ADD_ANSWER.run(connection, {**row, "query": answer.query, "custodian": answer.custodian})
        else:
            key = (answers.c.query == answer.query) & (answers.c.custodian == answer.custodian)
            if connection.execute(update(answers).where(key).values(**row)).rowcount == 0:
                row |= {"query": answer.query, "custodian": answer.custodian}
                connection.execute(insert(answers), row)

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

    def of_case(self, connection: Connection, agency: str, case_tag: bytes, most: int) -> int:
        """How many queries were asked under a case; counts no further than `most`."""
        named = {"agency": agency, "case": case_tag, "most": most}
        ((counted,),) = _OF_CASE.rows(connection, named)
        return int(counted)

    def asked_today(self, connection: Connection, requester: Requester, subject: str, at: datetime) -> bool:
        """Whether a person has asked about this kept subject today (UTC)."""
        named = self._day(requester, at) | {"subject": subject}
        return bool(_ASKED_TODAY.rows(connection, named))

    def subjects_of_day(self, connection: Connection, requester: Requester, at: datetime) -> Sequence[str]:
        """The kept subjects a person has asked about today (UTC)."""
        return connection.execute(_SUBJECTS_OF_DAY, self._day(requester, at)).scalars().all()

    def _day(self, requester: Requester, at: datetime) -> dict[str, Any]:
        actor = self.actor_tag(requester.agency, requester.actor.id)
        return {"agency": requester.agency, "actor": actor, "day": at.date().isoformat()}

    def repeated(
        self, connection: Connection, agency: str, key: str, fingerprint: str
    ) -> tuple[str, bool] | None:
        """The query an idempotency key was used for, and whether for this very request; None if unused."""
        tag = self._vault.tag("idempotency", key)
        found = select(idempotency).where(idempotency.c.agency == agency, idempotency.c.key == tag)
        row = connection.execute(found).mappings().first()
        if row is None:
            return None
        return row["query"], row["fingerprint"] == self._vault.tag("fingerprint", fingerprint)

    def remember_key(
        self, connection: Connection, agency: str, key: str, fingerprint: str, query: str
    ) -> None:
        connection.execute(
            insert(idempotency).values(
                agency=agency,
                key=self._vault.tag("idempotency", key),
                fingerprint=self._vault.tag("fingerprint", fingerprint),
                query=query,
            )
        )
