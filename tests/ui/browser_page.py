"""A tiny page with our modules and style sheets, served to the browser without a server or a database."""

import json
import mimetypes
from pathlib import Path

from django.conf import settings
from django.template.loader import render_to_string

ADDRESS = "http://ui.test"
STATIC = Path(__file__).parents[2] / "static"
# 200 × 100 px, so that the sides can be told apart.
PICTURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="100">'
    '<rect width="200" height="100" fill="red"/></svg>'
)


def open_page(page, body, *, modules):
    """Show `body` with the modules named, under the policy that every real page has."""
    head = "".join(f'<script type="module" src="/static/js/{name}"></script>' for name in modules)
    head += "".join(
        f'<link rel="stylesheet" href="/static/css/{path.name}">'
        for path in sorted(STATIC.glob("css/*.css"), key=lambda path: path.name != "tokens.css")
    )
    html = f'<!doctype html><html lang="en"><head><title>Test</title>{head}</head><body>{body}</body></html>'
    policy = "; ".join(
        f"{name} {value}" for name, value in settings.CONTENT_SECURITY_POLICY.items()
    )

    def answer(route):
        path = route.request.url.removeprefix(ADDRESS)
        if path.startswith("/static/"):
            file = STATIC / path.removeprefix("/static/")
            route.fulfill(body=file.read_bytes(), content_type=mimetypes.guess_type(file.name)[0])
        elif path.startswith("/picture"):
            route.fulfill(body=PICTURE, content_type="image/svg+xml")
        elif path == "/":
            headers = {"Content-Security-Policy": policy}
            route.fulfill(body=html, content_type="text/html; charset=utf-8", headers=headers)
        else:
            route.fulfill(status=404)

    page.route(f"{ADDRESS}/**", answer)
    page.goto(f"{ADDRESS}/")
    page.wait_for_load_state("load")


def remember_clicks(page):
    """Collect the text or name of whatever is clicked in `window.clicked`."""
    page.evaluate(
        """() => { window.clicked = [];
        document.addEventListener("click", (event) => {
          event.preventDefault();
          clicked.push(event.target.name || event.target.id);
        }); }"""
    )


def clicked(page):
    return json.loads(page.evaluate("JSON.stringify(window.clicked)"))


def flash_region():
    """The place for messages, as base.html draws it."""
    return render_to_string("parts/_flash.html", {"messages": []})
