"""Looking over what was asked, off the way of a query: by whom, when, about which kept subjects."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, select

from gateway.store.tables import queries


def asked_about(
    connection: Connection, subjects: Collection[str], agencies: Collection[str]
) -> Sequence[tuple[str, str]]:
    """Queries of these agencies about these kept subjects: the id of each and who asked it."""
    found = select(queries.c.id, queries.c.agency).where(
        queries.c.agency.in_(agencies), queries.c.subject.in_(subjects)
    )
    return [(id, agency) for id, agency in connection.execute(found.order_by(queries.c.asked_at))]
