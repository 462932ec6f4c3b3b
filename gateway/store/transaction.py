"""One piece of work inside a commit: what it reads and writes, and the entries it wants in the ledger."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any, TypeVar

from sqlalchemy import Connection, NestedTransaction

from audit.record import Entry
from gateway.store.hot import Hot
from gateway.store.recall import Recall

T = TypeVar("T")


class Deferred:
    """Rows that the works of one commit add, written together before anything could read them."""

    def __init__(self) -> None:
        self._rows: dict[Hot, list[Mapping[str, Any]]] = {}

    def add(self, statement: Hot, row: Mapping[str, Any]) -> None:
        self._rows.setdefault(statement, []).append(row)

    def clear(self) -> None:
        self._rows.clear()

    def write(self, connection: Connection) -> None:
        rows, self._rows = self._rows, {}
        for statement, added in rows.items():
            statement.run_many(connection, added)


class Transaction:
    """What a piece of work sees of the store.

    `connection` is for work that may read and write anything; afterwards nothing is recalled. The hot path
    does without: it recalls, defers rows, and names ledger entries.
    """

    def __init__(
        self,
        connection: Connection,
        next_index: int,
        recall: Recall | None = None,
        deferred: Deferred | None = None,
    ) -> None:
        self.entries: list[Entry] = []
        self.undoing: list[Callable[[], None]] = []
        self.changed_anything = False
        self._connection = connection
        self._next_index = next_index
        self._recall = recall or Recall()
        self._deferred = deferred or Deferred()

    @property
    def connection(self) -> Connection:
        """The commit's connection, with everything written that was deferred."""
        self.changed_anything = True
        self.flush()
        return self._connection

    @property
    def additive(self) -> Connection:
        """The connection, for looking at rows that are never deferred and for adding such rows: work that
        does no more changes nothing that is recalled.
        """
        return self._connection

    def record(self, entry: Entry) -> int:
        """Name an entry to be appended with this work, and learn the ledger index it will have."""
        self.entries.append(entry)
        return self._next_index + len(self.entries) - 1

    def if_undone(self, undo: Callable[[], None]) -> None:
        """Name what must be undone outside the store if this work is not committed, before any other work."""
        self.undoing.append(undo)

    def defer(self, statement: Hot, row: Mapping[str, Any]) -> None:
        """Add a row before the commit ends, together with other works' rows."""
        self._deferred.add(statement, row)

    def recall(self, key: Hashable, read: Callable[[Connection], T]) -> T:
        """What `read` finds, or found before if nothing can have changed it; see `gateway.store.recall`.

        `read` keeps to what `additive` is for.
        """
        if self.changed_anything:
            return read(self._connection)
        return self._recall.get(key, lambda: read(self._connection))

    def recall_all(self, key: Hashable, read: Callable[[Connection], T]) -> T:
        """As `recall`, for a `read` that looks at rows that may have been deferred."""

        def read_all(connection: Connection) -> T:
            self.flush()
            return read(connection)

        return self.recall(key, read_all)

    def nested(self) -> NestedTransaction:
        """A savepoint, for work that may be undone alone."""
        return self._connection.begin_nested()

    def abandon(self) -> None:
        """Drop what was deferred by work that is undone."""
        self._deferred.clear()

    def flush(self) -> None:
        """Write what was deferred."""
        self._deferred.write(self._connection)
