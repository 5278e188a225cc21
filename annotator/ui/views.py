"""The one thing people may set about the look: dark, light, or as their system does."""

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

THEMES = ("auto", "light", "dark")
ONE_YEAR_SECONDS = 365 * 24 * 3600


@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Keep the theme in a cookie, so that the server renders the next page in it, and go back."""
    theme = request.POST.get("theme", "")
    if theme not in THEMES:
        return HttpResponseBadRequest("Unknown theme.")
    response = HttpResponseRedirect(_page_before(request))
    response.set_cookie(
        "theme",
        theme,
        max_age=ONE_YEAR_SECONDS,
        samesite="Lax",
        secure=request.is_secure(),
        httponly=True,
    )
    return response


vars(set_theme)["action"] = None  # for anybody: what accounts.public writes


def _page_before(request: HttpRequest) -> str:
    """The page the form was on, if it is one of ours."""
    before = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(before, allowed_hosts=None)
    return before if ours and before.startswith("/") else "/"
