"""Keep what is told unasked, conferences, duties, leave to pass on, corrections and standing watches."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_ONWARD_INDEXES = ("agency", "custodian", "recipient")


def upgrade() -> None:
    op.create_table(
        "offers",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("agency", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("offered_at", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "tellings",
        sa.Column("offer", sa.String(length=40), nullable=False),
        sa.Column("recipient", sa.String(length=64), nullable=False),
        sa.Column("teller", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("told_at", sa.BigInteger(), nullable=False),
        sa.Column("ledger_index", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("content_until", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("offer", "recipient"),
    )
    op.create_index("tellings_received", "tellings", ["recipient", "state"], unique=False)
    op.create_index("tellings_sent", "tellings", ["teller"], unique=False)
    op.create_table(
        "conferences",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("agency", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("meets_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "conference_seats",
        sa.Column("conference", sa.String(length=40), nullable=False),
        sa.Column("agency", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("conference", "agency"),
    )
    op.create_index("conferences_of_agency", "conference_seats", ["agency"], unique=False)
    op.create_table(
        "duties",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("about", sa.String(length=40), nullable=False),
        sa.Column("agency", sa.String(length=64), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("duties_owed", "duties", ["agency", "state"], unique=False)
    op.create_index("duties_due_to", "duties", ["owner", "state"], unique=False)
    op.create_table(
        "onward",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("agency", sa.String(length=64), nullable=False),
        sa.Column("custodian", sa.String(length=64), nullable=False),
        sa.Column("recipient", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in _ONWARD_INDEXES:
        op.create_index(f"ix_onward_{column}", "onward", [column], unique=False)
    op.create_table(
        "corrections",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("agency", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_corrections_agency", "corrections", ["agency"], unique=False)
    op.create_table(
        "correction_notices",
        sa.Column("correction", sa.String(length=40), nullable=False),
        sa.Column("recipient", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("correction", "recipient"),
    )
    op.create_index("corrections_received", "correction_notices", ["recipient"], unique=False)
    op.create_table(
        "watches",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("agency", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_watches_agency", "watches", ["agency"], unique=False)
    op.create_table(
        "disclosures",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("agency", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("entered_at", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def downgrade() -> None:
    op.drop_table("disclosures")
    op.drop_index("ix_watches_agency", table_name="watches")
    op.drop_table("watches")
    op.drop_index("corrections_received", table_name="correction_notices")
    op.drop_table("correction_notices")
    op.drop_index("ix_corrections_agency", table_name="corrections")
    op.drop_table("corrections")
    for column in _ONWARD_INDEXES:
        op.drop_index(f"ix_onward_{column}", table_name="onward")
    op.drop_table("onward")
    op.drop_index("duties_due_to", table_name="duties")
    op.drop_index("duties_owed", table_name="duties")
    op.drop_table("duties")
    op.drop_index("conferences_of_agency", table_name="conference_seats")
    op.drop_table("conference_seats")
    op.drop_table("conferences")
    op.drop_index("tellings_sent", table_name="tellings")
    op.drop_index("tellings_received", table_name="tellings")
    op.drop_table("tellings")
    op.drop_table("offers")
