"""A real ledger on a SQLite file, as a site runs it, for the tests of the audit room."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event

from audit.argument import verify
from audit.checkpoint import CheckpointSigner, VerifierKey
from audit.encoding import Json
from audit.export import write_export
from audit.ledger import Ledger, Reveal
from audit.receipt import Receipt, ShownReceipt
from audit.record import Entry
from audit.report import Report, unreadable
from audit.sources import ExportSource, SourceError
from audit.tables import metadata

ORIGIN = "gateway.riverside.example"
SIGNER = CheckpointSigner.from_raw(ORIGIN, bytes(range(32)))
PAYLOAD_KEY = bytes(range(32, 64))
START = datetime(2026, 3, 1, 8, 30, 15, 123456, tzinfo=UTC)


def open_engine(path: Path) -> Engine:
    """An engine with the durability and erasure the gateway demands of SQLite."""
    engine = create_engine(f"sqlite:///{path}", hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def new_ledger() -> Ledger:
    return Ledger(ORIGIN, SIGNER, PAYLOAD_KEY)


def new_engine(folder: Path) -> Engine:
    engine = open_engine(folder / "gateway.db")
    metadata.create_all(engine)
    return engine


def entry(number: int, kind: str = "note", subject: bytes | None = None, **body: Json) -> Entry:
    return Entry(kind, START + timedelta(seconds=17 * number), subject, {"number": number, **body})


def append(engine: Engine, ledger: Ledger, entries: Sequence[Entry]) -> tuple[Receipt, ...]:
    with engine.begin() as connection:
        batch = ledger.append(connection, entries)
    return ledger.confirm(batch)


def exported(engine: Engine, ledger: Ledger, reveal: Reveal | None = None) -> bytes:
    stream = BytesIO()
    with engine.connect() as connection:
        note = ledger.checkpoint(connection)
        leaves = ledger.exported(connection, reveal)
        write_export(stream, ledger.header(connection), leaves, [note] if note else [])
    return stream.getvalue()


def shown(receipt: Receipt) -> ShownReceipt:
    return ShownReceipt.parse(receipt.to_json())


def verify_export(
    export: bytes,
    checkpoints: Sequence[str] = (),
    receipts: Sequence[ShownReceipt] = (),
    keys: Sequence[VerifierKey] = (SIGNER.key,),
) -> Report:
    try:
        source = ExportSource(BytesIO(export))
    except SourceError as fault:
        return unreadable(str(fault))
    return verify(source, keys, checkpoints, receipts)
