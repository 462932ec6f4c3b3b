"""The composition root: where concrete things meet, and the only wall clock."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

import structlog
from fastapi import FastAPI

from adapters.partner import Partner
from audit.ledger import Ledger
from gateway.api import (
    accounts,
    agreements,
    alarms,
    audit,
    authzen,
    cases,
    closures,
    conferences,
    consents,
    corrections,
    drafts,
    duties,
    emergencies,
    erasures,
    health,
    ledger,
    notices,
    oauth,
    offers,
    onward,
    queries,
    reports,
    reviews,
    second_looks,
    watches,
)
from gateway.api.edge import Edge
from gateway.api.request_head import accepted_hosts
from gateway.asking_again import AskingAgain
from gateway.assembly import Ground, assembled
from gateway.expiry import Expiry
from gateway.following import Following
from gateway.identity import Identity
from gateway.keys import agency_keys, gateway_keys
from gateway.outbox import Outbox
from gateway.partners import partners_of
from gateway.policy import Policies
from gateway.processes.runner import Runner
from gateway.records import Records
from gateway.retention import Retention
from gateway.sending import Sending
from gateway.settings import Settings
from gateway.site import Site, read_site
from gateway.store.agreements import approved
from gateway.store.assertions import UsedAssertions
from gateway.store.migrate import migrate
from gateway.store.store import Store
from gateway.store.transaction import Transaction
from gateway.store.witnessing import Witnessing
from gateway.timekeeping import Timekeeping
from gateway.timetable import timetable
from gateway.vault import Vault
from policies.schedules import retention_schedules

PUBLISHED: Final = "ledger.checkpoint"
"""The file in a site's folder that holds the last checkpoint given out."""
_FORGET_EVERY: Final = 30.0
_KEEP_TO_SCHEDULES_EVERY: Final = 3600.0
_ROUTERS: Final = (
    oauth,
    cases,
    queries,
    offers,
    conferences,
    duties,
    onward,
    corrections,
    watches,
    authzen,
    reviews,
    second_looks,
    consents,
    emergencies,
    closures,
    alarms,
    agreements,
    drafts,
    accounts,
    audit,
    erasures,
    ledger,
    notices,
    reports,
    health,
)
_log = structlog.get_logger()


def utc_now() -> datetime:
    return datetime.now(UTC)


class Running:
    """A site put together: its HTTP application, and what has to be opened and closed around it."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        """Read the site and put it together; nothing listens yet.

        Raises:
            InvalidSiteError: the site cannot be served as it stands, and why.
            LedgerBehind: the store was restored from before the last published checkpoint.
        """
        self.site: Site = read_site(folder)
        keys = agency_keys(self.site)
        own = gateway_keys(self.site)
        self._settings = settings
        self._partners: dict[str, Partner] = partners_of(self.site, utc_now)
        self._sending = Sending(self.site)
        self.policies = Policies(self.site, keys)
        vault = Vault(own.data)
        self.records = Records.over(vault)
        migrate(self.site.storage_url(), allow_unsafe=settings.allow_unsafe_storage)
        ledger = Ledger(self.site.origin, own.ledger, own.payload)
        self.store = Store(
            self.site.storage_url(),
            ledger,
            self.site.path(PUBLISHED),
            Witnessing(ledger, self.site.witnesses, self.site.folder, own.ledger_ml_dsa),
            allow_unsafe=settings.allow_unsafe_storage,
        )
        self.retention = Retention(self.site, retention_schedules())
        self.store.open()
        self.expiry = Expiry(self.records, self.store, self.retention, utc_now)
        self.policies.take_up(self.store.read_now(approved))
        replay = UsedAssertions(self.store, vault, utc_now)
        ground = Ground(
            self.site, self.policies, self.records, self.store, self.retention, self._following(),
            export_key=vault.tag("export", "pseudonyms"),
            sample_key=vault.tag("sample", "queries to review"),
            clock=utc_now,
        )  # fmt: skip
        self.gateway = assembled(ground, Identity(self.site.issuer, keys, own.token, replay), self._partners)
        self.outbox = Outbox(self.site, self.store, self._sending, utc_now)
        self.asking_again = AskingAgain(
            self.records, self.store, self.gateway.exchange, self._following(), utc_now
        )
        works = timetable(self.gateway, self.records, self.outbox, self.asking_again, self._following())
        self.runner = Runner(self.store, works, utc_now)

    def _following(self) -> Following:
        return Following(self.site, self.records.cases.tag, self.records.ledger_key_of)

    def _timekeeping(self) -> Timekeeping:
        return Timekeeping(
            self.outbox, self.runner, self.asking_again, self.gateway.alarming, self._settings.timer_seconds
        )

    def application(self, host: str = "127.0.0.1", port: int = 0) -> Edge:
        """The ASGI application behind its edge; host and port are those it will listen on."""
        api = FastAPI(
            title="Partner gateway",
            openapi_url=None,
            docs_url=None,
            redoc_url=None,
            redirect_slashes=False,
            lifespan=self._lifespan,
        )
        for module in _ROUTERS:
            api.include_router(module.router)
        api.state.gateway = self.gateway
        api.state.identity = self.gateway.identity
        api.state.clock = utc_now
        return Edge(queries.HotPath(api), hosts=accepted_hosts(self.site.issuer, host, port))

    @asynccontextmanager
    async def _lifespan(self, _: FastAPI) -> AsyncIterator[None]:
        work = (self._warm_up(), self._watch_policies(), self._forget_content(), self._timekeeping().keep())
        tasks = [asyncio.create_task(task) for task in work]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.close()

    async def close(self) -> None:
        """Give back what was opened."""
        for partner in self._partners.values():
            await partner.close()
        await self._sending.close()
        self.store.close()

    async def _warm_up(self) -> None:
        """Have each system opened before the first question needs it; one that is down is found down then."""
        checks = (partner.health() for partner in self._partners.values())
        await asyncio.gather(*checks, return_exceptions=True)

    async def _watch_policies(self) -> None:
        """Take up changed agreements, and what the parties have decided through another process."""
        while True:
            await asyncio.sleep(self._settings.reload_seconds)
            try:
                await asyncio.to_thread(self.policies.refresh)
                known = self.policies.decided
                self.policies.take_up(await self.store.read(partial(approved, known=known)))
                await self._keep_policy()
            except Exception as error:  # noqa: BLE001 -- looked at again at the next turn; the last good set stays
                _log.error("policies-not-watched", error=type(error).__name__)

    async def _keep_policy(self) -> None:
        """Keep the set in force before the first question needs it, so that none waits for a large one."""
        policy, archive = self.policies.current, self.records.archive
        if not archive.has(policy):
            await asyncio.to_thread(archive.prepare, policy)
            await self.store.write(lambda transaction: archive.keep(transaction.connection, policy))

    async def _forget_content(self) -> None:
        def forget(transaction: Transaction) -> None:
            self.records.questions.drop_content(transaction.connection, utc_now())
            self.gateway.receiving.forget_past(transaction)

        kept_to = 0.0
        while True:
            await asyncio.sleep(_FORGET_EVERY)
            try:
                await self.store.erase(forget)
                if time.monotonic() >= kept_to:
                    await self.expiry.run()
                    kept_to = time.monotonic() + _KEEP_TO_SCHEDULES_EVERY
            except Exception as error:  # noqa: BLE001 -- tried again at the next turn; expired content is not served
                _log.warning("content-not-forgotten", error=type(error).__name__)
