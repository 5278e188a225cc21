"""Who is in the demo, and how they sign in."""

from django.core.management import call_command

from annotator.accounts.models import Membership, Role
from tests.demo.conftest import TOKEN


def test_everybody_can_sign_in_with_the_preset_password_however_plain(client, demo):
    for username in ("admin", "reviewer", "anna", "ben"):
        assert client.login(username=username, password="simple")


def test_the_admin_is_in_both_workspaces_the_others_in_studio(demo):
    roles = {
        (member.user.username, member.workspace.name): member.role
        for member in Membership.objects.select_related("user", "workspace")
    }

    assert roles == {
        ("admin", "Studio"): Role.ADMIN,
        ("admin", "Platform"): Role.ADMIN,
        ("reviewer", "Studio"): Role.REVIEWER,
        ("anna", "Studio"): Role.ANNOTATOR,
        ("ben", "Studio"): Role.ANNOTATOR,
    }


def test_the_preset_token_opens_studio(client, demo):
    answer = client.get("/vlm/v2/dataset/", HTTP_AUTHORIZATION=f"Token {TOKEN}")

    assert [row["name"] for row in answer.json()["results"]] == ["Shelf labels"]


def test_the_secrets_are_said_only_where_nobody_preset_them(small, db, capsys, monkeypatch):
    monkeypatch.setenv("ANNOTATOR_DEMO_PASSWORD", "preset-password")
    monkeypatch.delenv("ANNOTATOR_DEMO_TOKEN", raising=False)
    call_command("make_demo")

    said = capsys.readouterr().out

    assert "preset-password" not in said
    assert "API token of the admin: " in said
