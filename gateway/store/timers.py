"""Timers: what is due when, kept beside what it watches and set in the same commit.

A timer names ids only. There is one of a kind about one thing at one agency: setting it again moves it. All
of this changes timers alone and nothing that a writer recalls, so `Transaction.additive` serves.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, delete, insert, or_, select, update

from gateway.store.process_tables import timers
from gateway.store.reviews import new_id

_LEASE: Final = timedelta(minutes=1)
_LONGEST_LEASE: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Timer:
    """What is due. `tries` counts how often it was claimed, with those claims that came to nothing."""

    id: str
    kind: str
    about: str
    agency: str
    due_at: datetime
    claimed_until: datetime | None = None
    tries: int = 0


def set_timer(connection: Connection, kind: str, about: str, agency: str, due_at: datetime) -> None:
    """Set a timer, in place of one of its kind about the same thing at the same agency."""
    drop_timer(connection, kind, about, agency)
    row = {"id": new_id("tmr"), "kind": kind, "about": about, "agency": agency, "due_at": due_at, "tries": 0}
    connection.execute(insert(timers).values(**row))


def drop_timer(connection: Connection, kind: str, about: str, agency: str) -> None:
    same = (timers.c.kind == kind) & (timers.c.about == about) & (timers.c.agency == agency)
    connection.execute(delete(timers).where(same))


def timer_of(connection: Connection, kind: str, about: str, agency: str) -> Timer | None:
    """The timer of a kind about one thing at an agency, if it is set."""
    same = (timers.c.kind == kind) & (timers.c.about == about) & (timers.c.agency == agency)
    row = connection.execute(select(timers).where(same)).mappings().first()
    return None if row is None else _timer(row)


def any_due(connection: Connection, kinds: Collection[str], at: datetime) -> bool:
    """Whether a timer of these kinds can be claimed now."""
    found = select(timers.c.id).where(_claimable(kinds, at)).limit(1)
    return connection.execute(found).first() is not None


def claim_due(connection: Connection, kinds: Collection[str], at: datetime, most: int) -> Sequence[Timer]:
    """Claim timers that are due, the earliest first; nobody else gets them before the claim runs out.

    A claim lasts a minute, and twice as long at each further try, up to an hour: what keeps failing is left
    alone for longer.
    """
    found = select(timers).where(_claimable(kinds, at)).order_by(timers.c.due_at, timers.c.id).limit(most)
    rows = connection.execute(found.with_for_update(skip_locked=True)).mappings().all()
    claimed = []
    for row in rows:
        tries = row["tries"] + 1
        until = at + min(_LEASE * 2 ** min(tries - 1, 10), _LONGEST_LEASE)
        connection.execute(
            update(timers).where(timers.c.id == row["id"]).values(claimed_until=until, tries=tries)
        )
        claimed.append(_timer({**row, "claimed_until": until, "tries": tries}))
    return claimed


def still_claimed(connection: Connection, timer: Timer) -> bool:
    """Whether a claim is still the claimer's: not run out and taken by another, moved or dropped."""
    mine = (timers.c.id == timer.id) & (timers.c.claimed_until == timer.claimed_until)
    found = select(timers.c.id).where(mine, timers.c.tries == timer.tries).with_for_update()
    return connection.execute(found).first() is not None


def finish_timer(connection: Connection, timer: Timer, next_due: datetime | None) -> None:
    """End a claimed timer, or let it be due again; what set it anew meanwhile stands."""
    mine = timers.c.id == timer.id
    if next_due is None:
        connection.execute(delete(timers).where(mine))
    else:
        again = update(timers).where(mine).values(due_at=next_due, claimed_until=None, tries=0)
        connection.execute(again)


def _claimable(kinds: Collection[str], at: datetime) -> ColumnElement[bool]:
    free = or_(timers.c.claimed_until.is_(None), timers.c.claimed_until <= at)
    return and_(timers.c.due_at <= at, timers.c.kind.in_(kinds), free)


def _timer(row: RowMapping | dict[str, Any]) -> Timer:
    return Timer(**{name: row[name] for name in Timer.__dataclass_fields__})
