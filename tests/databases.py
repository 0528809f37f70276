"""PostgreSQL databases with the schema, for one test after another.

Copying a database takes ten times as long as emptying one, so a test gets what the test before it left, without its
rows. Nothing else may come from one test to the next: see `Recycling`.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

# It stays out of `public`, where tests look at what the migrations made. For a replica neither the triggers count that
# keep logs append-only nor foreign keys.
EMPTYING = """
CREATE SCHEMA IF NOT EXISTS recycling;
CREATE OR REPLACE FUNCTION recycling.empty_tables() RETURNS text[] LANGUAGE plpgsql
SET session_replication_role = replica AS $$
DECLARE
    name text;
    found boolean;
    emptied text[] := '{}';
BEGIN
    FOR name IN
        SELECT relname FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version'
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', name) INTO found;
        IF found THEN
            EXECUTE format('DELETE FROM public.%I', name);
            emptied := emptied || name;
        END IF;
    END LOOP;
    PERFORM setval(seqrelid, seqstart, false) FROM pg_sequence WHERE pg_sequence_last_value(seqrelid) IS NOT NULL;
    RETURN emptied;
END $$
"""

# A copy has the numbers (oid) of its template, and whatever is made anew gets another one.
EVERYTHING_BUT_ROWS = """
WITH tables AS (SELECT * FROM pg_class WHERE relnamespace NOT IN ('pg_catalog'::regnamespace, 'pg_toast'::regnamespace))
SELECT md5(string_agg(line, '|' ORDER BY line)) FROM (
    SELECT concat_ws(' ', oid, relname, relfilenode, relnamespace) AS line FROM tables
    UNION ALL SELECT concat_ws(' ', oid, reltuples, relpages) FROM tables WHERE relkind = 'r'
    UNION ALL SELECT concat_ws(' ', attrelid, attname, atttypid, atttypmod, attnotnull)
        FROM pg_attribute WHERE attrelid IN (SELECT oid FROM tables WHERE relkind = 'r')
    UNION ALL SELECT oid::text FROM pg_constraint
    UNION ALL SELECT oid::text FROM pg_attrdef
    UNION ALL SELECT oid::text FROM pg_namespace WHERE nspname !~ '^pg_(toast_)?temp_'
    UNION ALL SELECT concat_ws(' ', oid, tgenabled) FROM pg_trigger
    UNION ALL SELECT concat_ws(' ', oid, md5(prosrc)) FROM pg_proc WHERE pronamespace <> 'pg_catalog'::regnamespace
    UNION ALL SELECT concat_ws(' ', starelid, staattnum) FROM pg_statistic WHERE starelid IN (SELECT oid FROM tables)
    UNION ALL SELECT oid::text FROM pg_largeobject_metadata
    UNION ALL SELECT version_num FROM public.alembic_version
) AS lines
"""

MOST_GROWTH = 2 * 1024 * 1024
"""Bytes a database may have grown by: what deleted rows leave in indexes and in the catalogue makes it slow."""


def server_database(server: str, name: str) -> str:
    """Return the address of a database of a server."""
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def connect(server: str, name: str = "postgres") -> psycopg.Connection[Any]:
    """Connect to a database of a server, outside transactions; without a name, to the server itself."""
    url = make_url(server).set(drivername="postgresql", database=name)
    return psycopg.connect(url.render_as_string(hide_password=False), autocommit=True)


@contextmanager
def copied_postgresql(server: str, template: str) -> Iterator[str]:
    """Yield the address of a new database, copied from the template and dropped at the end."""
    name = new_name()
    with connect(server) as administration:
        copy(administration, template, name)
        try:
            yield server_database(server, name)
        finally:
            drop(administration, name)


def new_name() -> str:
    return f"lk_{os.urandom(6).hex()}"


def copy(administration: psycopg.Connection[Any], template: str, name: str) -> None:
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    administration.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))


def drop(administration: psycopg.Connection[Any], name: str) -> None:
    administration.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


class Recycling:
    """Lends databases that are like new copies of the template.

    When one comes back, whoever is still connected is cut off, and with them go their locks, what they listen to, their
    prepared statements and their temporary tables. It gets another name, so that what a test left running does not
    find it. Rows are deleted and their pages given back, so that the next rows lie in the order they were inserted;
    sequences start anew. A database that differs from the template in anything else, be it a constraint or statistics
    for the planner, is dropped.
    """

    def __init__(self, administration: psycopg.Connection[Any], server: str, template: str) -> None:
        self.administration, self.server, self.template = administration, server, template
        self.waiting: list[str] = []
        with connect(server, template) as connection:
            connection.execute(EMPTYING)
            assert empty(connection) == [], "rows that migrations insert would be missing from the second test on"
            self.everything_but_rows, self.size = look_at(connection)

    @contextmanager
    def lent(self) -> Iterator[str]:
        """Lend a database to a test: yield its address."""
        name = self.waiting.pop() if self.waiting else self.copied()
        try:
            yield server_database(self.server, name)
        finally:
            self.take_back(name)

    def copied(self) -> str:
        name = new_name()
        copy(self.administration, self.template, name)
        return name

    def take_back(self, used: str) -> None:
        name = new_name()
        self.administration.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", [used]
        )
        try:
            rename = sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(used), sql.Identifier(name))
            self.administration.execute(rename)
        except psycopg.errors.ObjectInUse:
            # Somebody came back at once.
            drop(self.administration, used)
            return
        with connect(self.server, name) as connection:
            empty(connection)
            everything_but_rows, size = look_at(connection)
        if everything_but_rows == self.everything_but_rows and size <= self.size + MOST_GROWTH:
            self.waiting.append(name)
        else:
            drop(self.administration, name)


def empty(connection: psycopg.Connection[Any]) -> list[str]:
    """Delete all rows and what is left of them; return the tables that had any."""
    tables: list[str] = connection.execute("SELECT recycling.empty_tables()").fetchall()[0][0]
    if tables:
        connection.execute(sql.SQL("VACUUM {}").format(sql.SQL(", ").join(map(sql.Identifier, tables))))
        # Of an empty table the planner thinks otherwise than of one it knows nothing about.
        connection.execute("SELECT pg_clear_relation_stats('public', name) FROM unnest(%s::text[]) AS name", [tables])
        # Nor shall autovacuum come sooner because of what former tests changed.
        connection.execute("SELECT pg_stat_reset()")
    return tables


def look_at(connection: psycopg.Connection[Any]) -> tuple[str, int]:
    """Return what stands for all in a database that is no row, and its size."""
    everything_but_rows = connection.execute(EVERYTHING_BUT_ROWS).fetchall()[0][0]
    return everything_but_rows, connection.execute("SELECT pg_database_size(current_database())").fetchall()[0][0]
