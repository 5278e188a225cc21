"""Addresses of the room."""

from django.urls import path

from annotator.accounts.views import audit, joining, profile, session, team, tokens

app_name = "accounts"
urlpatterns = [
    path("account/sign-in-again/", session.sign_in_again, name="sign_in_again"),
    path("account/", profile.profile, name="profile"),
    path("account/delete/", profile.delete, name="delete_own_account"),
    path("join/<str:secret>/", joining.join, name="join"),
    path("workspace/", session.switch_workspace, name="switch_workspace"),
    path("workspace/new/", team.create_workspace, name="create_workspace"),
    path("workspace/name/", team.rename_workspace, name="rename_workspace"),
    path("team/", team.team, name="team"),
    path("team/<int:membership_id>/role/", team.change_role, name="change_role"),
    path("team/<int:membership_id>/active/", team.set_active, name="set_active"),
    path("team/<int:membership_id>/remove/", team.remove, name="remove_member"),
    path("team/<int:membership_id>/delete/", team.delete_account, name="delete_account"),
    path(
        "team/invitations/<int:invitation_id>/revoke/",
        team.revoke_invitation,
        name="revoke_invitation",
    ),
    path("tokens/", tokens.tokens, name="tokens"),
    path("tokens/<int:token_id>/revoke/", tokens.revoke, name="revoke_token"),
    path("audit/", audit.audit, name="audit"),
]
