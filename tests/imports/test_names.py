"""Any name that a camera, a person or a zip gives comes in, and what can't is a line of the report."""

import io
import struct
import unicodedata
import zipfile
import zlib

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from annotator.accounts.models import Role
from annotator.datasets.models import Sample
from annotator.images.models import Image
from annotator.imports import actions, encodings, reading
from annotator.imports.grouping import checked_path, groups_of, is_passed_over, note_on, unused_path
from annotator.imports.models import ImageImport, ImportedFile
from annotator.imports.queries import preview
from annotator.names import name_contains
from tests.factories import make_member
from tests.imports.importing import import_all
from tests.pictures import picture

pytestmark = pytest.mark.django_db

FileState = ImportedFile.State


def sample_names(dataset):
    return sorted(dataset.samples.values_list("name", flat=True))


def raw_zip(entries, *, flag=0, extra=lambda name: b""):
    """A zip of (name in bytes, data), as programs make it that do not say the names' encoding."""
    body, table = b"", b""
    for name, data in entries:
        more, crc = extra(name), zlib.crc32(data)
        sizes = (crc, len(data), len(data), len(name), len(more))
        table += struct.pack("<4s6H3I5H2I", b"PK\1\2", 0x0314, 20, flag, 0, 0, 0x5A21, *sizes,
                             0, 0, 0, 0o100644 << 16, len(body)) + name + more  # fmt: skip
        body += struct.pack("<4s5H3I2H", b"PK\3\4", 20, flag, 0, 0, 0x5A21, *sizes)
        body += name + more + data
    count = len(entries)
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, count, count, len(table), len(body), 0)
    return body + table + end


def unicode_path(name, text):
    content = struct.pack("<BI", 1, zlib.crc32(name)) + text.encode()
    return struct.pack("<HH", 0x7075, len(content)) + content


# Characters ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "Screenshot 2026-11-05 at 9.41.07\u202fAM.png",
        "Snímek v\u00a09.41.07.png",
        "商品\u3000正面.png",
        "می\u200cخواهم.png",
        "family 👨\u200d👩\u200d👧.png",
        "heart ❤\ufe0f.png",
        "תמונה\u200f 1.png",
        "soft\u00adhyphen.png",
        "not yet assigned \U000e0fff.png",
    ],
)
def test_a_name_of_any_script_is_taken_as_it_is(dataset, name):
    done = import_all(dataset, [(name, picture())])

    file = done.files.get()
    assert (file.path, file.state, file.reason) == (name, FileState.STORED, "")
    assert dataset.samples.get().name == name.removesuffix(".png")
    assert dataset.samples.get().images.get().name == name


@pytest.mark.parametrize("letter", [*"\x00\x07\x1b\x7f\x85\u202a\u202e\u2066\u2069", "\ud800"])
def test_controls_and_turned_writing_are_replaced_and_said(dataset, letter):
    done = import_all(dataset, [(f"photo{letter}gnp.png", picture())])

    file = done.files.get()
    assert (file.path, file.state) == ("photo_gnp.png", FileState.STORED)
    assert "replaced by _" in file.reason


def test_a_name_without_such_characters_gets_no_note():
    assert note_on("a\u202fb.png") == ""


def test_names_are_stored_in_one_spelling_and_none_is_lost(dataset):
    composed = unicodedata.normalize("NFC", "Käse.png")
    files = [(composed, picture(seed=1)), (unicodedata.normalize("NFD", composed), picture(seed=2))]

    done = import_all(dataset, files)

    assert set(done.files.values_list("path", flat=True)) == {composed, f"2/{composed}"}
    assert sample_names(dataset) == ["Käse", "Käse"]


def test_the_same_name_sent_again_is_one_file(dataset):
    name = unicodedata.normalize("NFD", "Käse\u202e.png")

    done = import_all(dataset, [(name, picture()), (name, picture())])

    assert done.files.count() == 1


