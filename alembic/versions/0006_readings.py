"""Readings sent here: their state, photos and decisions, tariffs, staff and the audit log, notifications, live changes

Revision: 0006, after 0005
"""

import sqlalchemy as sa
from alembic import op

from lk_app.models.values import Instant

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

STATES = ("pending", "accepted", "refused")
NEW_STATES = ("withdrawn",)
OUTBOXES = ("sms_messages", "letters")

CHECKS = {
    "what_was_sent_was_judged": "(sent_at IS NULL) = (flags IS NULL)",
    "only_what_was_sent_is_withdrawn": "state <> 'withdrawn' OR sent_at IS NOT NULL",
}
"""Further conditions of a reading."""

PARTIAL = {
    "uq_readings_one_pending_a_day": (["meter_id", "taken_on"], "state = 'pending' AND sent_at IS NOT NULL"),
    "ix_readings_queue": (["sent_at", "id"], "state = 'pending' AND sent_at IS NOT NULL"),
    "ix_readings_suspects": (["sent_at", "id"], "state = 'pending' AND flags <> ''"),
    "ix_readings_unannounced": (["id"], "announced <> state"),
    "ix_readings_unexported": (
        ["sent_at", "id"],
        "sent_at IS NOT NULL AND (exported IS NULL OR exported <> state)",
    ),
    "ix_readings_accepted_by_staff": (["decided_at"], "state = 'accepted' AND decided_by IS NOT NULL"),
}
"""Indexes over the few readings that still have a way to go, and what staff accepted: columns and condition."""

APPEND_ONLY = {
    "sqlite": [
        f"""
        CREATE TRIGGER audit_events_no_{action.lower()} BEFORE {action} ON audit_events
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END
        """
        for action in ("UPDATE", "DELETE")
    ],
    "postgresql": [
        """
        CREATE TRIGGER audit_events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_events
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
        """,
    ],
}
"""Triggers that refuse to change or delete what the audit log holds."""


