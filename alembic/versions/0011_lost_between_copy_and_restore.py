"""Backup: between which moments things are lost, and how many rows about such things a load has passed over

Revision: 0011, after 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "restorations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("copied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("restored_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restorations")),
    )
    op.add_column("exchange_runs", sa.Column("passed_over", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("exchange_runs", "passed_over")
    op.drop_table("restorations")
