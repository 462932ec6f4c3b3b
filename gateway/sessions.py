"""People signed in to the console: for how long, in which role, and how lately they proved who they are."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from gateway.identity import Actor, Requester
from gateway.problems import Problem
from gateway.site import Site
from gateway.store.session_rows import Session, SessionRows
from gateway.store.store import Store
from gateway.store.transaction import Transaction

IDLE: Final = timedelta(minutes=15)
LONGEST: Final = timedelta(hours=12)
FRESH: Final = timedelta(minutes=5)
"""How lately whoever uses emergency access must have proved who they are."""
_NOTED_EVERY: Final = timedelta(seconds=30)
"""How finely use is noted: a session may end so much before it was idle for its whole time."""


class Sessions:
    def __init__(self, site: Site, rows: SessionRows, store: Store, clock: Callable[[], datetime]) -> None:
        self._site = site
        self._rows = rows
        self._store = store
        self._clock = clock

    async def begin(
        self,
        agency: str,
        person: tuple[str, str],
        roles: Sequence[str],
        authenticated_at: datetime,
        instead: bytes | None = None,
    ) -> str:
        """Begin a session for a person (id, name) and return the secret that stands for it.

        It acts in the first of the roles. Sessions that are over are forgotten in the same commit, and so is
        the one it takes the place of, named by its key.
        """
        secret, at = secrets.token_urlsafe(32), self._clock()
        session = Session(
            key=self._rows.key(secret),
            requester=Requester(agency, Actor(*person, roles[0])),
            roles=tuple(roles),
            started_at=at,
            seen_at=at,
            authenticated_at=min(authenticated_at, at),
            csrf=secrets.token_urlsafe(32),
        )

        def add(transaction: Transaction) -> None:
            self._rows.remove_over(transaction.connection, at - LONGEST, at - IDLE)
            if instead is not None:
                self._rows.remove(transaction.connection, instead)
            self._rows.add(transaction.connection, session)

        await self._store.write(add)
        return secret

    async def find(self, secret: str, *, noted: bool = True) -> Session | None:
        """The session of a secret, unless it is over; `noted` says that its person did something just now."""
        session = await self._store.read(partial(self._rows.find, secret=secret))
        at = self._clock()
        if session is None or self._is_over(session, at):
            return None
        if noted and at - session.seen_at >= _NOTED_EVERY:
            session = replace(session, seen_at=at)
            await self._change(session)
        return session

    async def act_as(self, session: Session, role: str) -> None:
        """Act in another of the person's roles.

        Raises:
            Problem: `forbidden` for a role that is not among them.
        """
        if role not in session.roles:
            raise Problem("forbidden", "That is not a role of yours.")
        requester = replace(session.requester, actor=replace(session.requester.actor, role=role))
        await self._change(replace(session, requester=requester))

    async def end(self, session: Session) -> None:
        await self._store.write(lambda transaction: self._rows.remove(transaction.connection, session.key))

    def check_fresh(self, session: Session) -> None:
        """Raises Problem `emergency-refused` where the person proved who they are too long ago."""
        if not self.is_fresh(session):
            raise Problem("emergency-refused", "Sign in again first: emergency access needs it.")

    def is_fresh(self, session: Session) -> bool:
        return self._clock() - session.authenticated_at <= FRESH

    def _is_over(self, session: Session, at: datetime) -> bool:
        gone = session.requester.agency not in self._site.agencies
        return gone or at - session.started_at >= LONGEST or at - session.seen_at >= IDLE

    async def _change(self, session: Session) -> None:
        await self._store.write(lambda transaction: self._rows.change(transaction.connection, session))
