"""The store's schema by numbered migrations (alembic), forward and back."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from gateway.store.database import writing_engine

_SCRIPTS: Final = Path(__file__).parent / "migrations"


def migrate(url: str, revision: str = "head") -> None:
    """Bring a store to a revision; an empty one is filled from nothing."""
    config = _config(url)
    target = "head" if revision == "head" else revision
    current = current_revision(url)
    numbers = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    older = target != "head" and current in numbers and numbers.index(current) < numbers.index(target)
    if target == "base" or older:
        command.downgrade(config, target)
    else:
        command.upgrade(config, target)


def current_revision(url: str) -> str | None:
    """The revision a store is at; None for an empty one."""
    engine = writing_engine(url)
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()


def latest_revision() -> str | None:
    return ScriptDirectory(str(_SCRIPTS)).get_current_head()


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.attributes["url"] = url
    return config