def test_an_interrupted_upload_knows_the_names_as_the_browser_has_them(client, admin, dataset):
    image_import = actions.begin(dataset, by=None)
    name = unicodedata.normalize("NFD", "Käse.png")
    actions.receive(image_import, path=name, chunks=[picture()])
    client.force_login(admin.user)

    answer = client.get(reverse("imports:files", args=[image_import.pk]))

    assert answer.json() == {"paths": [name]}


def test_prefixes_join_spellings_and_cases():
    paths = ["Karte_front.png", "karte_BACK.PNG", checked_path("Ka\u0308se_b.png"), "KÄSE_a.png"]

    assert [len(group.paths) for group in groups_of(paths, "prefix")] == [2, 2]


def test_an_equal_path_gets_a_folder_of_its_own():
    assert unused_path("x/a.png", {"x/a.png", "x/2/a.png"}) == "x/3/a.png"
    assert unused_path("a.png", set()) == "a.png"


# Hidden files ----------------------------------------------------------------------------------

HIDDEN = [
    ".ipynb_checkpoints/cat-checkpoint.png",
    ".thumbnails/cat.jpg",
    "@eaDir/cat.png/THUMB_M.jpg",
    ".hidden_secret.png",
    ".DS_Store",
    "__MACOSX/._cat.png",
    "a/.git/x.png",
    ".Trashes/old.png",
    "$RECYCLE.BIN/R1.png",
    "$Recycle.Bin\\R1.png",
    "Thumbs.db",
]


@pytest.mark.parametrize("path", HIDDEN)
def test_hidden_and_system_files_are_passed_over(path):
    assert is_passed_over(path)


@pytest.mark.parametrize("path", ["a.b/c.png", "../a.png", "./a.png"])
def test_a_dot_elsewhere_hides_nothing(path):
    assert not is_passed_over(path)


def test_what_is_passed_over_is_counted_in_folders_zips_and_the_preview(client, admin, dataset):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path in [*HIDDEN, "dog.png"]:
            archive.writestr(path, picture(seed=7))
    files = [(path, picture()) for path in [*HIDDEN, "cat.png"]] + [("a.zip", packed.getvalue())]

    done = import_all(dataset, files)

    assert done.passed_over == 2 * len(HIDDEN)
    assert sample_names(dataset) == ["cat", "dog"]
    client.force_login(admin.user)
    page = client.get(reverse("imports:detail", args=[done.pk])).text
    assert "22 hidden or system files are passed over." in page
    assert "11 hidden or system files" in preview(HIDDEN, grouping="each", test_percent=0).sentence


def test_the_browser_says_how_many_it_did_not_send(client, admin, dataset):
    image_import = actions.begin(dataset, by=None)
    client.force_login(admin.user)

    client.post(reverse("imports:start", args=[image_import.pk]), {"passed_over": "3"})

    image_import.refresh_from_db()
    assert image_import.passed_over == 3


# Names in zips ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "names"),
    [
        (raw_zip([("Mu\u0308ller/測試_1.png".encode(), picture())]), ["測試_1"]),
        (raw_zip([("測試.png".encode(), picture())], flag=0x800), ["測試"]),
        (raw_zip([("Карта_1.png".encode("cp866"), picture())]), ["Карта_1"]),
        (raw_zip([("Открытка.png".encode("cp1251"), picture())]), ["Открытка"]),
        (raw_zip([("测试_1.png".encode("gbk"), picture())]), ["测试_1"]),
        (raw_zip([("しゃしん/カード表.png".encode("cp932"), picture())]), ["カード表"]),
        (raw_zip([("사진/카드 앞면.png".encode("cp949"), picture())]), ["카드 앞면"]),
        (raw_zip([("Größe.png".encode("cp437"), picture())]), ["Größe"]),
        (raw_zip([("Größe.png".encode("cp1252"), picture())]), ["Größe"]),
        (raw_zip([("Příliš žluťoučký.png".encode("cp852"), picture())]), ["Příliš žluťoučký"]),
        (
            raw_zip([(b"x?.png", picture())], extra=lambda name: unicode_path(name, "x東.png")),
            ["x東"],
        ),
        (  # the field belongs to another name, so the name itself counts
            raw_zip([(b"x.png", picture())], extra=lambda name: unicode_path(b"y.png", "y.png")),
            ["x"],
        ),
        # The flag says UTF-8, and the bytes are none: the zip is read all the same.
        (raw_zip([("Größe.png".encode("cp437"), picture())], flag=0x800), ["Größe"]),
        (raw_zip([("Карта_1.png".encode("cp866"), picture())], flag=0x800), ["Карта_1"]),
        (raw_zip([("しゃしん/カード表.png".encode("cp932"), picture())], flag=0x808), ["カード表"]),
        (raw_zip([(b"cards\\", b""), (b"cards\\one.png", picture())]), ["one"]),
        (raw_zip([("表_1.png".encode("cp932"), picture())]), ["表_1"]),  # its second byte is a \
    ],
)
def test_names_in_a_zip_are_read_as_they_were_written(dataset, data, names):
    import_all(dataset, [("a.zip", data)])

    assert sample_names(dataset) == names


