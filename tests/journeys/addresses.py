"""The address of every page there is, from the resolver: a new page is swept without being listed."""

from django.urls import reverse

from annotator.accounts.checks import all_patterns, view_class

NOT_A_PAGE = {
    "annotation:hold": "answers the page that asks",
    "annotation:complete": "answers the page that asks",
    "annotation:hand_over": "answers the page that asks",
    "review:preview": "a part of the reviewing page",
    "images:file": "a file",
    "images:crop": "a file",
    "imports:report_csv": "a file",
    "imports:answers_csv": "a file",
    "exports:download": "a file",
    "exports:file": "a file",
    "figures:agreement_csv": "a file",
    "figures:suggestions_csv": "a file",
    "figures:own_csv": "a file",
    "figures:person_csv": "a file",
    "figures:progress_csv": "a file",
    "exports:archive": "a file",
    "training:download": "a file",
    "training:compare-csv": "a file",
    "home:health": "for machines",
    "account_reset_password_from_key": "needs the link of an e-mail",
    "accounts:sign_in_again": "tells a page whether its session lives",
    "imports:files": "tells the import page what has arrived",
    "imports:answers_files": "tells the import page what has arrived",
}


def names_of_pages():
    """Every named address that is a person's: all but the API's and what NOT_A_PAGE explains."""
    return sorted(
        name
        for _, pattern, name in all_patterns()
        if view_class(pattern.callback) is None
        and (not name.startswith("api:") or name in DOCS)
        and name not in NOT_A_PAGE
    )


DOCS = {"api:docs", "api:decisions", "api:from-the-cloud"}


def address(name, given):
    """The address with the arguments by name, or by "namespace:name" where that is given.

    Fails for an argument that nobody has put into `world.arguments`.
    """
    space = name.rpartition(":")[0]
    [pattern] = [pattern for _, pattern, each in all_patterns() if each == name]
    wanted = pattern.pattern.converters if hasattr(pattern.pattern, "converters") else {}
    return reverse(
        name, kwargs={key: given.get(f"{space}:{key}", given.get(key)) for key in wanted}
    )
