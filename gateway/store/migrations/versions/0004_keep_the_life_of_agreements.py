"""Keep drafts, signatures and steps of agreement versions, and every policy set that decided anything."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TABLES = (
    "terminations",
    "agreement_versions",
    "agreement_signatures",
    "policy_sets",
    "policy_documents",
)


def _version() -> tuple[sa.Column[str], sa.Column[int]]:
    return (
        sa.Column("agreement", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
    )


def upgrade() -> None:
    op.create_table(
        "terminations",
        *_version(),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("agreement", "version"),
    )
    op.create_table(
        "agreement_versions",
        *_version(),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("source", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("agreement", "version"),
    )
    op.create_table(
        "agreement_signatures",
        *_version(),
        sa.Column("party", sa.String(length=64), nullable=False),
        sa.Column("jws", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("agreement", "version", "party"),
    )
    op.create_table(
        "agreement_steps",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        *_version(),
        sa.Column("step", sa.String(length=12), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("steps_of_version", "agreement_steps", ["agreement", "version"], unique=False)
    op.create_table(
        "policy_sets",
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("manifest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("version"),
    )
    op.create_table(
        "policy_documents",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )


def downgrade() -> None:
    op.drop_index("steps_of_version", table_name="agreement_steps")
    op.drop_table("agreement_steps")
    for table in reversed(_TABLES):
        op.drop_table(table)
