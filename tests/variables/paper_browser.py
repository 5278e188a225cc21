"""What a browser without JavaScript would post for a form that nobody touched."""

from html.parser import HTMLParser

from django.http import QueryDict


class PaperBrowser(HTMLParser):
    """Collects the pairs of a form, with the rewriting that the HTML standard asks for."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.pairs = []
        self.ids = []
        self.described = []
        self._area = None
        self._select = None

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.ids += [attrs["id"]] if "id" in attrs else []
        self.described += attrs.get("aria-describedby", "").split()
        if tag == "textarea":
            self._area = (attrs["name"], [])
        elif tag == "select":
            self._select = (attrs["name"], [])
        elif tag == "option":
            self._select[1].append((attrs["value"], "selected" in attrs))
        elif tag == "input":
            self._input(attrs)

    def _input(self, attrs):
        value = attrs.get("value", "")
        if attrs["type"] == "text":  # one-line inputs drop line ends
            value = value.replace("\n", "").replace("\r", "")
        if attrs["type"] in ("radio", "checkbox") and "checked" not in attrs:
            return
        self.pairs.append((attrs["name"], value))

    def handle_endtag(self, tag):
        if tag == "textarea":
            name, parts = self._area
            text = "".join(parts).replace("\r\n", "\n").replace("\r", "\n")
            text = text.removeprefix("\n")  # the first line end is part of the markup
            self.pairs.append((name, text.replace("\n", "\r\n")))
            self._area = None
        elif tag == "select":
            name, options = self._select
            chosen = [value for value, selected in options if selected]
            self.pairs.append((name, (chosen or [options[0][0]])[-1]))
            self._select = None

    def handle_data(self, data):
        if self._area:
            self._area[1].append(data)


def read_page(form):
    """The parsed page of a form."""
    browser = PaperBrowser()
    browser.feed(str(form))
    browser.close()
    return browser


def post(form):
    """The form's data as a view would get it."""
    data = QueryDict(mutable=True)
    for name, value in read_page(form).pairs:
        data.appendlist(name, value)
    return data
