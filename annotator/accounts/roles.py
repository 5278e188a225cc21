"""The permission matrix: which role, and which token scope, may do what. An unknown role may do nothing.

docs/reliability.md#permission-matrix shows it; tests are made from this very table.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from django.db import models

Rows = TypeVar("Rows", bound=models.QuerySet[Any])


class Role(models.TextChoices):
    """What a person is in one workspace. Each may do all that the one before may."""

    ANNOTATOR = "annotator", "Annotator"
    REVIEWER = "reviewer", "Reviewer"
    ADMIN = "admin", "Admin"


class Scope(models.TextChoices):
    """What a token may do at the most; its owner's role limits it further."""

    READ = "ro", "Read"
    LABEL = "label", "Read and label"
    MANAGE = "manage", "Everything its owner may"


EVERYONE = frozenset(Role)
REVIEWERS = frozenset({Role.REVIEWER, Role.ADMIN})
ADMINS = frozenset({Role.ADMIN})
SCOPES = {Scope.READ: 0, Scope.LABEL: 1, Scope.MANAGE: 2}


@dataclass(frozen=True)
class Rule:
    """Who may: the roles, and the least scope of a token (None: never by token)."""

    roles: frozenset[Role]
    scope: Scope | None


class Member(Protocol):
    """A person in a workspace: accounts.models.Membership."""

    @property
    def role(self) -> str: ...

    @property
    def token_scope(self) -> str | None: ...


class Action(enum.StrEnum):
    """Everything that can be done; each has one line in MATRIX."""

    READ = (
        "read datasets, variables, prompts, samples, images, guidelines, tasks, one's own figures"
    )
    LABEL = "take the next sample, save one's own answer, comment"
    READ_OTHERS_ANSWERS = (
        "read another annotator's answer, and figures about people and suggestions"
    )
    READ_GOLD = "read the known answers of gold samples, and people's scores"
    MANAGE_GOLD = "mark gold samples, let paused people go on"
    BREAK_LEASE = "ask who has a sample open to leave it"
    REVIEW = "approve, edit, return, resolve a conflict, judge a disagreement"
    REOPEN = "re-open an approved sample"
    MANAGE_SAMPLES = "create samples, upload images, set test, type and metadata"
    ASSIGN = "assign samples to people, hand them over, take them back"
    SET_VALUES = "set a sample's value past the review, send suggestions"
    EXPORT = "export a dataset, make snapshots"
    MANAGE_SCHEMA = "create and change datasets, variables, prompts, guidelines, tasks"
    DELETE = "delete samples, prompts, datasets, tasks, snapshots"
    SEE_SYNC = "see the state of mirroring, pushing, training"
    MANAGE_REMOTES = "connect and edit a remote, or a model's endpoint"
    SYNC = "start and stop mirroring and pushing, retry"
    TRAIN = "start and cancel training and prediction, choose the production version"
    MANAGE_PEOPLE = "invite, change roles, deactivate"
    OWN_PROFILE = "change one's own profile, read one's notifications, switch workspace"
    OWN_TOKENS = "create and revoke one's own API tokens"
    READ_AUDIT = "read the audit trail"
    SEE_SYSTEM = "see the state of the server"


MATRIX: dict[Action, Rule] = {
    Action.READ: Rule(EVERYONE, Scope.READ),
    Action.LABEL: Rule(EVERYONE, Scope.LABEL),
    Action.READ_OTHERS_ANSWERS: Rule(REVIEWERS, Scope.READ),
    Action.READ_GOLD: Rule(REVIEWERS, Scope.READ),
    Action.MANAGE_GOLD: Rule(ADMINS, Scope.MANAGE),
    Action.BREAK_LEASE: Rule(REVIEWERS, Scope.MANAGE),
    Action.REVIEW: Rule(REVIEWERS, Scope.LABEL),
    Action.REOPEN: Rule(REVIEWERS, Scope.MANAGE),
    Action.MANAGE_SAMPLES: Rule(REVIEWERS, Scope.MANAGE),
    Action.ASSIGN: Rule(REVIEWERS, Scope.MANAGE),
    Action.SET_VALUES: Rule(REVIEWERS, Scope.LABEL),
    Action.EXPORT: Rule(REVIEWERS, Scope.READ),
    Action.MANAGE_SCHEMA: Rule(ADMINS, Scope.MANAGE),
    Action.DELETE: Rule(ADMINS, Scope.MANAGE),
    Action.SEE_SYNC: Rule(REVIEWERS, Scope.READ),
    Action.MANAGE_REMOTES: Rule(ADMINS, None),
    Action.SYNC: Rule(ADMINS, Scope.MANAGE),
    Action.TRAIN: Rule(ADMINS, Scope.MANAGE),
    Action.MANAGE_PEOPLE: Rule(ADMINS, None),
    Action.OWN_PROFILE: Rule(EVERYONE, None),
    Action.OWN_TOKENS: Rule(EVERYONE, None),
    Action.READ_AUDIT: Rule(REVIEWERS, Scope.READ),
    Action.SEE_SYSTEM: Rule(ADMINS, None),
}


def may(member: Member | None, action: Action) -> bool:
    """Whether this member, through this token if it came with one, may do the action."""
    if member is None:
        return False
    rule = MATRIX[action]
    if member.role not in rule.roles:
        return False
    if member.token_scope is None:
        return True
    return rule.scope is not None and SCOPES[Scope(member.token_scope)] >= SCOPES[rule.scope]


def visible(rows: Rows, member: Member, action: Action = Action.READ) -> Rows:
    """The rows for a member who may do the action, none of them for anybody else.

    What every `visible_to` ends with: a role that the matrix does not know sees nothing.
    """
    return rows if may(member, action) else rows.none()
