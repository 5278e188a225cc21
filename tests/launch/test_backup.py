"""A backup is whole, checked, taken under load, and comes back only into an empty place."""

import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import threading
from pathlib import Path

import pytest

from annotator.bootstrap import CannotStart
from annotator.launch import archive
from annotator.launch.postgres_server import PostgresServer, find_package
from tests.launch.test_migrations import WITHOUT_HISTORY

ROOT = Path(__file__).parent.parent.parent


def manage(*arguments, data, **changes):
    """Run one command as a person does, in a data folder."""
    return python("manage.py", *map(str, arguments), data=data, **changes)


def python(*arguments, data, **changes):
    """Run Python as manage.py is run, in a data folder."""
    ours = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY")
    env = {name: value for name, value in os.environ.items() if name not in ours}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=env | {"DATA_DIR": str(data)} | changes,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def installation(folder, **changes):
    """A data folder with a database, an admin, a key and an image file."""
    settings = {"DJANGO_SETTINGS_MODULE": "annotator.settings"}
    made = python("-c", WITHOUT_HISTORY, data=folder, **settings, **changes)
    assert made.returncode == 0, made.stderr
    admin = {"ANNOTATOR_ADMIN_PASSWORD": "plain-mango-river"}
    made = manage("make_admin", data=folder, **admin, **changes)
    assert made.returncode == 0, made.stderr
    (folder / "media/ab").mkdir(parents=True)
    (folder / "media/ab/abcd.jpg").write_bytes(b"picture")
    (folder / "static").mkdir(exist_ok=True)
    (folder / "static/old.css").write_text("made anew at every start")
    return folder


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """(data folder, backup of it) on SQLite."""
    place = tmp_path_factory.mktemp("saved")
    data = installation(place / "data")
    done = manage("backup", place / "day.backup", data=data)
    assert done.returncode == 0, done.stderr
    return data, place / "day.backup"


def users(database):
    with sqlite3.connect(database) as rows:
        return rows.execute("SELECT username, password FROM accounts_user").fetchall()


def test_a_backup_comes_back_with_its_rows_pictures_and_keys(saved, tmp_path):
    data, file = saved

    done = manage("restore", file, data=tmp_path / "new")

    assert done.returncode == 0, done.stderr
    new = tmp_path / "new"
    assert users(new / "annotator.sqlite3") == users(data / "annotator.sqlite3") != []
    assert (new / "media/ab/abcd.jpg").read_bytes() == b"picture"
    assert (new / "secret_key").read_text() == (data / "secret_key").read_text()
    assert sorted(path.name for path in new.iterdir()) == [
        "annotator.sqlite3",
        "media",
        "secret_key",
    ]
    assert [path for path in new.rglob("*") if path.stat().st_mode & 0o077] == []
    assert manage("check", data=new).returncode == 0


def test_the_steps_of_the_document_work_as_printed(saved, tmp_path):
    text = (ROOT / "docs" / "server.md").read_text()
    section = text.partition("## Backup\n")[2].partition("\n## ")[0]
    steps = [line.split()[2:] for line in section.splitlines() if line.startswith("    python3 ")]
    folders = {"backup": saved[0], "restore": tmp_path / "new"}

    for step in steps:
        words = [str(tmp_path / "printed.backup") if word == "FILE" else word for word in step]
        done = manage(*words, data=folders[step[0]])
        assert done.returncode == 0, done.stderr

    assert [step[0] for step in steps] == ["backup", "restore"]
    assert users(tmp_path / "new/annotator.sqlite3") == users(saved[0] / "annotator.sqlite3")


def test_a_backup_is_consistent_while_others_write(saved, tmp_path):
    data = tmp_path / "data"
    shutil.copytree(saved[0], data)
    database = data / "annotator.sqlite3"
    stop = threading.Event()
    with sqlite3.connect(database) as rows:
        rows.execute("CREATE TABLE pair (a INTEGER, b INTEGER)")

    def write():
        with sqlite3.connect(database, timeout=20) as rows:
            number = 0
            while not stop.is_set():
                number += 1
                with rows:  # both or none
                    rows.execute("INSERT INTO pair VALUES (?, 0)", [number])
                    rows.execute("UPDATE pair SET b = a WHERE a = ?", [number])

    writers = [threading.Thread(target=write) for _ in range(2)]
    for writer in writers:
        writer.start()
    try:
        done = manage("backup", tmp_path / "busy.backup", data=data)
    finally:
        stop.set()
        for writer in writers:
            writer.join()

    assert done.returncode == 0, done.stderr
    assert manage("restore", tmp_path / "busy.backup", data=tmp_path / "new").returncode == 0
    with sqlite3.connect(tmp_path / "new/annotator.sqlite3") as rows:
        assert rows.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        count, broken = rows.execute("SELECT count(*), sum(a != b) FROM pair").fetchone()
    assert count > 0
    assert broken == 0


