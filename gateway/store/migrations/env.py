"""How alembic reaches the store: through its own writing engine, one transaction for a whole migration."""

from __future__ import annotations

from alembic import context
from sqlalchemy import MetaData

from audit.tables import metadata as ledger_metadata
from gateway.store.database import writing_engine
from gateway.store.tables import metadata as store_metadata

TARGETS: list[MetaData] = [store_metadata, ledger_metadata]

_engine = writing_engine(context.config.attributes["url"])
with _engine.connect() as _connection:
    context.configure(connection=_connection, target_metadata=TARGETS, transaction_per_migration=False)
    with context.begin_transaction():
        context.run_migrations()
_engine.dispose()
