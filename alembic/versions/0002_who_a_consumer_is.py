"""Who a consumer is: codes by SMS, the outbox, captchas, the security log, consents

Revision: 0002, after 0001
"""

import sqlalchemy as sa
from alembic import op

from lk_app.models.values import Instant

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


APPEND_ONLY = {
    "sqlite": [
        f"""
        CREATE TRIGGER security_events_no_{action.lower()} BEFORE {action} ON security_events
        BEGIN SELECT RAISE(ABORT, 'the security log is append-only'); END
        """
        for action in ("UPDATE", "DELETE")
    ],
    "postgresql": [
        """
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$
        """,
        """
        CREATE TRIGGER security_events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON security_events
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
        """,
    ],
}
"""Triggers that refuse to change or delete what the security log holds."""


def upgrade() -> None:
    op.create_table(
        "captchas",
        sa.Column("id", sa.String(22), nullable=False),
        sa.Column("question", sa.String(8), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("used_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_captchas")),
    )
    op.create_index(op.f("ix_captchas_created_at"), "captchas", ["created_at"])

    op.create_table(
        "jobs",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("next_run_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_jobs")),
    )
    op.create_table(
        "rate_windows",
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("taken_at", sa.JSON(), nullable=False),
        sa.Column("ends_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_rate_windows")),
    )
    op.create_index(op.f("ix_rate_windows_ends_at"), "rate_windows", ["ends_at"])

    op.create_table(
        "sandbox_messages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("phone", sa.String(10), nullable=False),
        sa.Column("text", sa.String(500), nullable=False),
        sa.Column("sent_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sandbox_messages")),
    )
    op.create_index(op.f("ix_sandbox_messages_phone"), "sandbox_messages", ["phone"])

    op.create_table(
        "consents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(20), nullable=False),
        sa.Column("given_at", Instant(), nullable=False),
        sa.Column("address", sa.String(45), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_consents_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    op.create_index(op.f("ix_consents_user_id"), "consents", ["user_id"])

    op.create_table(
        "security_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
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
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("address", sa.String(45), nullable=False),
        sa.Column("browser", sa.String(80), nullable=False),
        sa.Column("subject", sa.String(40), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_security_events_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_security_events")),
    )
    op.create_index(op.f("ix_security_events_user_id_id"), "security_events", ["user_id", "id"])

    op.create_table(
        "verifications",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "registration",
                "recovery",
                "attaching",
                "removal",
                name="purpose",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("token_hash", sa.String(64), nullable=True),
        sa.Column("asker_id", sa.Integer(), nullable=True),
        sa.Column("phone", sa.String(10), nullable=False),
        sa.Column("account_number", sa.String(11), nullable=True),
        sa.Column("subject_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(45), nullable=False),
        sa.Column("password_hash", sa.String(60), nullable=False),
        sa.Column("consent_version", sa.String(20), nullable=False),
        sa.Column("address", sa.String(45), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("code_sent_at", Instant(), nullable=False),
        sa.Column("wrong_tries", sa.Integer(), nullable=False),
        sa.Column("proven_at", Instant(), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.CheckConstraint(
            "(token_hash IS NULL) <> (asker_id IS NULL)", name=op.f("ck_verifications_belongs_to_a_browser_or_a_user")
        ),
        sa.CheckConstraint("length(phone) = 10", name=op.f("ck_verifications_phone_has_10_digits")),
        sa.ForeignKeyConstraint(["asker_id"], ["users.id"], name=op.f("fk_verifications_asker_id")),
        sa.ForeignKeyConstraint(["subject_id"], ["users.id"], name=op.f("fk_verifications_subject_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verifications")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_verifications_token_hash")),
    )
    op.create_index(op.f("ix_verifications_asker_id"), "verifications", ["asker_id"])
    op.create_index(op.f("ix_verifications_created_at"), "verifications", ["created_at"])

    op.create_table(
        "sms_messages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("phone", sa.String(10), nullable=False),
        sa.Column("text", sa.String(500), nullable=False),
        sa.Column("code", sa.String(6), nullable=True),
        sa.Column("verification_id", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "queued",
                "sending",
                "sent",
                "delivered",
                "failed",
                "unclear",
                "withheld",
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
        sa.Column("handed_at", Instant(), nullable=True),
        sa.Column("sent_at", Instant(), nullable=True),
        sa.Column("provider", sa.String(20), nullable=False),
        sa.Column("provider_id", sa.String(64), nullable=False),
        sa.Column("error", sa.String(100), nullable=False),
        sa.CheckConstraint("length(phone) = 10", name=op.f("ck_sms_messages_phone_has_10_digits")),
        sa.ForeignKeyConstraint(
            ["verification_id"], ["verifications.id"], name=op.f("fk_sms_messages_verification_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sms_messages")),
    )
    op.create_index(op.f("ix_sms_messages_created_at"), "sms_messages", ["created_at"])
    op.create_index(op.f("ix_sms_messages_state_next_try_at"), "sms_messages", ["state", "next_try_at"])
    op.create_index(op.f("ix_sms_messages_verification_id"), "sms_messages", ["verification_id"])

    op.add_column("users", sa.Column("phone", sa.String(10), nullable=True))
    op.add_column("users", sa.Column("deletes_at", Instant(), nullable=True))
    op.add_column("users", sa.Column("deleted_at", Instant(), nullable=True))
    op.create_index(op.f("ix_users_deletes_at"), "users", ["deletes_at"])
    op.create_index(op.f("ix_users_phone"), "users", ["phone"])

    op.add_column("user_sessions", sa.Column("confirmed_at", Instant(), nullable=True))
    op.add_column("user_sessions", sa.Column("address", sa.String(45), nullable=False, server_default=""))
    op.add_column("user_sessions", sa.Column("browser", sa.String(80), nullable=False, server_default=""))
    op.execute("UPDATE user_sessions SET confirmed_at = created_at")
    with op.batch_alter_table("user_sessions") as sessions:
        sessions.alter_column("confirmed_at", nullable=False)
        sessions.alter_column("address", server_default=None)
        sessions.alter_column("browser", server_default=None)

    for statement in APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    for table in ("sms_messages", "verifications", "security_events", "consents", "sandbox_messages", "rate_windows"):
        op.drop_table(table)
    for table in ("jobs", "captchas"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_change")
    for column in ("confirmed_at", "address", "browser"):
        op.drop_column("user_sessions", column)
    for index in ("phone", "deletes_at"):
        op.drop_index(op.f(f"ix_users_{index}"), "users")
    for column in ("phone", "deletes_at", "deleted_at"):
        op.drop_column("users", column)