def test_nothing_is_overwritten(saved, tmp_path):
    data, file = saved
    (tmp_path / "used").mkdir()
    (tmp_path / "used/notes.txt").write_text("mine")

    restored = manage("restore", file, data=tmp_path / "used")
    again = manage("backup", file, data=data)

    assert restored.returncode == again.returncode == 1
    assert "is not empty" in restored.stderr
    assert "exists already" in again.stderr
    assert [path.name for path in (tmp_path / "used").iterdir()] == ["notes.txt"]


def changed(file, target, change):
    """A copy of a backup with one member's bytes changed; None removes it."""
    with tarfile.open(file) as old, tarfile.open(target, "w") as new:
        for info in old:
            data = change(info.name, old.extractfile(info).read())
            if data is not None:
                info.size = len(data)
                (target.parent / "member").write_bytes(data)
                with (target.parent / "member").open("rb") as member:
                    new.addfile(info, member)
    return target


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda name, data: data[:-1] + b"!" if "abcd" in name else data, "is not what was saved"),
        (lambda name, data: None if "abcd" in name else data, "is missing"),
        (lambda name, data: None if name == archive.MANIFEST else data, "is not a whole backup"),
    ],
)
def test_a_damaged_backup_is_refused_and_leaves_nothing(saved, tmp_path, change, words):
    file = changed(saved[1], tmp_path / "bad.backup", change)

    done = manage("restore", file, data=tmp_path / "new")

    assert done.returncode == 1
    assert words in done.stderr
    assert list((tmp_path / "new").rglob("*")) == []


def test_a_name_that_leads_out_of_the_folder_is_refused(saved, tmp_path):
    manifest = archive.read_manifest(saved[1])
    evil = "files/../../evil"
    manifest["sha256"][evil] = manifest["sha256"].pop("files/media/ab/abcd.jpg")
    file = tmp_path / "evil.backup"
    with tarfile.open(saved[1]) as old, tarfile.open(file, "w") as new:
        for info in old:
            source = old.extractfile(info)
            info.name = evil if "abcd" in info.name else info.name
            new.addfile(info, source)

    with pytest.raises(CannotStart, match="does not belong into a backup"):
        archive.unpack(file, manifest, tmp_path / "new")

    assert not (tmp_path / "evil").exists()


def test_a_cut_file_is_refused(saved, tmp_path):
    whole = saved[1].read_bytes()
    (tmp_path / "cut.backup").write_bytes(whole[: len(whole) // 2])

    done = manage("restore", tmp_path / "cut.backup", data=tmp_path / "new")

    assert done.returncode == 1
    assert "is not a whole backup" in done.stderr


@pytest.fixture
def postgres():
    """A server of this test's own, and its client programs on the PATH."""
    server = PostgresServer()
    server.start()
    yield server
    server.stop()


def sql(server, database, statement):
    """What a statement gives, by PostgreSQL's own client."""
    psql = [str(find_package() / "pginstall" / "bin" / "psql"), "--host", str(server.folder)]
    psql += ["--username", "postgres", "--dbname", database, "--no-align", "--tuples-only"]
    return subprocess.run(
        [*psql, "--command", statement], check=True, capture_output=True, text=True
    ).stdout


def test_a_postgresql_database_goes_the_same_way(postgres, tmp_path):
    binaries = find_package() / "pginstall" / "bin"
    url = postgres.url
    sql(postgres, "postgres", "CREATE DATABASE restored")
    where = {"DATABASE_URL": url, "PATH": f"{binaries}:{os.environ['PATH']}"}
    installation(tmp_path / "data", **where)
    new = where | {"DATABASE_URL": url.removesuffix("postgres") + "restored"}

    done = manage("backup", tmp_path / "pg.backup", data=tmp_path / "data", **where)
    refused = manage("restore", tmp_path / "pg.backup", data=tmp_path / "other", **where)
    restored = manage("restore", tmp_path / "pg.backup", data=tmp_path / "new", **new)

    assert done.returncode == 0, done.stderr
    assert "database of DATABASE_URL is not empty" in refused.stderr
    assert restored.returncode == 0, restored.stderr
    assert sql(postgres, "restored", "SELECT username FROM accounts_user") == "admin\n"
    assert (tmp_path / "new/media/ab/abcd.jpg").read_bytes() == b"picture"


def test_a_backup_of_another_kind_of_database_is_refused(saved, tmp_path):
    url = "postgres://nobody@/nowhere/annotator"

    done = manage("restore", saved[1], data=tmp_path / "new", DATABASE_URL=url)

    assert done.returncode == 1
    assert "DATABASE_URL must name one, too" in done.stderr
