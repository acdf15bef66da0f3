"""A database that several tests use one after the other, brought back to how it was in between.

Copying a database takes a hundred milliseconds. Looking through one takes a few, where the same
connection looks each time: how each table is looked through is planned once.
"""

import psycopg
from psycopg import sql
from sqlalchemy import make_url

_TABLES = """
SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
"""
_SEQUENCES = """
CREATE TABLE kept.sequences AS SELECT sequencename AS name, last_value FROM pg_sequences
  WHERE schemaname = 'public'
"""
_FILLED = """
IF EXISTS (TABLE public.{0} EXCEPT ALL TABLE kept.{0})
    OR (SELECT count(*) FROM public.{0}) <> (SELECT count(*) FROM kept.{0}) THEN
  DELETE FROM public.{0} AS now WHERE now NOT IN (SELECT was FROM kept.{0} AS was);
  INSERT INTO public.{0} SELECT (was).* FROM kept.{0} AS was
    WHERE was NOT IN (SELECT now FROM public.{0} AS now);
END IF;
"""
"""Rows that are as they were stay where they are: others come after them."""
_EMPTY = """
IF EXISTS (SELECT 1 FROM public.{0}) THEN
  DELETE FROM public.{0};
END IF;
"""
_RESTORED = """
CREATE FUNCTION kept.restore() RETURNS void LANGUAGE plpgsql AS $$
DECLARE one record;
BEGIN
  {}
  FOR one IN SELECT now.sequencename AS name, kept.last_value AS before FROM pg_sequences now
             JOIN kept.sequences kept ON kept.name = now.sequencename
             WHERE now.schemaname = 'public'
             AND now.last_value IS DISTINCT FROM kept.last_value LOOP
    IF one.before IS NULL THEN
      EXECUTE format('ALTER SEQUENCE public.%I RESTART', one.name);
    ELSE
      PERFORM setval(format('public.%I', one.name), one.before);
    END IF;
  END LOOP;
END $$
"""
_GROWN = """
SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
  AND relname = ANY(%s) AND pg_relation_size(oid) > current_setting('block_size')::int
"""
"""What was emptied and has more than a page: in the next test a later row could stand before an
earlier one."""
_BUSY = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid()
  AND (state <> 'idle' OR pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory'))
"""


class Lent:
    """A database as it is now, and the connection that makes it so again."""

    def __init__(self, url: str) -> None:
        self.url = url
        plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._connection = psycopg.connect(plain, autocommit=True)
        self._connection.execute("CREATE SCHEMA kept")
        self._empty: list[str] = []
        looked_through = sql.SQL("").join(
            self._looked_through(name) for (name,) in self._connection.execute(_TABLES).fetchall()
        )
        self._connection.execute(_SEQUENCES)
        self._connection.execute(sql.SQL(_RESTORED).format(looked_through))
        self._connection.execute("SET session_replication_role = replica")

    def _looked_through(self, name: str) -> sql.Composed:
        table = sql.Identifier(name)
        filled = self._connection.execute(
            sql.SQL("SELECT EXISTS (SELECT 1 FROM public.{})").format(table)
        ).fetchone()
        if filled == (False,):
            self._empty.append(name)
            return sql.SQL(_EMPTY).format(table)
        self._connection.execute(sql.SQL("CREATE TABLE kept.{0} AS TABLE public.{0}").format(table))
        return sql.SQL(_FILLED).format(table)

    def restore(self) -> None:
        """Make it so again; whoever is still at work on it, or locks something, is cut off."""
        self._connection.execute(_BUSY)
        self._connection.execute("SELECT kept.restore()")
        grown = self._connection.execute(_GROWN, [self._empty]).fetchall()
        if grown:
            names = sql.SQL(", ").join(sql.Identifier("public", name) for (name,) in grown)
            self._connection.execute(sql.SQL("VACUUM {}").format(names))

    def close(self) -> None:
        self._connection.close()
