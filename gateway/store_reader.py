"""A site's store looked at from the command line: read only, beside a gateway that may be running."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, make_url
from sqlalchemy.pool import StaticPool

from gateway.keys import DATA_KEY, KEYS_FOLDER, agency_keys
from gateway.policy import Policies
from gateway.records import Records
from gateway.site import InvalidSiteError, Site, read_site
from gateway.store.agreements import approved
from gateway.store.database import reading_engine
from gateway.store.migrate import current_revision, latest_revision
from gateway.store.process_tables import metadata
from gateway.vault import KEY_BYTES, Vault


@dataclass(frozen=True, slots=True)
class StoreReader:
    """What is in force, what is on record, and one consistent state of the store."""

    policies: Policies
    records: Records
    connection: Connection


@contextmanager
def reading(folder: Path) -> Iterator[StoreReader]:
    """Look at the store of a site's folder; one that was never served has nothing in it.

    Raises:
        InvalidSiteError: the site or its store cannot be read, or the store is at another revision.
    """
    site = read_site(folder)
    engine, key = _store(site)
    try:
        with engine.connect() as connection, connection.begin():
            policies = Policies(site, agency_keys(site), approved(connection))
            yield StoreReader(policies, Records.over(Vault(key)), connection)
    finally:
        engine.dispose()


def _store(site: Site) -> tuple[Engine, bytes]:
    """The store and the key its values are sealed with."""
    url = site.storage_url()
    file = make_url(url).database if site.storage.startswith("sqlite") else None
    if file is not None and not Path(file).exists():
        return _nothing(), bytes(KEY_BYTES)
    if current_revision(url, allow_unsafe=True) != latest_revision():
        raise InvalidSiteError(["storage: is not at the latest revision; gateway migrate brings it there"])
    path = site.path(KEYS_FOLDER) / DATA_KEY
    try:
        return reading_engine(url, allow_unsafe=True), path.read_bytes()
    except OSError as error:
        raise InvalidSiteError([f"{KEYS_FOLDER}/{DATA_KEY}: cannot be read ({error.strerror})"]) from error


def _nothing() -> Engine:
    """A store in memory: looking for a file that is not there would make it."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    metadata.create_all(engine)
    return engine
