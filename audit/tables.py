"""The tables of the ledger. Rows of all but `head` are only ever added; a purge alone deletes payloads."""

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, MetaData, SmallInteger, String, Table, Text

metadata = MetaData()

_COUNT = BigInteger().with_variant(Integer, "sqlite")  # SQLite keys rows directly on INTEGER only

entries = Table(
    "ledger_entries",
    metadata,
    Column("entry_index", _COUNT, primary_key=True, autoincrement=False),
    Column("leaf", LargeBinary, nullable=False),
    Column("leaf_hash", LargeBinary(32), nullable=False),
    Column("at_minute", String(17), nullable=False),
)

payloads = Table(
    "ledger_payloads",
    metadata,
    Column("entry_index", _COUNT, primary_key=True, autoincrement=False),
    Column("sealed", LargeBinary, nullable=False),
)

# Complete interior subtrees: level 1 and up. The leaf hashes of level 0 stand in ledger_entries.
nodes = Table(
    "ledger_nodes",
    metadata,
    Column("level", SmallInteger, primary_key=True, autoincrement=False),
    Column("node_index", _COUNT, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary(32), nullable=False),
    sqlite_with_rowid=False,
)

checkpoints = Table(
    "ledger_checkpoints",
    metadata,
    Column("size", _COUNT, primary_key=True, autoincrement=False),
    Column("note", Text, nullable=False),
    Column("at", String(27), nullable=False),
)

# One row, which writers lock.
head = Table(
    "ledger_head",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("size", _COUNT, nullable=False),
    Column("root", LargeBinary(32), nullable=False),
)
