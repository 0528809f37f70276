"""Appeals and the FAQ, search over help, what staff set for the company, runs of the exchange, further actions of staff

Revision: 0007, after 0006
"""

import sqlalchemy as sa
from alembic import op

from lk_app.models.values import Instant

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ACTIONS = (
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
)
"""What the audit log could say before this revision."""
NEW_ACTIONS = (
    "staff enabled",
    "appeals seen",
    "appeal seen",
    "attachment seen",
    "appeal taken",
    "appeal released",
    "appeal answered",
    "appeal noted",
    "appeal handed over",
    "appeal closed",
    "consumers searched",
    "consumer seen",
    "sessions ended",
    "account detached",
    "consumer unlocked",
    "payments seen",
    "payment seen",
    "bank asked",
    "refund asked",
    "concern settled",
    "content changed",
    "audit seen",
    "audit exported",
)

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
    "email changed",
    "email removed",
)
"""What the security log could say before this revision."""
NEW_KINDS = ("unlocked",)
TOPICS = ("decisions", "window", "verification")
"""What users could ask to be told of before this revision."""
NEW_TOPICS = ("answers",)

PARTIAL = {
    "ix_payment_attempts_paid_at": ("payment_attempts", ["paid_at"], "paid_at IS NOT NULL"),
    "ix_payment_concerns_open": ("payment_concerns", ["since", "attempt_id", "reason"], "resolved_at IS NULL"),
    "ix_readings_source_sent_at": ("readings", ["source", "sent_at"], "sent_at IS NOT NULL"),
    "ix_appeals_waiting": ("appeals", ["waiting_since", "id"], "waiting_since IS NOT NULL"),
    "ix_appeals_waiting_of_type": ("appeals", ["type_code", "waiting_since", "id"], "waiting_since IS NOT NULL"),
    "ix_appeals_taken": ("appeals", ["taken_by", "waiting_since", "id"], "state = 'taken'"),
}
"""Indexes over part of a table: its name, columns and condition."""

WHOLE = {
    "ix_accounts_last_name_number": ("accounts", ["last_name", "number"]),
    "ix_accounts_last_name_first_name_number": ("accounts", ["last_name", "first_name", "number"]),
    "ix_audit_events_action_id": ("audit_events", ["action", "id"]),
    "ix_audit_events_at_id": ("audit_events", ["at", "id"]),
    "ix_audit_events_staff_id_action_id": ("audit_events", ["staff_id", "action", "id"]),
    "ix_security_events_kind_at": ("security_events", ["kind", "at"]),
    "ix_users_created_at": ("users", ["created_at"]),
}
"""Further indexes of tables that were there before."""


def append_only(table: str, what: str) -> dict[str, list[str]]:
    """Return the triggers that refuse to change or delete what a table holds."""
    sqlite = [
        f"""
        CREATE TRIGGER {table}_no_{action.lower()} BEFORE {action} ON {table}
        BEGIN SELECT RAISE(ABORT, '{what} is append-only'); END
        """
        for action in ("UPDATE", "DELETE")
    ]
    postgresql = [
        f"""
        CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
        """
    ]
    return {"sqlite": sqlite, "postgresql": postgresql}


STEMS = {
    "sqlite": [
        "CREATE VIRTUAL TABLE search_stems USING fts5(title_stems, text_stems, content='search_texts', "
        "content_rowid='id', tokenize='unicode61 remove_diacritics 0')",
        """
        CREATE TRIGGER search_texts_added AFTER INSERT ON search_texts BEGIN
        INSERT INTO search_stems (rowid, title_stems, text_stems) VALUES (new.id, new.title_stems, new.text_stems);
        END
        """,
        """
        CREATE TRIGGER search_texts_deleted AFTER DELETE ON search_texts BEGIN
        INSERT INTO search_stems (search_stems, rowid, title_stems, text_stems)
        VALUES ('delete', old.id, old.title_stems, old.text_stems);
        END
        """,
        """
        CREATE TRIGGER search_texts_changed AFTER UPDATE ON search_texts BEGIN
        INSERT INTO search_stems (search_stems, rowid, title_stems, text_stems)
        VALUES ('delete', old.id, old.title_stems, old.text_stems);
        INSERT INTO search_stems (rowid, title_stems, text_stems) VALUES (new.id, new.title_stems, new.text_stems);
        END
        """,
    ],
    "postgresql": [
        """
        CREATE TABLE search_stems (
            id integer PRIMARY KEY REFERENCES search_texts ON DELETE CASCADE,
            stems tsvector NOT NULL
        )
        """,
        "CREATE INDEX ix_search_stems_stems ON search_stems USING gin (stems)",
        """
        CREATE FUNCTION keep_search_stems() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO search_stems (id, stems) VALUES (
                new.id,
                setweight(to_tsvector('simple', new.title_stems), 'A') || to_tsvector('simple', new.text_stems)
            )
            ON CONFLICT (id) DO UPDATE SET stems = excluded.stems;
            RETURN NULL;
        END $$
        """,
        """
        CREATE TRIGGER search_texts_stems AFTER INSERT OR UPDATE ON search_texts
        FOR EACH ROW EXECUTE FUNCTION keep_search_stems()
        """,
    ],
}
"""The index of stems, kept by the database itself. Stems are words already, so neither database has to know Russian."""

