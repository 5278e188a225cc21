"""A browser without JavaScript, of the standard library alone: fills the forms of pages and sends them."""

import json
import re
import urllib.error
import urllib.parse
import urllib.request
from html.parser import HTMLParser
from http.cookiejar import CookieJar

TIMEOUT_SECONDS = 60


class Forms(HTMLParser):
    """The forms of a page by action: [(name, value)] of what a browser would send unless changed."""

    def __init__(self, page):
        super().__init__()
        self.forms = {}
        self.action = None
        self.select = self.text = None
        self.options = []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        """Collect the fields with their first values."""
        at = dict(attributes)
        if tag == "form":
            self.action = at.get("action", "")
            self.forms.setdefault(self.action, [])
        if self.action is None:
            return
        fields, name = self.forms[self.action], at.get("name")
        if tag == "input" and name:
            is_choice = at.get("type") in {"radio", "checkbox"}
            if not is_choice or "checked" in at:
                fields.append((name, at.get("value", "on" if is_choice else "")))
        elif tag == "select" and name:
            self.select, self.options = name, []
        elif tag == "option" and self.select:
            self.options.append((at.get("value", ""), "selected" in at))
        elif tag == "textarea" and name:
            self.text = [name, ""]

    def handle_data(self, data):
        """The text of a textarea."""
        if self.text:
            self.text[1] += data

    def handle_endtag(self, tag):
        """Close what was open."""
        if tag == "textarea" and self.text:
            name, text = self.text
            self.forms[self.action].append((name, text.removeprefix("\n")))
            self.text = None
        elif tag == "select" and self.select:
            chosen = [value for value, is_selected in self.options if is_selected]
            first = [value for value, _ in self.options][:1]
            self.forms[self.action] += [(self.select, value) for value in chosen or first]
            self.select = None
        elif tag == "form":
            self.action = None


class Browser:
    """Pages of one server with one person's cookies; `page` is the last page and `path` its address."""

    def __init__(self, url):
        self.url = url
        self.page = self.path = ""
        cookies = urllib.request.HTTPCookieProcessor(CookieJar())
        self._opener = urllib.request.build_opener(cookies)

    def open(self, path, fields=None):
        """GET a page, or POST fields to it; AssertionError with its text unless the status is good."""
        address = urllib.parse.urljoin(self.url + self.path, path)
        data = urllib.parse.urlencode(fields).encode() if fields is not None else None
        request = urllib.request.Request(address, data, {"Referer": self.url + self.path})
        try:
            with self._opener.open(request, timeout=TIMEOUT_SECONDS) as response:
                self.page = response.read().decode()
                self.path = response.url.removeprefix(self.url)
        except urllib.error.HTTPError as error:
            text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", error.read().decode()))
            raise AssertionError(f"{address}: {error.code} {text[:1500]}") from error
        return self.page

    def submit(self, action, **changes):
        """Send the form of the last page whose action matches this pattern; gives the next page."""
        forms = Forms(self.page).forms
        matching = next((known for known in forms if re.fullmatch(action, known)), None)
        assert matching is not None, f"no form {action} in {self.path}, but {list(forms)}"
        kept = [(name, value) for name, value in forms[matching] if name not in changes]
        return self.open(matching or self.path, kept + list(changes.items()))

    def address(self, pattern):
        """The first address in the last page that matches."""
        match = re.search(rf'(?:href|action)="({pattern})"', self.page)
        assert match, f"no {pattern} in {self.path}"
        return match[1]


class Api:
    """The REST API of one server with a token."""

    def __init__(self, url, token):
        self.url = url
        self.token = token

    def call(self, path, body=None):
        """GET, or POST a body as JSON; gives the response's JSON."""
        headers = {"Authorization": f"Token {self.token}", "Content-Type": "application/json"}
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(f"{self.url}{path}", data, headers)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{path}: {error.code} {error.read().decode()[:1500]}") from error
