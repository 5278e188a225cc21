"""The look of a state: its shape and tone, so that the same word looks the same on every screen."""

from typing import NamedTuple


class Look(NamedTuple):
    icon: str
    tone: str  # ok, info, warn, bad, or nothing for neutral: a class of components.css
    moves: bool = False  # the icon turns while something is under way


UNKNOWN = Look("circle", "")
LOOKS = {
    # A sample's
    "unlabeled": Look("circle-dashed", ""),
    "draft": Look("pencil", ""),
    "submitted": Look("circle-dot", "info"),
    "collected": Look("users", "info"),
    "returned": Look("undo-2", "warn"),
    "approved": Look("circle-check", "ok"),
    "skipped": Look("skip-forward", ""),
    "first": Look("users", "info"),
    "closed": Look("ban", ""),
    # A delivery's
    "pending": Look("clock", "info"),
    "confirmed": Look("check-check", "ok"),
    "parked": Look("octagon-pause", "bad"),
    "conflict": Look("git-compare", "warn"),
    # A job's or a run's
    "waiting": Look("clock", ""),
    "queued": Look("clock", ""),
    "running": Look("loader", "info", moves=True),
    "receiving": Look("loader", "info", moves=True),
    "fetching": Look("loader", "info", moves=True),
    "opening": Look("loader", "info", moves=True),
    "mapping": Look("pencil", ""),
    "checking": Look("loader", "info", moves=True),
    "checked": Look("circle-dot", "info"),
    "importing": Look("loader", "info", moves=True),
    "incomplete": Look("triangle-alert", "warn"),
    "paused": Look("octagon-pause", "warn"),
    "cancelled": Look("ban", ""),
    "failed": Look("circle-x", "bad"),
    "lost": Look("triangle-alert", "bad"),
    "done": Look("circle-check", "ok"),
    "undoing": Look("loader", "warn", moves=True),
    "undone": Look("undo-2", ""),
    "succeeded": Look("circle-check", "ok"),
    "preparing": Look("loader", "info", moves=True),
    "training": Look("loader", "info", moves=True),
    "evaluating": Look("loader", "info", moves=True),
    "packaging": Look("loader", "info", moves=True),
    "requested": Look("loader", "info", moves=True),
    "accepted": Look("loader", "info", moves=True),
    "timed_out": Look("circle-x", "bad"),
    # Who is right in a disagreement
    "person": Look("user", "ok"),
    "model": Look("brain", "info"),
    "both": Look("git-compare", ""),
    "picture": Look("image", "warn"),
    # A picture's, or a file's on its way in
    "stored": Look("circle-check", "ok"),
    "already": Look("copy", ""),
    "refused": Look("circle-x", "bad"),
    "missing": Look("triangle-alert", "warn"),
    # A remote's or an account's
    "connected": Look("link", "ok"),
    "unreachable": Look("triangle-alert", "bad"),
    "unknown": Look("circle-dashed", ""),
    "active": Look("circle-check", "ok"),
    "invited": Look("clock", "info"),
    "revoked": Look("ban", ""),
    "expired": Look("clock", "warn"),
    "production": Look("star", "ok"),
}


def look(state: str) -> Look:
    """The look of a state; a state nobody gave a look gets a plain circle rather than an error."""
    return LOOKS.get(str(state).lower(), UNKNOWN)