def upgrade() -> None:
    op.create_table(
        "live_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(60), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("transaction_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_live_changes")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_live_changes_at"), "live_changes", ["at"])
    op.create_index(op.f("ix_live_changes_transaction_id"), "live_changes", ["transaction_id"])
    op.create_table(
        "staff",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("login", sa.String(40), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "operator",
                "supervisor",
                "administrator",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("password_hash", sa.String(60), nullable=False),
        sa.Column("totp_secret", sa.String(200), nullable=False),
        sa.Column("totp_step", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("disabled_at", Instant(), nullable=True),
        sa.CheckConstraint("login = lower(login)", name=op.f("ck_staff_login_is_lower_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("login", name=op.f("uq_staff_login")),
    )
    op.create_table(
        "tariffs",
        sa.Column("heating", sa.Boolean(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("above", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("above >= 0", name=op.f("ck_tariffs_above_is_not_negative")),
        sa.CheckConstraint("price > 0", name=op.f("ck_tariffs_price_is_positive")),
        sa.PrimaryKeyConstraint("heating", "starts_on", "above", name=op.f("pk_tariffs")),
    )
    op.create_table(
        "audit_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column(
            "action",
            sa.Enum(
                "signed in",
                "sign-in refused",
                "signed out",
                "event refused",
                "staff created",
                "staff changed",
                "staff disabled",
                "staff listed",
                "queue seen",
                "reading seen",
                "photo seen",
                "reading accepted",
                "reading refused",
                name="action",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("subject", sa.String(60), nullable=False),
        sa.Column("detail", sa.String(300), nullable=False),
        sa.Column("address", sa.String(45), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_audit_events_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_events")),
    )
    op.create_index("ix_audit_events_staff_id_id", "audit_events", ["staff_id", "id"])
    op.create_index("ix_audit_events_subject_id", "audit_events", ["subject", "id"])
    op.create_table(
        "notification_choices",
        sa.Column("user_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "topic",
            sa.Enum(
                "decisions",
                "window",
                "verification",
                name="topic",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column(
            "way",
            sa.Enum("sms", "email", name="way", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_notification_choices_user_id")),
        sa.PrimaryKeyConstraint("user_id", "topic", name=op.f("pk_notification_choices")),
    )
    op.create_table(
        "notifications",
        sa.Column("user_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("occasion", sa.String(80), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_notifications_user_id")),
        sa.PrimaryKeyConstraint("user_id", "occasion", name=op.f("pk_notifications")),
    )
    op.create_index(op.f("ix_notifications_at"), "notifications", ["at"])
    for outbox in OUTBOXES:
        op.add_column(outbox, sa.Column("by_day", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "staff_sessions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("address", sa.String(45), nullable=False),
        sa.Column("browser", sa.String(80), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_sessions_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_staff_sessions_token_hash")),
    )
    op.create_index(op.f("ix_staff_sessions_staff_id"), "staff_sessions", ["staff_id"])
    op.create_table(
        "reading_decisions",
        sa.Column("reading_id", sa.String(40), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "accepted",
                "refused",
                "withdrawn",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column(
            "applied",
            sa.Enum(
                "pending",
                "accepted",
                "refused",
                "withdrawn",
                name="applied",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=True,
        ),
        sa.CheckConstraint(
            "(state = 'refused') = (reason <> '')", name=op.f("ck_reading_decisions_refusal_has_a_reason")
        ),
        sa.CheckConstraint("state IN ('accepted', 'refused')", name=op.f("ck_reading_decisions_state_is_a_decision")),
        sa.ForeignKeyConstraint(["reading_id"], ["readings.id"], name=op.f("fk_reading_decisions_reading_id")),
        sa.PrimaryKeyConstraint("reading_id", name=op.f("pk_reading_decisions")),
    )
    op.create_table(
        "untold_decisions",
        sa.Column("user_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("reading_id", sa.String(40), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_untold_decisions_user_id")),
        sa.ForeignKeyConstraint(["reading_id"], ["readings.id"], name=op.f("fk_untold_decisions_reading_id")),
        sa.PrimaryKeyConstraint("user_id", "reading_id", name=op.f("pk_untold_decisions")),
    )
    op.create_table(
        "reading_photos",
        sa.Column("id", sa.String(22), nullable=False),
        sa.Column("meter_id", sa.String(40), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("reading_id", sa.String(40), nullable=True),
        sa.Column("uploaded_at", Instant(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["meter_id"], ["meters.id"], name=op.f("fk_reading_photos_meter_id")),
        sa.ForeignKeyConstraint(["reading_id"], ["readings.id"], name=op.f("fk_reading_photos_reading_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_reading_photos_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading_photos")),
        sa.UniqueConstraint("reading_id", name=op.f("uq_reading_photos_reading_id")),
    )
    op.create_index(op.f("ix_reading_photos_meter_id"), "reading_photos", ["meter_id"])
    op.create_index(op.f("ix_reading_photos_uploaded_at"), "reading_photos", ["uploaded_at"])
    op.create_index(op.f("ix_reading_photos_user_id"), "reading_photos", ["user_id"])
    op.create_index(op.f("ix_accounts_last_name"), "accounts", ["last_name"])
    op.create_index(op.f("ix_meters_serial"), "meters", ["serial"])
    extend_readings()
    for statement in APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)


def extend_readings() -> None:
    """Let readings be sent here; what billing brought keeps NULL in the new columns."""
    with op.batch_alter_table("readings") as readings:
        readings.add_column(sa.Column("sent_at", Instant(), nullable=True))
        readings.add_column(sa.Column("sent_by", sa.Integer(), nullable=True))
        readings.add_column(sa.Column("flags", sa.String(60), nullable=True))
        readings.add_column(sa.Column("usual", sa.BigInteger(), nullable=True))
        readings.add_column(sa.Column("decided_at", Instant(), nullable=True))
        readings.add_column(sa.Column("decided_by", sa.Integer(), nullable=True))
        readings.add_column(sa.Column("announced", sa.String(20), nullable=True))
        readings.add_column(sa.Column("exported", sa.String(20), nullable=True))
        readings.drop_constraint(op.f("ck_readings_state"), type_="check")
        for column in ("state", "announced", "exported"):
            readings.create_check_constraint(
                op.f(f"ck_readings_{column}"), sa.column(column).in_((*STATES, *NEW_STATES))
            )
        for name, condition in CHECKS.items():
            readings.create_check_constraint(op.f(f"ck_readings_{name}"), sa.text(condition))
        readings.create_foreign_key(op.f("fk_readings_sent_by"), "users", ["sent_by"], ["id"])
        readings.create_foreign_key(op.f("fk_readings_decided_by"), "staff", ["decided_by"], ["id"])
        readings.drop_index(op.f("ix_readings_meter_id"))
        readings.create_index("ix_readings_meter_id_taken_on", ["meter_id", "taken_on"])
        readings.create_index(op.f("ix_readings_sent_by"), ["sent_by"])
    for name, (columns, condition) in PARTIAL.items():
        where = sa.text(condition)
        op.create_index(
            name, "readings", columns, unique=name.startswith("uq_"), sqlite_where=where, postgresql_where=where
        )


def downgrade() -> None:
    # Refused by the database once somebody has withdrawn a reading: it can't be taken back.
    for name in PARTIAL:
        op.drop_index(name, "readings")
    with op.batch_alter_table("readings") as readings:
        for name in (*CHECKS, "state", "announced", "exported"):
            readings.drop_constraint(op.f(f"ck_readings_{name}"), type_="check")
        readings.create_check_constraint(op.f("ck_readings_state"), sa.column("state").in_(STATES))
        for column in ("sent_by", "decided_by"):
            readings.drop_constraint(op.f(f"fk_readings_{column}"), type_="foreignkey")
        readings.drop_index("ix_readings_meter_id_taken_on")
        readings.drop_index(op.f("ix_readings_sent_by"))
        readings.create_index(op.f("ix_readings_meter_id"), ["meter_id"])
        for column in ("sent_at", "sent_by", "flags", "usual", "decided_at", "decided_by", "announced", "exported"):
            readings.drop_column(column)
    op.drop_index(op.f("ix_meters_serial"), "meters")
    op.drop_index(op.f("ix_accounts_last_name"), "accounts")
    for table in ("untold_decisions", "reading_photos", "reading_decisions", "staff_sessions", "audit_events", "staff"):
        op.drop_table(table)
    for table in ("notifications", "notification_choices", "tariffs", "live_changes"):
        op.drop_table(table)
    for outbox in OUTBOXES:
        op.drop_column(outbox, "by_day")
