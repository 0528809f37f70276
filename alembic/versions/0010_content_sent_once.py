"""Content: what is new is made once, however often its form is sent

Revision: 0010, after 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

SURVIVED = {
    "adds the constraint ix_revisions_sent, which old code may break": "old code leaves the column empty",
    "locks revisions while it makes ix_revisions_sent: make it with postgresql_concurrently": (
        "a revision is a piece of content that staff have edited: there are few, and they are seldom written"
    ),
}


def upgrade() -> None:
    op.add_column("revisions", sa.Column("sent", sa.String(length=40), nullable=True))
    op.create_index(op.f("ix_revisions_sent"), "revisions", ["sent"], unique=True)


def downgrade() -> None:
    op.drop_index(op.f("ix_revisions_sent"), "revisions")
    op.drop_column("revisions", "sent")
