"""Letters: the outbox, addresses of users proven by a code, what the security log says of them

Revision: 0004, after 0003
"""

import sqlalchemy as sa
from alembic import op

from lk_app.models.values import Instant

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

KINDS = (
    "signed in",
    "sign-in refused",
    "registered",
    "recovered",
    "name changed",
    "password changed",
    "phone changed",
    "attached",
    "detached",
    "removed",
    "session ended",
    "data downloaded",
    "deletion asked",
    "deletion cancelled",
    "deleted",
)
"""What the security log could say before this revision."""
NEW_KINDS = ("email changed", "email removed")

APPEND_ONLY = [
    f"""
    CREATE TRIGGER security_events_no_{action.lower()} BEFORE {action} ON security_events
    BEGIN SELECT RAISE(ABORT, 'the security log is append-only'); END
    """
    for action in ("UPDATE", "DELETE")
]
"""The triggers of SQLite, which go with the table when it is copied."""


def upgrade() -> None:
    op.add_column("users", sa.Column("email", sa.String(254), nullable=True))
    op.create_table(
        "letters",
        *written(),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.String(300), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "queued",
                "sending",
                "sent",
                "failed",
                "cancelled",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("next_try_at", Instant(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sent_at", Instant(), nullable=True),
        sa.Column("error", sa.String(40), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_letters_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letters")),
    )
    op.create_index(op.f("ix_letters_address"), "letters", ["address"])
    op.create_index(op.f("ix_letters_created_at"), "letters", ["created_at"])
    op.create_index(op.f("ix_letters_state_next_try_at"), "letters", ["state", "next_try_at"])
    op.create_index(op.f("ix_letters_user_id"), "letters", ["user_id"])

    op.create_table(
        "sandbox_letters",
        *written(),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sent_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sandbox_letters")),
    )
    op.create_index(op.f("ix_sandbox_letters_address"), "sandbox_letters", ["address"])

    op.create_table(
        "email_proofs",
        sa.Column("user_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("address", sa.String(254), nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("code_sent_at", Instant(), nullable=False),
        sa.Column("wrong_tries", sa.Integer(), nullable=False),
        sa.Column("letter_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["letters.id"], name=op.f("fk_email_proofs_letter_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_email_proofs_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_email_proofs")),
    )
    op.create_index(op.f("ix_email_proofs_letter_id"), "email_proofs", ["letter_id"])
    let_the_log_say((*KINDS, *NEW_KINDS))


def downgrade() -> None:
    # Refused by the database once the log says something new: it can't be taken back.
    let_the_log_say(KINDS)
    for table in ("email_proofs", "sandbox_letters", "letters"):
        op.drop_table(table)
    op.drop_column("users", "email")


def written() -> list[sa.Column[object]]:
    """Return the columns of what a letter consists of."""
    return [
        sa.Column("address", sa.String(254), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("attachment_name", sa.String(200), nullable=False),
        sa.Column("attachment_type", sa.String(100), nullable=False),
        sa.Column("attachment", sa.LargeBinary(), nullable=True),
    ]


def let_the_log_say(kinds: tuple[str, ...]) -> None:
    """Change which kinds of events the security log takes; on SQLite by a copy, which stays append-only."""
    name = op.f("ck_security_events_kind")
    with op.batch_alter_table("security_events") as log:
        log.drop_constraint(name, type_="check")
        log.create_check_constraint(name, sa.column("kind").in_(kinds))
    if op.get_bind().dialect.name == "sqlite":
        for statement in APPEND_ONLY:
            op.execute(statement)
