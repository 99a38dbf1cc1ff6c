"""Starts one of the servers that the tests talk to: `servers.py bigquery PORT DIRECTORY` or `servers.py clickhouse PORT DIRECTORY`.

bigquery is the package local-bigquery. It looks whether a job of that name is there and then keeps the new one, without a
lock between the two; BigQuery takes a name once, so a lock is put around it here. So it is with tables, which BigQuery
shows with their columns or not at all. And it looks through all tables for each one that is asked for, which takes longer
with each of them: what it looks for is asked of the tables below instead.

clickhouse is the engine of ClickHouse in the package chdb behind the little of its HTTP interface that the sink uses:
statements with parameters and settings, bodies of rows, errors with their code. There is one session, so one statement
runs at a time, and nobody is asked for a password unless the environment has CLICKHOUSE_TEST_PASSWORD.
"""

import gzip
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit


def bigquery(port: int, directory: str):
    from local_bigquery import cli
    from local_bigquery.catalog import tables
    from local_bigquery.jobs import runner

    def one_at_a_time(function, lock):
        def locked(*arguments, **named):
            with lock:
                return function(*arguments, **named)

        return locked

    look_up()
    runner.submit = one_at_a_time(runner.submit, threading.Lock())
    lock = threading.RLock()
    tables.create = one_at_a_time(tables.create, lock)
    tables.get = one_at_a_time(tables.get, lock)
    sys.argv = ["local-bigquery", "--host", "127.0.0.1", "--port", str(port), "--grpc-port", "0"]
    sys.argv += ["--data-dir", directory, "--project", "test"]
    cli.main()


def look_up():
    """Finds tables, views and their columns by name."""
    from local_bigquery.engine import database

    objects, fetch = database.objects, database.fetch
    asked = ("SELECT column_name FROM duckdb_columns()", "SELECT 1 FROM duckdb_columns()")
    alive = "schema_name = $1 AND o.end_snapshot IS NULL AND s.end_snapshot IS NULL"

    def below(project: str, kind: str) -> str:
        below = f'"__ducklake_metadata_{project}"'
        return f"{below}.ducklake_{kind} o JOIN {below}.ducklake_schema s USING (schema_id)"

    def one(project: str, dataset: str, table: str | None = None):
        if table is None or project not in database._attached:
            return objects(project, dataset, table)
        tables = f"SELECT table_name, 'TABLE', 0 FROM {below(project, 'table')} WHERE table_name = $2 AND {alive}"
        views = f"SELECT view_name, 'VIEW', 0 FROM {below(project, 'view')} WHERE view_name = $2 AND {alive}"
        return fetch(f"{tables} UNION ALL {views}", [dataset, table])

    def columns(sql: str, named: list | None = None):
        if not sql.startswith(asked) or named[0] not in database._attached:
            return fetch(sql, named)
        project, dataset, table, *more = named
        chosen = "column_name = $3" if more else "NOT nulls_allowed AND parent_column IS NULL"
        source = f'{below(project, "table")} JOIN "__ducklake_metadata_{project}".ducklake_column c USING (table_id)'
        where = f"table_name = $2 AND {alive} AND c.end_snapshot IS NULL AND {chosen}"
        return fetch(f"SELECT column_name FROM {source} WHERE {where}", [dataset, table, *more])

    database.objects, database.fetch = one, columns


# Blocks of inserts end early here, as those of millions of rows do elsewhere, unless a statement says otherwise.
SMALL_BLOCKS = {"max_insert_block_size": "1000", "min_insert_block_size_rows": "1000", "min_insert_block_size_bytes": "1000"}


class ClickHouse(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    lock = threading.Lock()
    session = None
    # Settings of the HTTP interface itself, which the engine does not know.
    OWN = {"query", "database", "user", "password", "wait_end_of_query"}

    def log_message(self, *_):
        pass

    def answer(self, status: int, body: bytes, code: str = ""):
        self.send_response(status)
        if code:
            self.send_header("X-ClickHouse-Exception-Code", code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(200, b"Ok.\n")

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        arguments = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        password = os.environ.get("CLICKHOUSE_TEST_PASSWORD")
        if password and self.headers.get("X-ClickHouse-Key") != password:
            return self.answer(403, b"Code: 516. DB::Exception: Authentication failed. (AUTHENTICATION_FAILED)", "516")
        query = arguments.get("query", "")
        text = (query + "\n" if query else "") + body.decode()
        given = {name[6:]: value for name, value in arguments.items() if name.startswith("param_")}
        settings = {n: v for n, v in arguments.items() if n not in self.OWN and not n.startswith("param_")}
        with ClickHouse.lock:
            try:
                database = arguments.get("database")
                if database and not text.lstrip().upper().startswith("CREATE DATABASE"):
                    self.session.query(f"USE `{database}`")
                result = self.run(text, given, settings)
            except Exception as error:
                words = str(error)
                code = words.split("Code: ", 1)[1].split(".", 1)[0] if "Code: " in words else "1"
                return self.answer(500, words.encode(), code)
        self.answer(200, result)

    def run(self, text: str, given: dict, settings: dict) -> bytes:
        """One statement with its own settings."""
        settings = SMALL_BLOCKS | settings
        names = ", ".join(f"{name} = {quoted(value)}" for name, value in settings.items())
        self.session.query(f"SET {names}")
        try:
            return self.session.query(text, "TabSeparated", params=given).bytes()
        finally:
            self.session.query("SET " + ", ".join(f"{name} = DEFAULT" for name in settings))


def quoted(value: str) -> str:
    return value if value.isdecimal() else "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def clickhouse(port: int, directory: str):
    from chdb import session

    ClickHouse.session = session.Session(directory)
    ThreadingHTTPServer(("127.0.0.1", port), ClickHouse).serve_forever()


def end_with_parent():
    """The test holds the other end of standard input; when it ends, however it ends, so does this."""

    def watch():
        sys.stdin.buffer.read()
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    end_with_parent()
    {"bigquery": bigquery, "clickhouse": clickhouse}[sys.argv[1]](int(sys.argv[2]), sys.argv[3])
