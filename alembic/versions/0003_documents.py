"""Documents that are kept once made

Revision: 0003, after 0002
"""

import sqlalchemy as sa
from alembic import op

from lk_app.models.values import Instant

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "documents",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("claimed_at", Instant(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_documents")),
    )
    op.create_index(op.f("ix_documents_claimed_at"), "documents", ["claimed_at"])


def downgrade() -> None:
    op.drop_table("documents")
