"""Retention: logs let go of what is older than three years, and of nothing younger; indexes by which the old is found

Revision: 0009, after 0008
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

LOGS = {"security_events": "the security log", "audit_events": "the audit log"}
KEPT_DAYS = 3 * 365
"""A day less than the rule (`services/retention.py`): the portal's clock and the database's may differ."""

INDEXES = {
    "ix_users_deleted_at": ("users", "deleted_at"),
    "ix_user_sessions_created_at": ("user_sessions", "created_at"),
    "ix_security_events_at": ("security_events", "at"),
    "ix_bank_messages_at": ("bank_messages", "at"),
}


def lets_go(table: str, what: str) -> dict[str, list[str]]:
    """Return the triggers that refuse any change of a log but the deletion of rows older than three years."""
    sqlite = [
        f"DROP TRIGGER {table}_no_delete",
        f"""
        CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} WHEN old.at >= datetime('now', '-{KEPT_DAYS} days')
        BEGIN SELECT RAISE(ABORT, '{what} is append-only'); END
        """,
    ]
    postgresql = [
        f"DROP TRIGGER {table}_append_only ON {table}",
        f"""
        CREATE TRIGGER {table}_append_only BEFORE UPDATE OR TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
        """,
        f"""
        CREATE TRIGGER {table}_kept BEFORE DELETE ON {table}
        FOR EACH ROW EXECUTE FUNCTION refuse_to_forget()
        """,
    ]
    return {"sqlite": sqlite, "postgresql": postgresql}


def holds_all(table: str, what: str) -> dict[str, list[str]]:
    """Return the triggers as they were before: that refuse any change and any deletion."""
    sqlite = [
        f"DROP TRIGGER {table}_no_delete",
        f"""
        CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}
        BEGIN SELECT RAISE(ABORT, '{what} is append-only'); END
        """,
    ]
    postgresql = [
        f"DROP TRIGGER {table}_kept ON {table}",
        f"DROP TRIGGER {table}_append_only ON {table}",
        f"""
        CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
        """,
    ]
    return {"sqlite": sqlite, "postgresql": postgresql}


REFUSE_TO_FORGET = f"""
CREATE FUNCTION refuse_to_forget() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF old.at >= now() - interval '{KEPT_DAYS} days' THEN
        RAISE EXCEPTION '% is append-only', tg_table_name;
    END IF;
    RETURN old;
END $$
"""


def upgrade() -> None:
    if dialect() == "postgresql":
        # Outside a transaction, so that the portal goes on writing meanwhile.
        with op.get_context().autocommit_block():
            for name, (table, column) in INDEXES.items():
                op.drop_index(name, table, if_exists=True, postgresql_concurrently=True)
                op.create_index(name, table, [column], postgresql_concurrently=True)
        op.execute(REFUSE_TO_FORGET)
    else:
        for name, (table, column) in INDEXES.items():
            op.create_index(name, table, [column])
    for table, what in LOGS.items():
        for statement in lets_go(table, what)[dialect()]:
            op.execute(statement)


def downgrade() -> None:
    for table, what in LOGS.items():
        for statement in holds_all(table, what)[dialect()]:
            op.execute(statement)
    if dialect() == "postgresql":
        op.execute("DROP FUNCTION refuse_to_forget()")
    for name, (table, _) in INDEXES.items():
        op.drop_index(name, table)


def dialect() -> str:
    return str(op.get_bind().dialect.name)