def test_files_of_one_name_in_a_zip_are_all_kept(dataset):
    data = raw_zip(
        [(b"a.png", picture(seed=1)), (b"a.png", picture(seed=2)), (b"A.png", picture())]
    )

    done = import_all(dataset, [("z.zip", data)])

    assert set(done.files.values_list("path", flat=True)) == {
        "z.zip/a.png",
        "z.zip/2/a.png",
        "z.zip/A.png",
    }
    assert len({sample.images.get().sha256 for sample in dataset.samples.all()}) == 3


def test_a_guess_is_shown_and_another_choice_renames_samples_and_images(client, admin, dataset):
    data = raw_zip([("한글_1.png".encode("cp949"), picture())])
    done = import_all(dataset, [("a.zip", data), ("plain.png", picture(seed=2))])
    client.force_login(admin.user)
    page = client.get(reverse("imports:detail", args=[done.pk])).text
    assert "Are these names right?" in page
    assert "Korean: 한글_1.png" in page

    answer = client.post(reverse("imports:names", args=[done.pk]), {"encoding": "cp949"})

    assert answer.status_code == 302
    assert sample_names(dataset) == ["plain", "한글_1"]
    image = Sample.objects.get(name="한글_1").images.get()
    assert (image.name, image.path) == ("한글_1.png", "a.zip/한글_1.png")
    assert image in Image.objects.filter(name_contains("한글_1"))
    assert done.files.get(path="a.zip/한글_1.png").encoding == "cp949"


def test_one_entry_that_lies_about_its_encoding_can_be_chosen_for_and_the_rest_stays(
    client, admin, dataset
):
    client.force_login(admin.user)
    lying = ("Größe.png".encode("cp437"), picture(seed=1))
    honest = ("測試.png".encode(), picture(seed=2))
    done = import_all(dataset, [("a.zip", raw_zip([lying, honest], flag=0x800))])
    before = sample_names(dataset)

    client.post(reverse("imports:names", args=[done.pk]), {"encoding": "cp852"})

    assert before == ["Größe", "測試"]
    assert sample_names(dataset) == sorted(["Gr" + b"\x94\xe1".decode("cp852") + "e", "測試"])


def test_a_sample_that_was_renamed_meanwhile_keeps_its_name(client, admin, dataset):
    done = import_all(dataset, [("a.zip", raw_zip([("한글.png".encode("cp949"), picture())]))])
    Sample.objects.update(name="My own")
    client.force_login(admin.user)

    client.post(reverse("imports:names", args=[done.pk]), {"encoding": "cp949"})

    assert sample_names(dataset) == ["My own"]


@pytest.mark.parametrize(("role", "status"), [(Role.ADMIN, 400), (Role.ANNOTATOR, 403)])
def test_only_who_may_import_chooses_an_encoding_of_the_list(client, dataset, role, status):
    member = make_member(role, workspace=dataset.workspace)
    done = import_all(dataset, [("a.zip", raw_zip([("한글.png".encode("cp949"), picture())]))])
    client.force_login(member.user)

    answer = client.post(reverse("imports:names", args=[done.pk]), {"encoding": "utf-7"})

    assert answer.status_code == status


