"""Online payments: attempts, their parts, the bank's messages, refunds, postings, and what needs a person

Revision: 0005, after 0004
"""

import sqlalchemy as sa
from alembic import op

from lk_app.models.values import Instant

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "payment_attempts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_number", sa.String(32), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("account_number", sa.String(11), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "created",
                "registered",
                "paid",
                "declined",
                "expired",
                "exported",
                "posted",
                "refunded",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("bank_order_id", sa.String(64), nullable=True),
        sa.Column("form_url", sa.String(512), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("paid_at", Instant(), nullable=True),
        sa.Column("exported_at", Instant(), nullable=True),
        sa.Column("posted_at", Instant(), nullable=True),
        sa.Column("refunded", sa.BigInteger(), nullable=False),
        sa.Column("card", sa.String(4), nullable=False),
        sa.Column("action_code", sa.String(12), nullable=False),
        sa.Column("asked_at", Instant(), nullable=True),
        sa.Column("answered_at", Instant(), nullable=True),
        sa.Column("next_ask_at", Instant(), nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payment_attempts_amount_is_positive")),
        sa.CheckConstraint("refunded BETWEEN 0 AND amount", name=op.f("ck_payment_attempts_refunded_is_within_amount")),
        sa.ForeignKeyConstraint(
            ["account_number"], ["accounts.number"], name=op.f("fk_payment_attempts_account_number")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_payment_attempts_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_attempts")),
        sa.UniqueConstraint("bank_order_id", name=op.f("uq_payment_attempts_bank_order_id")),
        sa.UniqueConstraint("order_number", name=op.f("uq_payment_attempts_order_number")),
    )
    op.create_index("ix_payment_attempts_account_number_day", "payment_attempts", ["account_number", "day"])
    op.create_index(op.f("ix_payment_attempts_next_ask_at"), "payment_attempts", ["next_ask_at"])
    op.create_index(op.f("ix_payment_attempts_user_id"), "payment_attempts", ["user_id"])
    op.create_table(
        "bank_messages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "registration",
                "status",
                "callback",
                "refund",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("genuine", sa.Boolean(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["payment_attempts.id"], name=op.f("fk_bank_messages_attempt_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_messages")),
    )
    op.create_index(op.f("ix_bank_messages_attempt_id"), "bank_messages", ["attempt_id"])
    op.create_table(
        "payment_concerns",
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                "answer differs",
                "contradiction",
                "money held",
                "still open",
                "bank silent",
                "unknown at bank",
                "not posted",
                "posted differently",
                "refund after export",
                "refund unclear",
                "refunded elsewhere",
                name="reason",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("detail", sa.String(300), nullable=False),
        sa.Column("resolved_at", Instant(), nullable=True),
        sa.Column("resolved_by", sa.String(100), nullable=False),
        sa.Column("resolution", sa.String(300), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["payment_attempts.id"], name=op.f("fk_payment_concerns_attempt_id")),
        sa.PrimaryKeyConstraint("attempt_id", "reason", name=op.f("pk_payment_concerns")),
    )
    op.create_table(
        "payment_parts",
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("division_code", sa.String(20), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("refunded", sa.BigInteger(), nullable=False),
        sa.Column("exported", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payment_parts_amount_is_positive")),
        sa.CheckConstraint("refunded BETWEEN 0 AND amount", name=op.f("ck_payment_parts_refunded_is_within_amount")),
        sa.ForeignKeyConstraint(["attempt_id"], ["payment_attempts.id"], name=op.f("fk_payment_parts_attempt_id")),
        sa.ForeignKeyConstraint(["division_code"], ["divisions.code"], name=op.f("fk_payment_parts_division_code")),
        sa.PrimaryKeyConstraint("attempt_id", "division_code", name=op.f("pk_payment_parts")),
    )
    op.create_table(
        "postings",
        sa.Column("order_number", sa.String(32), nullable=False),
        sa.Column("division_code", sa.String(20), nullable=False),
        sa.Column("payment_id", sa.String(40), nullable=False),
        sa.ForeignKeyConstraint(["division_code"], ["divisions.code"], name=op.f("fk_postings_division_code")),
        sa.ForeignKeyConstraint(
            ["order_number"], ["payment_attempts.order_number"], name=op.f("fk_postings_order_number")
        ),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_postings_payment_id")),
        sa.PrimaryKeyConstraint("order_number", "division_code", name=op.f("pk_postings")),
        sa.UniqueConstraint("payment_id", name=op.f("uq_postings_payment_id")),
    )
    op.create_table(
        "refunds",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("division_code", sa.String(20), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("refunded_before", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("asked", "done", "refused", name="state", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.Column("asked_by", sa.String(100), nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("error", sa.String(40), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_refunds_amount_is_positive")),
        sa.ForeignKeyConstraint(["attempt_id"], ["payment_attempts.id"], name=op.f("fk_refunds_attempt_id")),
        sa.ForeignKeyConstraint(["division_code"], ["divisions.code"], name=op.f("fk_refunds_division_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refunds")),
    )
    op.create_index("ix_refunds_attempt_id", "refunds", ["attempt_id"])
    op.create_index(
        "uq_refunds_attempt_id_asked",
        "refunds",
        ["attempt_id"],
        unique=True,
        sqlite_where=sa.text("state = 'asked'"),
        postgresql_where=sa.text("state = 'asked'"),
    )


def downgrade() -> None:
    for table in ("payment_concerns", "refunds", "bank_messages", "postings", "payment_parts", "payment_attempts"):
        op.drop_table(table)
