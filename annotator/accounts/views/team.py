"""The people of a workspace: roles, leaving, inviting; the workspace itself."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from annotator.accounts import actions, anonymity
from annotator.accounts.forms import InviteForm, RoleForm, WorkspaceForm, add_errors
from annotator.accounts.models import Invitation, Membership, Role
from annotator.accounts.permissions import Action, allow
from annotator.accounts.queries import team_rows
from annotator.accounts.requests import MemberRequest
from annotator.accounts.tabs import tabs_for
from annotator.accounts.views.session import enter
from annotator.errors import BadInput


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.MANAGE_PEOPLE)
def team(request: MemberRequest) -> HttpResponseBase:
    """Members and invitations. A POST invites, and is the only time that the link can be shown.

    It renders the page instead of redirecting: the link's secret is stored nowhere.
    """
    member = request.member
    form = InviteForm(request.POST or None)
    if request.method != "POST":
        return team_page(request, invite_form=form)
    if not form.is_valid():
        return team_page(request, status=422, invite_form=form)
    invitation, secret = actions.invite(
        member.workspace,
        role=Role(form.cleaned_data["role"]),
        email=form.cleaned_data["email"],
        by=member.user,
    )
    link = request.build_absolute_uri(reverse("accounts:join", args=[secret]))
    return team_page(request, status=201, invite_form=InviteForm(), invited=invitation, link=link)


def team_page(request: MemberRequest, *, status: int = 200, **extra: Any) -> HttpResponseBase:
    """The team page."""
    member = request.member
    context = {
        "tabs": tabs_for(request),
        "rows": team_rows(member),
        "roles": Role.choices,
        "invitations": Invitation.objects.visible_to(member).pending().select_related("created_by"),
        "rename_form": WorkspaceForm(initial={"name": member.workspace.name}),
        "invite_form": InviteForm(),
        **extra,
    }
    return render(request, "accounts/team.html", context, status=status)


def visible_member(request: MemberRequest, membership_id: int) -> Membership:
    """A member of the current workspace, else 404."""
    visible = Membership.objects.visible_to(request.member)
    return get_object_or_404(visible.select_related("user", "workspace"), pk=membership_id)


@require_POST
@allow(Action.MANAGE_PEOPLE)
def change_role(request: MemberRequest, membership_id: int) -> HttpResponseBase:
    """Give a member another role."""
    membership = visible_member(request, membership_id)
    form = RoleForm(request.POST)
    if not form.is_valid():
        raise BadInput("Choose one of the roles in the list.")
    role = Role(form.cleaned_data["role"])
    actions.change_role(membership, role=role, by=request.member.user)
    messages.success(request, f"{membership.user.display_name} is {role.label.lower()} now.")
    return redirect_to_team(request, membership)


@require_POST
@allow(Action.MANAGE_PEOPLE)
def remove(request: MemberRequest, membership_id: int) -> HttpResponseBase:
    """Take a person out of the workspace."""
    membership = visible_member(request, membership_id)
    actions.remove_member(membership, by=request.member.user)
    messages.success(request, f"{membership.user.display_name} is no longer in the workspace.")
    return redirect_to_team(request, membership)


@require_POST
@allow(Action.MANAGE_PEOPLE)
def set_active(request: MemberRequest, membership_id: int) -> HttpResponseBase:
    """Close a person's account (`active` empty) or open it again (`active` 1)."""
    membership = visible_member(request, membership_id)
    active = request.POST.get("active") == "1"
    actions.set_active(membership, active=active, by=request.member.user)
    done = "can sign in again" if active else "can no longer sign in"
    messages.success(request, f"{membership.user.display_name} {done}.")
    return redirect_to_team(request, membership)


@require_POST
@allow(Action.MANAGE_PEOPLE)
def delete_account(request: MemberRequest, membership_id: int) -> HttpResponseBase:
    """Make a person's account anonymous, for good; their work stays."""
    membership = visible_member(request, membership_id)
    name = membership.user.display_name
    anonymity.delete_account(membership.user, by=request.member.user)
    messages.success(
        request, f"The account of {name} is deleted. Their work stays, without the name."
    )
    return redirect("accounts:team")


def redirect_to_team(request: MemberRequest, changed: Membership) -> HttpResponseBase:
    """Back to the team page; who has just given up their own rights goes to the start page."""
    is_out = changed.user_id == request.user.pk and (
        changed.pk is None or changed.role != Role.ADMIN
    )
    return redirect("home:home" if is_out else "accounts:team")


@require_POST
@allow(Action.MANAGE_PEOPLE)
def revoke_invitation(request: MemberRequest, invitation_id: int) -> HttpResponseBase:
    """End a link that nobody has used."""
    visible = Invitation.objects.visible_to(request.member)
    invitation = get_object_or_404(visible.select_related("workspace"), pk=invitation_id)
    actions.revoke_invitation(invitation, by=request.member.user)
    messages.success(request, "The invitation no longer works.")
    return redirect("accounts:team")


@require_POST
@allow(Action.MANAGE_PEOPLE)
def rename_workspace(request: MemberRequest) -> HttpResponseBase:
    """Change the name of the current workspace."""
    member = request.member
    form = WorkspaceForm(request.POST)
    if not form.is_valid():
        return team_page(request, status=422, rename_form=form)
    actions.rename_workspace(member.workspace, name=form.cleaned_data["name"], by=member.user)
    messages.success(request, "The workspace has a new name.")
    return redirect("accounts:team")


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.MANAGE_PEOPLE)
def create_workspace(request: MemberRequest) -> HttpResponseBase:
    """A new workspace, for whoever is admin of the current one; they become its first admin."""
    form = WorkspaceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            workspace = actions.create_workspace(
                name=form.cleaned_data["name"], by=request.member.user
            )
        except BadInput as error:
            add_errors(form, error)
        else:
            messages.success(request, f"{workspace.name} is ready. You are its admin.")
            return enter(request, workspace)
    status = 422 if request.method == "POST" else 200
    return render(request, "accounts/create_workspace.html", {"form": form}, status=status)
