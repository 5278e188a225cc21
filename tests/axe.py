"""What axe finds on a page that keeps somebody out."""

from axe_playwright_python.sync_playwright import Axe

GRAVE = {"serious", "critical"}


def violations(page):
    """(rule, first elements) of what is serious or critical on the page as it stands."""
    rules = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        (rule["id"], [node["html"][:200] for node in rule["nodes"][:3]])
        for rule in rules
        if rule["impact"] in GRAVE
    ]


def in_both_themes(page, url):
    """(theme, rule, elements) at an address; each theme is drawn afresh, with no colour on its way."""
    rules = []
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        page.goto(url)
        rules += [(theme, *each) for each in violations(page)]
    return rules
