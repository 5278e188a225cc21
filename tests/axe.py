"""What axe finds on a page that keeps somebody out."""

from axe_playwright_python.base import AXE_SCRIPT

# A sheet made by script: the pages' policy refuses a style element.
WITHOUT_TRANSITIONS = """() => {
    const sheet = new CSSStyleSheet()
    sheet.replaceSync("*, ::before, ::after { transition: none !important }")
    document.adoptedStyleSheets = [sheet]
}"""
GRAVE = {"serious", "critical"}


def violations(page):
    """(rule, first elements) of what is serious or critical on the page as it stands."""
    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate(AXE_SCRIPT)
    rules = page.evaluate('axe.run({resultTypes: ["violations"]})')["violations"]
    return [
        (rule["id"], [node["html"][:200] for node in rule["nodes"][:3]])
        for rule in rules
        if rule["impact"] in GRAVE
    ]


def in_both_themes(page):
    """(theme, rule, elements) of the page as it stands, in one theme after the other."""
    page.evaluate(WITHOUT_TRANSITIONS)  # or a colour is on its way when it is measured
    rules = []
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        rules += [(theme, *each) for each in violations(page)]
    return rules


def of_pages(page, urls):
    """What in_both_themes finds, by address, where it finds anything."""
    found = {}
    for url in urls:
        page.goto(url)
        if rules := in_both_themes(page):
            found[url] = rules
    return found