NO_STEMS = {
    "sqlite": [
        *(f"DROP TRIGGER search_texts_{what}" for what in ("added", "deleted", "changed")),
        "DROP TABLE search_stems",
    ],
    "postgresql": [
        "DROP TABLE search_stems",
        "DROP TRIGGER search_texts_stems ON search_texts",
        "DROP FUNCTION keep_search_stems()",
    ],
}


def upgrade() -> None:
    op.create_table(
        "appeal_types",
        sa.Column("code", sa.String(20), nullable=False),
        sa.Column(
            "service",
            sa.Enum("subscriber", "technical", name="service", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("published", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_appeal_types")),
    )
    op.create_table(
        "exchange_runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "direction",
            sa.Enum("in", "out", name="direction", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("package", sa.String(80), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("started_by", sa.String(100), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum(
                "running",
                "done",
                "unchanged",
                "refused",
                "failed",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("faults", sa.Integer(), nullable=False),
        sa.Column("issues", sa.JSON(), nullable=False),
        sa.Column("error", sa.String(100), nullable=False),
        sa.CheckConstraint(
            "(outcome = 'running') = (ended_at IS NULL)", name=op.f("ck_exchange_runs_what_runs_has_not_ended")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_runs")),
    )
    op.create_index("ix_exchange_runs_outcome_id", "exchange_runs", ["outcome", "id"])
    op.create_table(
        "reading_windows",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Integer(), nullable=False),
        sa.Column("last_day", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "first_day BETWEEN 1 AND last_day AND last_day <= 28",
            name=op.f("ck_reading_windows_days_are_of_every_month"),
        ),
        sa.CheckConstraint("id = 1", name=op.f("ck_reading_windows_there_is_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading_windows")),
    )
    op.create_table(
        "refusal_reasons",
        sa.Column("code", sa.String(20), nullable=False),
        sa.Column("text", sa.String(300), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("published", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_refusal_reasons")),
    )
    op.create_table(
        "answer_templates",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("type_code", sa.String(20), nullable=True),
        sa.Column("title", sa.String(100), nullable=False),
        sa.Column("text", sa.String(4000), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("published", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["type_code"], ["appeal_types.code"], name=op.f("fk_answer_templates_type_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_templates")),
    )
    op.create_table(
        "faq_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("type_code", sa.String(20), nullable=False),
        sa.Column("question", sa.String(200), nullable=False),
        sa.Column("answer", sa.String(8000), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("published", sa.Boolean(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["type_code"], ["appeal_types.code"], name=op.f("fk_faq_entries_type_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_faq_entries")),
    )
    op.create_index("ix_faq_entries_type_code_position", "faq_entries", ["type_code", "position"])
    op.create_table(
        "revisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "content",
            sa.Enum(
                "faq",
                "office",
                "appeal type",
                "template",
                "reason",
                "window",
                name="content",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("key", sa.String(40), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_revisions_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revisions")),
    )
    op.create_index("ix_revisions_content_key_id", "revisions", ["content", "key", "id"])
    op.create_table(
        "search_texts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "source",
            sa.Enum("faq", "help", name="source", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("address", sa.String(200), nullable=False),
        sa.Column("type_code", sa.String(20), nullable=True),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("title_stems", sa.String(), nullable=False),
        sa.Column("text_stems", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["type_code"], ["appeal_types.code"], name=op.f("fk_search_texts_type_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_texts")),
        sa.UniqueConstraint("address", name=op.f("uq_search_texts_address")),
    )
    op.create_index(op.f("ix_search_texts_type_code"), "search_texts", ["type_code"])
    op.create_table(
        "appeals",
        sa.Column("id", sa.String(20), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("account_number", sa.String(11), nullable=True),
        sa.Column("type_code", sa.String(20), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "new", "taken", "answered", "closed", name="state", native_enum=False, create_constraint=True, length=20
            ),
            nullable=False,
        ),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("waiting_since", Instant(), nullable=True),
        sa.Column("taken_by", sa.Integer(), nullable=True),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_appeals_closed_has_a_moment")),
        sa.CheckConstraint(
            "(state IN ('new', 'taken')) = (waiting_since IS NOT NULL)", name=op.f("ck_appeals_who_waits_waits_since")
        ),
        sa.CheckConstraint("state <> 'taken' OR taken_by IS NOT NULL", name=op.f("ck_appeals_taken_by_somebody")),
        sa.ForeignKeyConstraint(["account_number"], ["accounts.number"], name=op.f("fk_appeals_account_number")),
        sa.ForeignKeyConstraint(["taken_by"], ["staff.id"], name=op.f("fk_appeals_taken_by")),
        sa.ForeignKeyConstraint(["type_code"], ["appeal_types.code"], name=op.f("fk_appeals_type_code")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_appeals_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeals")),
    )
    op.create_index(op.f("ix_appeals_account_number"), "appeals", ["account_number"])
    op.create_index("ix_appeals_changed_at_id", "appeals", ["changed_at", "id"])
    op.create_index("ix_appeals_created_at", "appeals", ["created_at"])
    op.create_index("ix_appeals_state_changed_at_id", "appeals", ["state", "changed_at", "id"])
    op.create_index("ix_appeals_type_code_state_changed_at_id", "appeals", ["type_code", "state", "changed_at", "id"])
    op.create_index("ix_appeals_user_id_changed_at", "appeals", ["user_id", "changed_at"])
    op.create_table(
        "appeal_messages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("appeal_id", sa.String(20), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("internal", sa.Boolean(), nullable=False),
        sa.Column("text", sa.String(4000), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("key", sa.String(40), nullable=False),
        sa.CheckConstraint("NOT internal OR staff_id IS NOT NULL", name=op.f("ck_appeal_messages_notes_are_by_staff")),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeals.id"], name=op.f("fk_appeal_messages_appeal_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_appeal_messages_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeal_messages")),
        sa.UniqueConstraint("key", name=op.f("uq_appeal_messages_key")),
    )
    op.create_index("ix_appeal_messages_appeal_id_id", "appeal_messages", ["appeal_id", "id"])
    op.create_table(
        "attachments",
        sa.Column("id", sa.String(22), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("jpeg", "pdf", name="kind", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("uploaded_at", Instant(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["appeal_messages.id"], name=op.f("fk_attachments_message_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_attachments_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
    )
    op.create_index(op.f("ix_attachments_message_id"), "attachments", ["message_id"])
    op.create_index(op.f("ix_attachments_uploaded_at"), "attachments", ["uploaded_at"])
    op.create_index(op.f("ix_attachments_user_id"), "attachments", ["user_id"])
    op.create_table(
        "untold_answers",
        sa.Column("user_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("appeal_id", sa.String(20), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeals.id"], name=op.f("fk_untold_answers_appeal_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_untold_answers_user_id")),
        sa.PrimaryKeyConstraint("user_id", "appeal_id", name=op.f("pk_untold_answers")),
    )
    extend_topics((*TOPICS, *NEW_TOPICS))
    op.add_column("offices", sa.Column("edited", sa.Boolean(), nullable=False, server_default=sa.false()))
    extend_log("audit_events", "action", (*ACTIONS, *NEW_ACTIONS), "the audit log")
    extend_log("security_events", "kind", (*KINDS, *NEW_KINDS), "the security log")
    op.drop_index(op.f("ix_accounts_last_name"), "accounts")
    for name, (table, columns) in WHOLE.items():
        op.create_index(name, table, columns)
    for name, (table, columns, condition) in PARTIAL.items():
        where = sa.text(condition)
        op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)
    for statement in (*STEMS[dialect()], *append_only("revisions", "the history")[dialect()]):
        op.execute(statement)


def extend_log(table: str, column: str, words: tuple[str, ...], what: str) -> None:
    """Let a log say these things. SQLite copies the table for that, and its triggers go with the old one."""
    name = op.f(f"ck_{table}_{column}")
    with op.batch_alter_table(table) as log:
        log.drop_constraint(name, type_="check")
        log.create_check_constraint(name, sa.column(column).in_(words))
    if dialect() == "sqlite":
        for statement in append_only(table, what)["sqlite"]:
            op.execute(statement)


def extend_topics(topics: tuple[str, ...]) -> None:
    """Let users ask to be told of these things."""
    with op.batch_alter_table("notification_choices") as choices:
        choices.drop_constraint(op.f("ck_notification_choices_topic"), type_="check")
        choices.create_check_constraint(op.f("ck_notification_choices_topic"), sa.column("topic").in_(topics))


def dialect() -> str:
    return str(op.get_bind().dialect.name)


def downgrade() -> None:
    # Refused by the database once one of the logs says something new: it can't be taken back.
    for statement in NO_STEMS[dialect()]:
        op.execute(statement)
    for name, (table, *_) in (WHOLE | PARTIAL).items():
        op.drop_index(name, table)
    op.create_index(op.f("ix_accounts_last_name"), "accounts", ["last_name"])
    extend_log("audit_events", "action", ACTIONS, "the audit log")
    extend_log("security_events", "kind", KINDS, "the security log")
    op.execute("DELETE FROM notification_choices WHERE topic = 'answers'")
    extend_topics(TOPICS)
    op.drop_column("offices", "edited")
    for table in (
        "untold_answers",
        "attachments",
        "appeal_messages",
        "appeals",
        "search_texts",
        "revisions",
        "faq_entries",
        "answer_templates",
        "refusal_reasons",
        "reading_windows",
        "exchange_runs",
        "appeal_types",
    ):
        op.drop_table(table)
