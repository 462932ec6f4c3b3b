"""What is unsafe or broken about a site, in words an operator can act on."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from sqlalchemy import make_url

from adapters.partner import Partner
from agreements.agreement import Agreement
from gateway.keys import DATA_KEY, KEYS_FOLDER, LEDGER_KEY, PAYLOAD_KEY, TOKEN_KEY, agency_keys
from gateway.partners import partners_of
from gateway.policy import read_agreements
from gateway.sending import Sending
from gateway.site import InvalidSiteError, Site, read_site
from gateway.sources import NoSource
from gateway.store.inspection import inspect_storage
from gateway.store.migrate import current_revision, latest_revision
from policies.lawbook import load_laws

Severity = Literal["ok", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Symptom:
    severity: Severity
    about: str
    text: str


def examine(folder: Path, now: datetime) -> list[Symptom]:
    """Look at everything that can be looked at without serving."""
    try:
        site = read_site(folder)
    except InvalidSiteError as invalid:
        return [Symptom("error", "site", message) for message in invalid.messages]
    return [
        Symptom("ok", "site", f"{site.name}: {len(site.agencies)} agencies"),
        *_keys(site),
        *_channels(site),
        *_agreements(site, now),
        *_regimes(site),
        *_store(site),
        *_systems(site, now),
    ]


def _keys(site: Site) -> Iterator[Symptom]:
    try:
        agency_keys(site)
    except InvalidSiteError as invalid:
        for message in invalid.messages:
            yield Symptom("error", "keys", message)
    for name in (DATA_KEY, PAYLOAD_KEY, LEDGER_KEY, TOKEN_KEY):
        path = site.path(KEYS_FOLDER) / name
        if not path.exists():
            yield Symptom("warning", "keys", f"{name} is not there yet; serving makes it")
        elif path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            yield Symptom("error", "keys", f"{name} can be read by others; allow its owner alone")


def _channels(site: Site) -> Iterator[Symptom]:
    try:
        Sending(site)
    except InvalidSiteError as invalid:
        for message in invalid.messages:
            yield Symptom("error", "notices", message)
    files = [agency.notify.webhook.secret_file for agency in site.agencies.values() if agency.notify.webhook]
    if site.mail is not None and site.mail.password_file is not None:
        files.append(site.mail.password_file)
    for name in files:
        path = site.path(name)
        if path.exists() and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            yield Symptom("error", "notices", f"{name} can be read by others; allow its owner alone")


def _agreements(site: Site, now: datetime) -> Iterator[Symptom]:
    try:
        agreements = read_agreements(site)
    except InvalidSiteError as invalid:
        for message in invalid.messages:
            yield Symptom("error", "agreements", message)
        return
    if not any(agreement.in_force(now) for agreement in agreements):
        yield Symptom("warning", "agreements", "none is in force: every question will be refused")
    for agreement in agreements:
        name = f"{agreement.id} version {agreement.version}"
        for party in agreement.parties:
            if party not in site.agencies:
                yield Symptom(
                    "warning", "agreements", f"{name} names {party}, which is no agency of the site"
                )
        if agreement.in_force(now) and agreement.review_by <= now:
            yield Symptom("warning", "agreements", f"{name} is past its review date")
        for clause, agency in _without_contacts(site, agreement):
            text = f"{name} clause {clause} is for named contacts, and {agency} names none"
            yield Symptom("warning", "agreements", text)


def _without_contacts(site: Site, agreement: Agreement) -> Iterator[tuple[str, str]]:
    """The clauses that only named contacts may use, and the agencies that have named nobody."""
    parties = [site.agencies[party] for party in agreement.parties if party in site.agencies]
    for clause in agreement.clauses:
        for agency in parties:
            asks = clause.contacts_only and clause.requester.selects(agency.id, agency.sector)
            if asks and not agency.contacts:
                yield clause.id, agency.id


def _regimes(site: Site) -> Iterator[Symptom]:
    laws = load_laws(extra=site.path(site.policies) / "law" if site.policies else None)
    for error in laws.errors:
        yield Symptom("error", "law", str(error))
    for agency in site.agencies.values():
        if not isinstance(agency.adapter, NoSource) and not agency.regimes:
            yield Symptom("warning", "law", f"{agency.id} declares no regimes: nothing it holds is released")
        for category, bound in agency.regimes.items():
            for name in bound:
                if laws.get(name) is None:
                    yield Symptom("error", "law", f"{agency.id}: {category.value}: no law {name} can be read")


def _store(site: Site) -> Iterator[Symptom]:
    file = make_url(site.storage_url()).database if site.storage.startswith("sqlite") else None
    if file is not None and not Path(file).exists():
        yield Symptom("warning", "store", "is not there yet; serving makes it")
        return
    try:
        found = inspect_storage(site.storage_url())
        revision = current_revision(site.storage_url(), allow_unsafe=True)
    except InvalidSiteError as invalid:
        for message in invalid.messages:
            yield Symptom("error", "store", message)
        return
    except Exception as error:  # noqa: BLE001 -- whatever keeps the store shut is what is to be told
        yield Symptom("error", "store", f"cannot be opened ({type(error).__name__})")
        return
    for fault in found.faults:
        yield Symptom("error", "store", fault)
    for risk in found.risks:
        yield Symptom("warning", "store", risk)
    if revision != latest_revision():
        yield Symptom("warning", "store", "is not at the latest revision; gateway migrate brings it there")


def _systems(site: Site, now: datetime) -> Iterator[Symptom]:
    try:
        partners = partners_of(site, lambda: now)
    except InvalidSiteError as invalid:
        for message in invalid.messages:
            yield Symptom("error", "systems", message)
        return
    for agency, up in asyncio.run(_health(partners)).items():
        yield Symptom(
            "ok" if up else "error", "systems", f"{agency} {'answers' if up else 'does not answer'}"
        )


async def _health(partners: dict[str, Partner]) -> dict[str, bool]:
    async def one(partner: Partner) -> bool:
        try:
            async with asyncio.timeout(5):
                return await partner.health()
        except Exception:  # noqa: BLE001 -- however it fails, it does not answer
            return False
        finally:
            await partner.close()

    found = await asyncio.gather(*(one(partner) for partner in partners.values()))
    return dict(zip(partners, found, strict=True))
