"""The store's schema by numbered migrations (alembic), forward and back."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy.exc import DBAPIError

from gateway.site import InvalidSiteError
from gateway.store.database import migrating_engine

_SCRIPTS: Final = Path(__file__).parent / "migrations"


def migrate(storage: str, revision: str = "head", *, allow_unsafe: bool = False) -> None:
    """Bring a store to a revision; an empty one is filled from nothing. Several processes may try at once.

    Raises:
        InvalidSiteError: the store cannot be reached, refuses the change, or could lose what it commits;
            or the revision is unknown.
    """
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.attributes.update(url=storage, allow_unsafe=allow_unsafe)
    try:
        current = current_revision(storage, allow_unsafe=allow_unsafe)
        numbers = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
        older = (
            revision in numbers and current in numbers and numbers.index(current) < numbers.index(revision)
        )
        if revision == "base" or older:
            command.downgrade(config, revision)
        else:
            command.upgrade(config, revision)
    except CommandError as error:
        raise InvalidSiteError(
            ["storage: no such revision, or the store is at one that only a later gateway knows"]
        ) from error
    except DBAPIError as error:
        words = str(error.orig).strip().partition("\n")[0]
        raise InvalidSiteError([f"storage: cannot be opened and brought to {revision} ({words})"]) from error


def current_revision(storage: str, *, allow_unsafe: bool = False) -> str | None:
    """The revision a store is at; None for an empty one."""
    engine = migrating_engine(storage, allow_unsafe=allow_unsafe)
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()


def latest_revision() -> str | None:
    return ScriptDirectory(str(_SCRIPTS)).get_current_head()
