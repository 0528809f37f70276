"""The portal's role in PostgreSQL reads and writes rows, and can do nothing to the tables that hold them."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result
from psycopg import sql
from sqlalchemy import delete, insert, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ProgrammingError
from sqlmodel import Session

from lk_app import clock
from lk_app.cli import main
from lk_app.models import AuditEvent, Restoration, Revision, SecurityEvent, Table
from lk_app.services import retention, rights
from lk_app.services.doctor import Health, stores
from lk_app.services.session import WRITES, make_engine
from tests import everything
from tests.cli.conftest import PROGRAMS
from tests.conftest import forget_settings
from tests.databases import connect, copied_postgresql, server_database
from tests.factories import NOW

ROLE = "lk_portal"
PASSWORD = "n0t%shown/anywhere"
LOGS = (AuditEvent, SecurityEvent, Revision)


def of_the_portal(owner_url: str, role: str = ROLE, password: str | None = PASSWORD) -> str:
    return make_url(owner_url).set(username=role, password=password).render_as_string(hide_password=False)


@pytest.fixture
def owner_url(postgresql: str, postgresql_template: str) -> Iterator[str]:
    """The owner's address of a database with the schema, in which the portal's role was let."""
    with copied_postgresql(postgresql, postgresql_template) as url:
        rights.grant(url, of_the_portal(url))
        yield url


@pytest.fixture
def portal_session(owner_url: str) -> Iterator[Session]:
    """A session of the portal's role."""
    engine = make_engine(of_the_portal(owner_url), pool_size=1)
    with engine.connect().execution_options(**WRITES) as connection, Session(connection) as session:
        yield session
    engine.dispose()


def refused(session: Session, statement: str) -> None:
    with pytest.raises(ProgrammingError) as refusal, session.begin_nested():
        session.execute(text(statement))
    assert isinstance(refusal.value.orig, psycopg.errors.InsufficientPrivilege), statement


def test_rows_of_every_table_are_read_and_written(portal_session: Session) -> None:
    everything.fill(portal_session, NOW)

    for table in Table.metadata.sorted_tables:
        assert portal_session.execute(select(table).limit(1)).all(), table.name
    portal_session.rollback()


def test_no_table_is_changed_emptied_or_dropped(portal_session: Session) -> None:
    names = [*Table.metadata.tables, "alembic_version"]
    assert len(names) > 40

    for name in names:
        for statement in (
            "ALTER TABLE {} ADD COLUMN more integer",
            "ALTER TABLE {} DISABLE TRIGGER ALL",
            f"ALTER TABLE {{}} OWNER TO {ROLE}",
            "DROP TABLE {} CASCADE",
            "TRUNCATE {} CASCADE",
            "CREATE TRIGGER more BEFORE INSERT ON {} FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        ):
            refused(portal_session, statement.format(name))


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE more (id integer)",
        "CREATE FUNCTION more() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END'",
        "DROP FUNCTION refuse_change() CASCADE",
        "CREATE SCHEMA more",
        "CREATE ROLE more",
        f"ALTER ROLE {ROLE} SUPERUSER",
        "SET session_replication_role = replica",
        "UPDATE alembic_version SET version_num = '0001'",
        "DELETE FROM alembic_version",
        "COPY offices TO PROGRAM 'cat'",
    ],
)
def test_nothing_is_made_and_no_guard_is_taken_off(portal_session: Session, statement: str) -> None:
    refused(portal_session, statement)


@pytest.mark.parametrize("log", LOGS, ids=lambda log: log.__tablename__)
def test_what_is_only_added_to_is_not_rewritten(portal_session: Session, log: type[Table]) -> None:
    refused(portal_session, f"UPDATE {log.__tablename__} SET at = now()")
    refused(portal_session, f"SELECT * FROM {log.__tablename__} FOR UPDATE")
    if log is Revision:
        refused(portal_session, f"DELETE FROM {log.__tablename__}")


@pytest.mark.parametrize("log", [AuditEvent, SecurityEvent], ids=lambda log: log.__tablename__)
def test_logs_let_go_of_what_is_too_old(owner_url: str, portal_session: Session, log: type[Table]) -> None:
    everything.fill(portal_session, clock.now())
    kept = portal_session.execute(select(log.__table__)).mappings().first()
    old = dict(kept or {}) | {"id": 10**6, "at": clock.now() - timedelta(days=4 * 365)}
    portal_session.execute(insert(log.__table__).values(old))
    rule = next(rule for rule in retention.RULES if rule.table is log)

    assert retention.forget(portal_session, rule, clock.now()) == 1
    with pytest.raises(Exception, match="is append-only"):
        portal_session.execute(delete(log.__table__))


def test_what_a_migration_makes_is_used_at_once_and_a_log_of_it_no_wider(owner_url: str) -> None:
    with connect(owner_url, make_url(owner_url).database or "") as owner:
        owner.execute("CREATE TABLE later (id serial PRIMARY KEY)")
    engine = make_engine(of_the_portal(owner_url), pool_size=1)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO later DEFAULT VALUES"))
        with pytest.raises(ProgrammingError, match="permission denied"):
            connection.execute(text("TRUNCATE later"))
    engine.dispose()


