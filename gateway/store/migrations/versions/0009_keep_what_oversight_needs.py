"""Keep closures, words of emergencies used before, second looks, views on reviews, and alarms."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "closures",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("emergency", sa.String(length=40), nullable=False),
        sa.Column("requester", sa.String(length=64), nullable=False),
        sa.Column("custodian", sa.String(length=64), nullable=False),
        sa.Column("actor", sa.LargeBinary(length=32), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("emergency"),
    )
    op.create_index("closures_of_actor", "closures", ["actor", "state"], unique=False)
    op.create_table(
        "emergency_words",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("query", sa.String(length=40), nullable=False),
        sa.Column("agency", sa.String(length=64), nullable=False),
        sa.Column("actor", sa.LargeBinary(length=32), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", "query"),
    )
    op.create_table(
        "second_looks",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("query", sa.String(length=40), nullable=False),
        sa.Column("custodian", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("query", "custodian"),
    )
    op.create_index("second_looks_of_custodian", "second_looks", ["custodian", "state"], unique=False)
    op.create_table(
        "review_views",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("review", sa.String(length=40), nullable=False),
        sa.Column("agency", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_review_views_review"), "review_views", ["review"], unique=False)
    op.create_table(
        "alarms",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("agency", sa.String(length=64), nullable=False),
        sa.Column("actor", sa.LargeBinary(length=32), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("sign", sa.String(length=24), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("alarms_of_day", "alarms", ["agency", "actor", "day"], unique=False)
    op.create_index("queries_in_time", "queries", ["asked_at"], unique=False)


def downgrade() -> None:
    op.drop_index("queries_in_time", table_name="queries")
    op.drop_index("alarms_of_day", table_name="alarms")
    op.drop_table("alarms")
    op.drop_index(op.f("ix_review_views_review"), table_name="review_views")
    op.drop_table("review_views")
    op.drop_index("second_looks_of_custodian", table_name="second_looks")
    op.drop_table("second_looks")
    op.drop_table("emergency_words")
    op.drop_index("closures_of_actor", table_name="closures")
    op.drop_table("closures")
