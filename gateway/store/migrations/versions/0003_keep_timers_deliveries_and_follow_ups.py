"""Keep timers, which notices were read and sent on, their deliveries, and what each question waits for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("notices", sa.Column("read_at", sa.BigInteger(), nullable=True))
    op.add_column("notices", sa.Column("relayed_at", sa.BigInteger(), nullable=True))
    # What was left before there were channels is not sent on now.
    op.execute("UPDATE notices SET relayed_at = at")
    op.create_index(op.f("ix_notices_relayed_at"), "notices", ["relayed_at"], unique=False)
    op.create_table(
        "timers",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("about", sa.String(length=64), nullable=False),
        sa.Column("agency", sa.String(length=64), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("claimed_until", sa.BigInteger(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("kind", "about", "agency"),
    )
    op.create_index(op.f("ix_timers_due_at"), "timers", ["due_at"], unique=False)
    op.create_table(
        "deliveries",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("notice", sa.String(length=40), nullable=False),
        sa.Column("agency", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=True),
        sa.Column("fault", sa.String(length=16), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("deliveries_of_agency", "deliveries", ["agency", "state"], unique=False)
    op.create_table(
        "follow_ups",
        sa.Column("query", sa.String(length=40), nullable=False),
        sa.Column("custodian", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("requester", sa.String(length=64), nullable=False),
        sa.Column("case_reference", sa.LargeBinary(length=32), nullable=False),
        sa.Column("about", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("escalated_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("query", "custodian", "kind"),
    )
    op.create_index("follow_ups_of_case", "follow_ups", ["requester", "case_reference"], unique=False)


def downgrade() -> None:
    op.drop_index("follow_ups_of_case", table_name="follow_ups")
    op.drop_table("follow_ups")
    op.drop_index("deliveries_of_agency", table_name="deliveries")
    op.drop_table("deliveries")
    op.drop_index(op.f("ix_timers_due_at"), table_name="timers")
    op.drop_table("timers")
    op.drop_index(op.f("ix_notices_relayed_at"), table_name="notices")
    # A batch, as SQLite before 3.35 drops no column; the table is small.
    with op.batch_alter_table("notices") as notices:
        notices.drop_column("relayed_at")
        notices.drop_column("read_at")