def test_a_zip_that_says_its_encoding_asks_nothing(client, admin, dataset):
    done = import_all(dataset, [("a.zip", raw_zip([("한글.png".encode(), picture())]))])
    client.force_login(admin.user)

    assert (
        "Are these names right?" not in client.get(reverse("imports:detail", args=[done.pk])).text
    )


def test_every_encoding_of_the_list_exists():
    assert {encodings.decode(b"a", encoding) for encoding in encodings.LABELS} == {"a"}


# The command: links, files that cannot be read ----------------------------------------------------


def report_of(folder, dataset, capsys):
    call_command("import_images", folder, dataset=dataset.name)
    return capsys.readouterr().out


def put(path, seed):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(picture(seed=seed))


def test_linked_folders_are_followed_once(dataset, tmp_path, capsys):
    put(tmp_path / "far" / "far.png", 1)
    folder = tmp_path / "photos"
    put(folder / "real" / "here.png", 2)
    (folder / "a_link").symlink_to(folder / "real")
    (folder / "loop").symlink_to(folder)
    (folder / "up").symlink_to(tmp_path)
    (folder / "z_far").symlink_to(tmp_path / "far")
    (folder / "z_far_again").symlink_to(tmp_path / "far")
    (folder / "file.png").symlink_to(tmp_path / "far" / "far.png")
    (folder / "broken.png").symlink_to(tmp_path / "nowhere.png")
    (folder / "broken_folder").symlink_to(tmp_path / "nowhere")

    out = report_of(folder, dataset, capsys)

    assert sorted(ImportedFile.objects.filter(spool__gt="").values_list("path", flat=True)) == [
        "photos/file.png",
        "photos/real/here.png",
        "photos/z_far/far.png",
    ]
    for name in ("a_link", "loop", "z_far_again"):
        assert f"photos/{name}: It is a link to a folder that is imported already." in out
    assert "photos/up: It is a link to a folder above" in out
    assert "photos/broken.png: It is a link to a file that does not exist" in out
    assert "photos/broken_folder: It is a link to a file that does not exist" in out


def test_hidden_files_are_those_below_the_folder_that_was_named(dataset, tmp_path, capsys):
    folder = tmp_path / ".photos"
    put(folder / "a.png", 1)
    put(folder / ".thumbnails" / "a.png", 2)

    out = report_of(folder, dataset, capsys)

    assert "1 hidden or system files were passed over" in out
    assert sample_names(dataset) == ["a"]


def test_one_file_that_cannot_be_named_or_read_is_a_line_and_the_rest_goes_in(
    dataset, tmp_path, capsys, monkeypatch
):
    folder = tmp_path / "photos"
    put(folder / "good.png", 1)
    put(folder / "locked.png", 2)
    (folder / "bad\udcff.png").write_bytes(picture(seed=3))
    read = reading.spool.read

    def refuse_locked(image_import, file):
        if "locked" in file.path:
            raise PermissionError(13, "Permission denied")
        return read(image_import, file)

    monkeypatch.setattr(reading.spool, "read", refuse_locked)
    out = report_of(folder, dataset, capsys)

    assert sample_names(dataset) == ["good"]
    assert "photos/bad_.png: The name is not valid Unicode. Rename the file." in out
    assert "photos/locked.png: The server is not allowed to read this file." in out
    assert ImageImport.objects.get().state == ImageImport.State.DONE


def test_a_command_that_fails_before_it_reads_leaves_no_import_open(dataset, tmp_path, monkeypatch):
    put(tmp_path / "photos" / "a.png", 1)

    def fail(*args, **kwargs):
        raise CommandError("Something else.")

    monkeypatch.setattr("annotator.imports.management.commands.import_images.rows_of", fail)
    with pytest.raises(CommandError):
        call_command("import_images", tmp_path / "photos", dataset=dataset.name)

    assert ImageImport.objects.get().state == ImageImport.State.CANCELLED
