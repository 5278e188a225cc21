"""How fast answers are read from files. A command of its own; nothing is asserted.

    python -m tests.bench.readers [--rows 1000] [--rows 100000]

Reads tables of eight columns by our readers beside a bare loop: the csv and json modules, openpyxl. Prints
rows per second of the processor's time (other work on the machine doesn't count), of opening, which looks
through the whole of a CSV, of reading all rows, and of guessing all types; and the memory (MB) that reading
them took at most by Python's own count, without that of the list of rows which the bare loops keep.
"""

import argparse
import csv
import json
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path

import openpyxl
import xlsxwriter

from annotator.imports.formats import open_source
from annotator.imports.formats.guessing import guess_columns

MB = 1_000_000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, action="append")
    for count in parser.parse_args().rows or [1_000, 100_000]:
        with tempfile.TemporaryDirectory() as folder:
            for name, (write, bare) in TABLES.items():
                path = Path(folder, f"answers.{name}")
                write(path, [row(number) for number in range(count)])
                measure(name, path, count, bare)


def row(number):
    """One row."""
    return {
        "id": f"{number:06}",
        "file_name": f"images/{number}.jpg",
        "grade": number % 100 / 10,
        "count": number % 7,
        "kind": ("cat", "dog", "owl")[number % 3],
        "note": f"A note, number {number} – ä",
        "ok": number % 2 == 0,
        "split": "train",
    }


def measure(name, path, count, bare):
    """Print a line."""
    rates = [rate(count, bare, path), rate(count, open_source, path)]
    source = open_source(path)
    rates += [rate(count, read, source), rate(count, guess_columns, source)]
    tracemalloc.start()
    read(source)
    peak = tracemalloc.get_traced_memory()[1] / MB
    tracemalloc.stop()
    shown = "  ".join(
        f"{word} {each:>11,.0f}/s"
        for word, each in zip(("bare", "open", "read", "guess"), rates, strict=True)
    )
    sys.stdout.write(f"{name:6} {count:>7,} rows  {shown}  {peak:6.1f} MB\n")


def rate(count, function, argument):
    """Rows per second of the processor's time."""
    began = time.process_time()
    function(argument)
    return count / max(1e-6, time.process_time() - began)


def read(source):
    """All rows."""
    for record in source.records():
        assert not record.problem


def write_csv(path, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def bare_csv(path):
    with path.open(newline="", encoding="utf-8") as file:
        for _ in csv.DictReader(file):
            pass


def write_jsonl(path, rows):
    lines = (json.dumps(each, ensure_ascii=False) + "\n" for each in rows)
    path.write_text("".join(lines), encoding="utf-8")


def bare_jsonl(path):
    with path.open("rb") as file:
        for line in file:
            json.loads(line)


def write_json(path, rows):
    path.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")


def bare_json(path):
    return json.loads(path.read_bytes())


def write_xlsx(path, rows):
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, list(rows[0]))
        for number, each in enumerate(rows, start=1):
            sheet.write_row(number, 0, list(each.values()))


def bare_xlsx(path):
    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    for _ in book.worksheets[0].iter_rows(values_only=True):
        pass


TABLES = {
    "csv": (write_csv, bare_csv),
    "jsonl": (write_jsonl, bare_jsonl),
    "json": (write_json, bare_json),
    "xlsx": (write_xlsx, bare_xlsx),
}

if __name__ == "__main__":
    main()
