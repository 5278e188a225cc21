"""How fast answers are imported. A command of its own; nothing is asserted.

    python -m tests.bench.answers [--rows 10000] [--columns 3]

Imports a CSV of accepted values into SQLite in a temporary data folder, between two runs of a bare loop that
reads the same CSV, and inserts each value and its history with the database's own driver. Prints rows a
second: of the check, of the first import, of the second, which changes nothing, and of the undo.
"""

import argparse
import csv
import json
import os
import resource
import sqlite3
import sys
import tempfile
import time
import uuid
from functools import partial
from pathlib import Path


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--columns", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "annotator.settings"}
        import django

        django.setup()
        from annotator.garbage import look_less_often

        look_less_often()  # as a worker does
        measure(Path(folder), options.rows, options.columns)


def measure(folder, rows, columns) -> None:
    """The import between two bare loops."""
    path = folder / "labels.csv"
    write_table(path, rows, columns)
    dataset = prepared(rows, columns)
    timed("bare loop", rows, partial(bare_loop, path, folder / "bare1.db"))
    answer_import = opened(dataset, path)
    timed("check", rows, partial(run, answer_import, is_check=True))
    timed("import", rows, partial(run, answer_import))
    timed("import again", rows, partial(run, opened(dataset, path)))
    timed("undo", rows, partial(undo, answer_import))
    timed("bare loop", rows, partial(bare_loop, path, folder / "bare2.db"))


def write_table(path, rows, columns) -> None:
    """A name, and a number, a choice and a text in turn."""
    kinds = [lambda n: n % 1000 / 100, lambda n: ("Mint", "Good", "Poor")[n % 3], "note {}".format]
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["name", *(f"v{number}" for number in range(columns))])
        for row in range(rows):
            writer.writerow([f"s{row}", *(kinds[n % 3](row) for n in range(columns))])


def prepared(rows, columns):
    """A dataset with the samples of the table."""
    from django.core.management import call_command

    from annotator.datasets.actions import create_samples
    from tests.factories import make_dataset, make_variable

    call_command("migrate", verbosity=0)
    dataset = make_dataset()
    kinds = [
        {"type": "float", "min_value": 0},
        {"type": "string", "choices": ["Mint", "Good", "Poor"]},
        {"type": "string"},
    ]
    for number in range(columns):
        make_variable(dataset=dataset, name=f"v{number}", **kinds[number % 3])
    for start in range(0, rows, 1000):
        names = range(start, min(start + 1000, rows))
        create_samples(dataset, [{"name": f"s{number}"} for number in names], by=None)
    return dataset


def opened(dataset, path):
    """An import that has read the columns."""
    from annotator.imports.answers import actions

    return work(actions.begin(dataset, by=None, standing="accepted", path=path))


def run(answer_import, *, is_check=False) -> None:
    """Check or import all rows."""
    from annotator.imports.answers import actions

    if is_check:
        actions.start_check(answer_import)
    else:
        actions.start_import(answer_import, by=None)
    work(answer_import)


def undo(answer_import) -> None:
    """Take all back."""
    from annotator.imports.answers import actions

    actions.start_undo(answer_import, by=None)
    work(answer_import)


def work(answer_import):
    """Until nothing is left to do."""
    from annotator.imports.answers.work import work as do

    while do(answer_import, seconds=20):
        pass
    return answer_import


def bare_loop(path, database) -> None:
    """What cannot be left out: reading the table, a row and a line of history for each value."""
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE value (id PRIMARY KEY, sample, variable, value, number, text)")
    connection.execute("CREATE TABLE history (id INTEGER PRIMARY KEY, value, rev, text, at)")
    with path.open(newline="") as file:
        reader = csv.DictReader(file)
        values = [
            (uuid.uuid4().hex, row["name"], name, json.dumps(value), None, value)
            for row in reader
            for name, value in row.items()
            if name != "name"
        ]
    with connection:
        connection.executemany("INSERT INTO value VALUES (?, ?, ?, ?, ?, ?)", values)
        lines = ((value[0], 1, value[3], time.time()) for value in values)
        connection.executemany("INSERT INTO history VALUES (NULL, ?, ?, ?, ?)", lines)
    connection.close()


def timed(name, rows, do) -> None:
    """Rows a second by the clock and by the processor's time, which others on the machine change less."""
    begin, processor = time.perf_counter(), time.process_time()
    do()
    seconds, processor = time.perf_counter() - begin, time.process_time() - processor
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(
        f"{name:14} {rows / seconds:10,.0f} rows/s   {rows / processor:10,.0f} by the processor"
        f"   {peak:6.0f} MiB at most\n"
    )
    sys.stdout.flush()


if __name__ == "__main__":
    main()
