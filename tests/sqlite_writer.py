"""Another process that writes to a SQLite database: `python -m tests.sqlite_writer DATABASE NAME ROWS`.

It says "ready", waits for a line, and inserts its name, a transaction each and without a pause, until the
table has so many rows. With 0 rows it begins a transaction, inserts one, says "begun" and sleeps.
"""

import sys
import time

import django
from django.conf import settings

OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;",
}


def main():
    database, name, rows = sys.argv[1:]
    connection = {"ENGINE": "annotator.sqlite", "NAME": database, "OPTIONS": OPTIONS}
    settings.configure(DATABASES={"default": connection})
    django.setup()
    write(name, int(rows))


def write(name, rows):
    from django.db import connection, transaction

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS row (writer text)")
        say("ready")
        sys.stdin.readline()
        count = -1
        while count < rows:
            with transaction.atomic():
                cursor.execute("INSERT INTO row VALUES (%s)", [name])
                cursor.execute("SELECT count(*) FROM row")
                (count,) = cursor.fetchone()
                if not rows:
                    say("begun")
                    time.sleep(600)


def say(word):
    print(word, flush=True)  # noqa: T201  what the test reads


if __name__ == "__main__":
    main()