def test_granting_again_takes_away_what_was_too_much(owner_url: str, portal_session: Session) -> None:
    with connect(owner_url, make_url(owner_url).database or "") as owner:
        owner.execute(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {ROLE}")

    rights.grant(owner_url, of_the_portal(owner_url))

    refused(portal_session, "TRUNCATE offices CASCADE")
    refused(portal_session, "UPDATE audit_events SET subject = ''")


def test_the_doctor_says_whether_the_portal_owns_its_tables(owner_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def found(url: str, env: str) -> list[Health]:
        monkeypatch.setenv("LK_DATABASE_URL", url)
        monkeypatch.setenv("LK_ENV", env)
        forget_settings()
        return [finding.health for finding in stores.rights()]

    assert found(of_the_portal(owner_url), "production") == [Health.WELL]
    assert found(owner_url, "production") == [Health.AT_RISK]
    assert found(owner_url, "test") == []
    monkeypatch.undo()
    forget_settings()


def test_one_role_for_both_is_left_as_it_is(owner_url: str) -> None:
    rights.grant(owner_url, owner_url)
    rights.grant("sqlite://", "sqlite://")

    with connect(owner_url, make_url(owner_url).database or "") as owner:
        owner.execute("TRUNCATE offices CASCADE")


def test_an_owner_who_may_make_no_roles_says_which_is_missing(owner_url: str) -> None:
    name = make_url(owner_url).database or ""
    with connect(owner_url, name) as administration:
        administration.execute("DROP ROLE IF EXISTS lk_owner")
        administration.execute("CREATE ROLE lk_owner LOGIN")
    plain_owner = of_the_portal(owner_url, "lk_owner", None)
    try:
        with pytest.raises(rights.NoRole, match="createuser nobody_knows"):
            rights.grant(plain_owner, of_the_portal(owner_url, "nobody_knows"))
    finally:
        with connect(owner_url, name) as administration:
            administration.execute("DROP ROLE lk_owner")


def test_tables_are_given_to_an_owner_of_their_own_as_the_pages_say(
    postgresql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither role may do anything beyond its database; the portal's owned the tables until then (docs/upgrade.md)."""
    database, owner, role = "lk_handed_over", "lk_new_owner", "lk_until_now"
    url = server_database(postgresql, database)
    with connect(postgresql) as administration:
        for each in (owner, role):
            administration.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(each)))
        administration.execute(f"CREATE DATABASE {database} OWNER {role}")
        try:
            alone = {"LK_DATABASE_URL": of_the_portal(url, role, None)}
            upgraded = run(monkeypatch, "db", "upgrade", **alone)
            assert upgraded.exit_code == 0, upgraded.output
            with connect(postgresql, database) as inside, inside.transaction():
                inside.execute(f"REASSIGN OWNED BY {role} TO {owner}")
                inside.execute(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}")
                inside.execute(f"GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {role}")

            both = alone | {"LK_DATABASE_OWNER_URL": of_the_portal(url, owner, None)}
            upgraded = run(monkeypatch, "db", "upgrade", **both)
            assert upgraded.exit_code == 0, upgraded.output

            engine = make_engine(alone["LK_DATABASE_URL"], pool_size=1)
            with engine.connect().execution_options(**WRITES) as connection, Session(connection) as session:
                everything.fill(session, NOW)
                for statement in ("TRUNCATE offices CASCADE", "CREATE TABLE more (id integer)", "DROP TABLE offices"):
                    refused(session, statement)
            engine.dispose()
            assert run(monkeypatch, "db", "downgrade", "--yes", "0011", **both).exit_code == 0
        finally:
            forget_settings()
            administration.execute(f"DROP DATABASE {database} WITH (FORCE)")
            for each in (owner, role):
                administration.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(each)))


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path, **variables: str) -> Result:
    for name in ("LK_DATABASE_URL", "LK_DATABASE_OWNER_URL"):
        monkeypatch.setenv(name, variables.get(name, ""))
    forget_settings()
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_commands_make_the_role_and_copy_and_restore_with_it(
    owner_url: str, postgresql: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a company does: an empty database, `db upgrade`, a backup by the portal's role, and back into another one."""
    monkeypatch.setenv("PATH", f"{PROGRAMS}:/usr/bin:/bin")
    role = "lk_of_commands"
    names = ["lk_first", "lk_second"]
    with connect(postgresql) as administration:
        for name in names:
            administration.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            first, second = (
                {"LK_DATABASE_OWNER_URL": url, "LK_DATABASE_URL": of_the_portal(url, role)}
                for url in (server_database(postgresql, name) for name in names)
            )
            for _ in range(2):
                upgraded = run(monkeypatch, "db", "upgrade", **first)
                assert upgraded.exit_code == 0, upgraded.output
            [hashed] = administration.execute(
                "SELECT rolpassword FROM pg_authid WHERE rolname = %s", [role]
            ).fetchone() or [""]
            assert hashed.startswith("SCRAM-SHA-256$")

            copied = run(monkeypatch, "backup", tmp_path / "copy", LK_DATABASE_URL=first["LK_DATABASE_URL"])
            assert copied.exit_code == 0, copied.output
            alone = run(monkeypatch, "restore", tmp_path / "copy", LK_DATABASE_URL=second["LK_DATABASE_URL"])
            assert alone.exit_code == 1
            restored = run(monkeypatch, "restore", tmp_path / "copy", **second)
            assert restored.exit_code == 0, restored.output

            engine = make_engine(second["LK_DATABASE_URL"], pool_size=1)
            with engine.connect() as connection:
                assert connection.execute(select(Restoration)).all()
                with pytest.raises(ProgrammingError, match="permission denied"):
                    connection.execute(text("TRUNCATE restorations"))
            engine.dispose()
        finally:
            forget_settings()
            for name in names:
                administration.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
            administration.execute(f"DROP ROLE IF EXISTS {role}")
