"""How alembic reaches the store: through an engine of its own, one transaction for a whole migration."""

from __future__ import annotations

from alembic import context
from sqlalchemy import MetaData

from audit.tables import metadata as ledger_metadata
from gateway.store.database import lock_schema, migrating_engine
from gateway.store.oversight_tables import metadata as store_metadata

TARGETS: list[MetaData] = [store_metadata, ledger_metadata]

_attributes = context.config.attributes
_engine = migrating_engine(_attributes["url"], allow_unsafe=_attributes["allow_unsafe"])
with _engine.connect() as _connection:
    context.configure(
        connection=_connection,
        target_metadata=TARGETS,
        transaction_per_migration=False,
        # SQLite's too, since our engine and not its driver begins the transaction.
        transactional_ddl=True,
    )
    with context.begin_transaction():
        lock_schema(_connection)
        context.run_migrations()
_engine.dispose()
