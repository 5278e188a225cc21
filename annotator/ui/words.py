"""Numbers, spans of time and moments as people read them."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils import timezone

THIN_SPACE = "\N{NARROW NO-BREAK SPACE}"
SPACE = "\N{NO-BREAK SPACE}"
MINUTE, HOUR, DAY = 60, 3600, 86400


def number(value: float | Decimal | None, places: int | None = None) -> str:
    """1234567 → "1 234 567" with thin spaces; None → "–". ``places`` fixes the decimals."""
    if value is None or value == "":  # what a template gives for a name it does not find
        return "–"
    text = f"{value:,}" if places is None else f"{value:,.{places}f}"
    return text.replace(",", THIN_SPACE)


def percent(share: float | None, places: int = 0) -> str:
    """A share of 0.0–1.0 in percent. What isn't quite nothing or all never rounds to it."""
    if share is None or share == "":
        return "–"
    step = 10.0**-places
    shown = round(share * 100, places)
    if 0 < share < 1:
        shown = min(max(shown, step), 100 - step)
    return f"{shown:.{places}f}{SPACE}%"


def duration(seconds: float | None) -> str:
    """A span in its largest sensible unit: "8 s", "3 min", "2 h 10 min", "4 days"."""
    if seconds is None or seconds == "":
        return "–"
    if round(seconds) < MINUTE:
        return f"{max(0, round(seconds))}{SPACE}s"
    minutes = round(seconds / MINUTE)
    if minutes < 60:
        return f"{minutes}{SPACE}min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours}{SPACE}h" + (f" {minutes}{SPACE}min" if minutes else "")
    days = round(seconds / DAY)
    return f"{days}{SPACE}day{'' if days == 1 else 's'}"


def estimate(seconds: float | None) -> str:
    """What is left to wait, never more exact than it can be: "about 3 min"; "" when unknown."""
    if seconds is None or seconds == "":
        return ""
    if seconds < 10:
        return "a few seconds"
    if seconds < 55:
        return f"about {round(seconds / 10) * 10}{SPACE}s"
    return f"about {duration(max(seconds, MINUTE))}"


def ago(moment: datetime, now: datetime | None = None) -> str:
    """How long ago an aware moment was ("in …" when it is to come); a date beyond a week."""
    passed = ((now or timezone.now()) - moment).total_seconds()
    if abs(passed) < 45:
        return "just now" if passed >= 0 else "in a moment"
    if abs(passed) > 7 * DAY:
        local = timezone.localtime(moment)
        return f"{local.day} {local:%b %Y}"
    span = duration(max(MINUTE, abs(passed))) if abs(passed) < HOUR else _coarse(abs(passed))
    return f"{span} ago" if passed >= 0 else f"in {span}"


def _coarse(seconds: float) -> str:
    return duration(seconds // HOUR * HOUR if seconds < DAY else seconds // DAY * DAY)


def day(value: date | None, today: date | None = None) -> str:
    """A day as people say it: today, tomorrow, yesterday, a weekday within a week, else its date."""
    if value is None or value == "":
        return "–"
    today = today or timezone.now().date()
    near = {0: "today", 1: "tomorrow", -1: "yesterday"}
    away = (value - today) // timedelta(days=1)
    if away in near:
        return near[away]
    return f"{value:%A}" if 0 < away < 7 else f"{value.day} {value:%b %Y}"
