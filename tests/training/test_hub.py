"""Base models from a hub: a stand-in on loopback, real HTTP, and a process that is killed half-way."""

import io
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from annotator.accounts.models import Role
from annotator.training import bases
from tests.factories import make_member
from tests.training.stand_in_hub import COMMIT, REPOSITORY, Hub, serving

CODE = Path(__file__).parents[2]


@pytest.fixture
def hub(settings, tmp_path, monkeypatch):
    settings.BASE_MODELS_DIR = tmp_path / "bases"
    settings.BASE_DOWNLOADS = True
    monkeypatch.setattr("annotator.training.hub.fetching.PIECE_BYTES", 40_000)
    monkeypatch.setattr("annotator.training.hub.fetching.FIRST_WAIT_SECONDS", 0.01)
    hub = Hub()
    with serving(hub) as address:
        settings.HUB_ADDRESS = address
        settings.PRIVATE_REMOTES = frozenset([address.removeprefix("http://")])
        yield hub


def bring(**options):
    out = io.StringIO()
    given = {"accept_licence": "apache-2.0"} | options
    call_command("download_base", REPOSITORY, stdout=out, **given)
    return out.getvalue()


def test_a_base_comes_whole_at_one_commit_without_code_and_pickles(hub, settings):
    hub.fails = 2

    said = bring()

    folder = settings.BASE_MODELS_DIR / "makers--small-vlm"
    assert {path.name for path in folder.iterdir()} == {
        "config.json",
        "model.safetensors",
        "source.json",
    }
    assert (folder / "model.safetensors").read_bytes() == hub.files["model.safetensors"]
    note = json.loads((folder / "source.json").read_text())
    assert (note["revision"], note["licence"]) == (COMMIT, "apache-2.0")
    base = bases.bases()[1]
    assert (base.repository, base.revision, base.licence) == (REPOSITORY, COMMIT, "apache-2.0")
    assert "Licence: apache-2.0" in said
    assert "100 %" in said


def test_a_killed_download_goes_on_and_asks_for_the_licence_once(hub, settings):
    hub.pause.clear()  # the second piece does not come
    environment = {
        **os.environ,
        "BASE_DOWNLOADS": "1",
        "HUB_ADDRESS": settings.HUB_ADDRESS,
        "PRIVATE_REMOTES": settings.HUB_ADDRESS.removeprefix("http://"),
        "BASE_MODELS_DIR": str(settings.BASE_MODELS_DIR),
    }
    program = (
        "import django; django.setup(); from django.core.management import call_command;"
        "from annotator.training.hub import fetching; fetching.PIECE_BYTES = 40_000;"
        f"call_command('download_base', {REPOSITORY!r}, accept_licence='apache-2.0')"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=CODE,
        env={**environment, "DJANGO_SETTINGS_MODULE": "annotator.settings"},
    )
    deadline = time.monotonic() + 120
    while ("model.safetensors", 40_000, 79_999) not in hub.pieces:
        assert child.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    child.kill()
    child.wait()
    hub.pause.set()
    assert len(bases.bases()) == 1  # what is not complete is no base
    hub.pieces.clear()

    bring(accept_licence=None)

    assert hub.pieces == [
        ("model.safetensors", 40_000, 79_999),
        ("model.safetensors", 80_000, 102_399),
    ]
    assert bases.bases()[1].repository == REPOSITORY


def test_what_arrives_damaged_is_deleted_and_never_a_base(hub):
    hub.damaged = True

    with pytest.raises(CommandError, match="arrived damaged"):
        bring()

    assert len(bases.bases()) == 1


def test_the_token_goes_to_the_hub_alone_and_a_private_host_is_refused(hub, settings, monkeypatch):
    monkeypatch.setattr("getpass.getpass", lambda prompt: "hf_secret")
    other = Hub()
    with serving(other) as elsewhere:
        hub.token, hub.weights_address = "hf_secret", elsewhere
        with pytest.raises(CommandError, match="private network"):
            bring(token=True)
        settings.PRIVATE_REMOTES |= {elsewhere.removeprefix("http://")}
        bring(token=True)

    assert set(other.tokens) == {""}
    assert (
        "hf_secret" not in (settings.BASE_MODELS_DIR / "makers--small-vlm/source.json").read_text()
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda hub: hub.files.pop("model.safetensors"), "no weights in safetensors"),
        (lambda hub: hub.files.update({"config.json": b'{"model_type": "bert"}'}), "type bert"),
        (lambda hub: setattr(hub, "token", "needed"), "accept its terms on the hub"),
        (lambda hub: setattr(hub, "licence", "own-terms"), "own-terms was not accepted"),
        (lambda hub: setattr(hub, "fails", 99), "it goes on from here"),
    ],
)
def test_what_cannot_be_had_is_said(hub, change, message):
    change(hub)

    with pytest.raises(CommandError, match=message):
        bring()


def test_downloads_are_off_by_default_and_need_room_and_a_name(hub, settings, monkeypatch):
    with pytest.raises(CommandError, match="owner/name"):
        call_command("download_base", "../etc")
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": 10}))
    with pytest.raises(CommandError, match="make room first"):
        bring()
    settings.BASE_DOWNLOADS = False
    with pytest.raises(CommandError, match="BASE_DOWNLOADS=1"):
        bring()


@pytest.mark.django_db
def test_the_page_lists_the_bases_with_licence_and_commit(hub, client, settings):
    bring()
    client.force_login(make_member(Role.ANNOTATOR).user)

    page = client.get(reverse("training:bases")).content.decode()
    settings.BASE_DOWNLOADS = False
    without = client.get(reverse("training:bases")).content.decode()

    assert "makers--small-vlm (idefics3)" in page
    assert "apache-2.0" in page
    assert "download_base OWNER/NAME" in page
    assert "made on the spot" in page
    assert "downloads from a hub are\n  off" in without
