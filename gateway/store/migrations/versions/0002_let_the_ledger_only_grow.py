"""Let the ledger only grow: the database itself refuses to change or take away what was recorded.

Payloads may still be deleted, which is what a purge does; the head may move, though never back.
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = ("ledger_entries", "ledger_nodes", "ledger_checkpoints", "ledger_payloads", "ledger_head")
REFUSED = (
    ("ledger_entries", "UPDATE"),
    ("ledger_entries", "DELETE"),
    ("ledger_nodes", "UPDATE"),
    ("ledger_nodes", "DELETE"),
    ("ledger_checkpoints", "UPDATE"),
    ("ledger_checkpoints", "DELETE"),
    ("ledger_payloads", "UPDATE"),
    ("ledger_head", "DELETE"),
)
BACK = "ledger_head_no_way_back"


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        _guard_on_postgresql()
    else:
        _guard_on_sqlite()


def _guard_on_sqlite() -> None:
    refusal = "BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END"
    for table, action in REFUSED:
        op.execute(f"CREATE TRIGGER {_name(table, action)} BEFORE {action} ON {table} {refusal}")
    op.execute(f"CREATE TRIGGER {BACK} BEFORE UPDATE ON ledger_head WHEN NEW.size < OLD.size {refusal}")


def _guard_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION ledger_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " RAISE EXCEPTION 'the ledger only grows' USING ERRCODE = 'insufficient_privilege';"
        " END $$"
    )
    for table, action in (*REFUSED, *((table, "TRUNCATE") for table in TABLES)):
        _guard(table, _name(table, action), f"BEFORE {action} ON {table} FOR EACH STATEMENT")
    _guard("ledger_head", BACK, "BEFORE UPDATE ON ledger_head FOR EACH ROW WHEN (NEW.size < OLD.size)")


def _guard(table: str, name: str, when: str) -> None:
    op.execute(f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION ledger_only_grows()")
    # ALWAYS: session_replication_role would otherwise turn it off for a session.
    op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")


def downgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP FUNCTION ledger_only_grows() CASCADE")
        return
    op.execute(f"DROP TRIGGER {BACK}")
    for table, action in REFUSED:
        op.execute(f"DROP TRIGGER {_name(table, action)}")


def _name(table: str, action: str) -> str:
    return f"{table}_no_{action.lower()}"
