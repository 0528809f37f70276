"""What the portal's role may do in PostgreSQL: read and write rows, and nothing to the tables themselves.

The schema belongs to another role, that of LK_DATABASE_OWNER_URL, which is given to `db upgrade` and `restore` only:
whoever takes over a process of the portal finds no way to drop a table, to switch a trigger off, or to rewrite a log.
"""

from typing import cast

import psycopg
from psycopg import sql
from sqlalchemy import Connection
from sqlalchemy.engine import make_url

from lk_app.models import AuditEvent, Revision, SecurityEvent
from lk_app.services.errors import ServiceError
from lk_app.services.session import WRITES, is_sqlite, make_engine

ROWS = "SELECT, INSERT, UPDATE, DELETE"
SEQUENCES = "USAGE, SELECT"
LESS = {
    AuditEvent.__tablename__: "SELECT, INSERT, DELETE",
    SecurityEvent.__tablename__: "SELECT, INSERT, DELETE",
    Revision.__tablename__: "SELECT, INSERT",
    "alembic_version": "SELECT",
}
"""Tables that are only added to: of logs what is older than three years goes; triggers refuse to delete the rest."""


class NoRole(ServiceError):
    """The portal's role is not there, and its owner may not make one."""


def grant(owner_url: str, portal_url: str) -> None:
    """Let the role of the portal's address read and write rows of what the owner's role owns, and no more.

    A role that is not there is made, with the password of its address, if the owner's may do that; raises NoRole.
    Does nothing where both are the same role, or where there are no roles.
    """
    if is_sqlite(owner_url):
        return
    engine = make_engine(owner_url, pool_size=1)
    try:
        with engine.connect().execution_options(**WRITES) as connection, connection.begin():
            role = make_url(portal_url).username or _role_at(portal_url)
            if role != connection.exec_driver_sql("SELECT current_user").scalar_one():
                _let_in(connection, role, make_url(portal_url).password)
                _grant(connection, role)
    finally:
        engine.dispose()


def _role_at(url: str) -> str:
    """Return who somebody is that the address does not name."""
    engine = make_engine(url, pool_size=1)
    try:
        with engine.connect() as connection:
            return str(connection.exec_driver_sql("SELECT current_user").scalar_one())
    finally:
        engine.dispose()


def _let_in(connection: Connection, role: str, password: str | None) -> None:
    """See that the role is there and has its password, as far as the owner's may do that; raises NoRole."""
    name = sql.Identifier(role)
    with_password = sql.SQL(" PASSWORD {}").format(_hashed(connection, role, password)) if password else sql.SQL("")
    if not connection.exec_driver_sql("SELECT true FROM pg_roles WHERE rolname = %s", (role,)).scalar():
        may = "SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
        if not connection.exec_driver_sql(may).scalar_one():
            raise NoRole(f"В PostgreSQL нет роли {role} из LK_DATABASE_URL. Создайте её: createuser {role}")
        _run(connection, "CREATE ROLE {} LOGIN{}", name, with_password)
    elif password and connection.exec_driver_sql("SELECT pg_has_role(%s, 'USAGE WITH ADMIN OPTION')", (role,)).scalar():
        _run(connection, "ALTER ROLE {}{}", name, with_password)


def _hashed(connection: Connection, role: str, password: str) -> sql.Literal:
    """Return a password as the server keeps it: its log may quote statements."""
    raw = cast(psycopg.Connection, connection.connection.driver_connection)
    hashed = raw.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
    return sql.Literal(hashed.decode())


def _grant(connection: Connection, role: str) -> None:
    name = sql.Identifier(role)
    database = sql.Identifier(str(connection.exec_driver_sql("SELECT current_database()").scalar_one()))
    _run(connection, "GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}", database, name)
    # Before PostgreSQL 15 everybody may make tables there, and take something in by them.
    if connection.exec_driver_sql("SELECT has_schema_privilege('public', 'CREATE WITH GRANT OPTION')").scalar_one():
        _run(connection, "REVOKE CREATE ON SCHEMA public FROM PUBLIC, {}", name)
    _run(connection, "GRANT USAGE ON SCHEMA public TO {}", name)
    for kind, rights in (("TABLES", ROWS), ("SEQUENCES", SEQUENCES)):
        # Both in one transaction: nobody who is at work notices.
        _run(connection, f"REVOKE ALL ON ALL {kind} IN SCHEMA public FROM {{}}", name)
        _run(connection, f"GRANT {rights} ON ALL {kind} IN SCHEMA public TO {{}}", name)
        # What a migration makes is used at once, by triggers for example.
        _run(connection, f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT {rights} ON {kind} TO {{}}", name)
    for table, rights in LESS.items():
        if connection.exec_driver_sql("SELECT to_regclass(%s)", (f"public.{table}",)).scalar():
            _run(connection, "REVOKE ALL ON {} FROM {}", sql.Identifier(table), name)
            _run(connection, f"GRANT {rights} ON {{}} TO {{}}", sql.Identifier(table), name)


def _run(connection: Connection, statement: str, *values: sql.Composable) -> None:
    raw = cast(psycopg.Connection, connection.connection.driver_connection)
    connection.exec_driver_sql(sql.SQL(statement).format(*values).as_string(raw))
