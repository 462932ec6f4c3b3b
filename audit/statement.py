"""Statements of the append path: compiled once for each database and put straight to its driver.

SQLAlchemy builds and compiles them, so they stay one text for every database; what is left out is its work
for each execution, which is several times the database's own.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Connection, Executable
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import ClauseElement


@dataclass(frozen=True, slots=True)
class _Compiled:
    sql: str
    order: tuple[str, ...] | None
    """Names of the parameters by position; None where the driver takes them by name."""
    constants: Mapping[str, Any]
    """Parameters whose values stand in the statement itself."""

    def parameters(self, values: Mapping[str, Any]) -> Any:
        given = {**self.constants, **values} if self.constants else values
        return given if self.order is None else tuple([given[name] for name in self.order])


class Statement:
    """A select, insert or update whose parameters are plain values, as the driver takes them."""

    __slots__ = ("_compiled", "_statement")

    def __init__(self, statement: Executable) -> None:
        self._statement = cast("ClauseElement", statement)
        self._compiled: dict[str, _Compiled] = {}

    def rows(self, connection: Connection, values: Mapping[str, Any]) -> Sequence[tuple[Any, ...]]:
        """The rows of a select, as the driver gives them. Raises `DBAPIError` as SQLAlchemy would."""
        with _cursor(connection) as cursor:
            compiled = self._for(connection)
            cursor.execute(compiled.sql, compiled.parameters(values))
            return cast("Sequence[tuple[Any, ...]]", cursor.fetchall())

    def run(self, connection: Connection, values: Mapping[str, Any]) -> int:
        """Carry out an insert or update; how many rows it touched. Raises as `rows`."""
        with _cursor(connection) as cursor:
            compiled = self._for(connection)
            cursor.execute(compiled.sql, compiled.parameters(values))
            return int(cursor.rowcount)

    def run_many(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Carry out an insert for each of the rows, which have the same names. Raises as `rows`."""
        with _cursor(connection) as cursor:
            compiled = self._for(connection)
            cursor.executemany(compiled.sql, [compiled.parameters(row) for row in rows])

    def _for(self, connection: Connection) -> _Compiled:
        name = connection.dialect.name
        known = self._compiled.get(name)
        if known is None:
            made = self._statement.compile(dialect=connection.dialect)
            positions = getattr(made, "positiontup", None)
            constants = {key: value for key, value in made.params.items() if value is not None}
            known = _Compiled(str(made), tuple(positions) if positions is not None else None, constants)
            self._compiled[name] = known
        return known


@contextmanager
def _cursor(connection: Connection) -> Iterator[Any]:
    """A cursor of the driver's own, whose errors become SQLAlchemy's."""
    cursor = connection.connection.cursor()
    try:
        yield cursor
    except Exception as error:
        dbapi = connection.dialect.loaded_dbapi
        if not isinstance(error, dbapi.Error):
            raise
        raise DBAPIError.instance(
            None, None, error, dbapi.Error, hide_parameters=True, dialect=connection.dialect
        ) from error
    finally:
        cursor.close()
