"""How static files are kept in production."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage

# The one form in which our modules import; tests/ui/test_sheets.py holds them to it.
IMPORT = r"""(?m)(?P<matched>^(?P<names>import [^;"]*?) from "(?P<url>\./[^"]+)";)"""


class ModuleStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """Hashed names also for what a JavaScript module imports, so that browsers may keep it for ever.

    Django's own `support_js_module_import_aggregation` rewrites the files of packages too, and stops at
    an example in a comment of one of them that imports a file which is not there.
    """

    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        ("js/*.js", ((IMPORT, '%(names)s from "%(url)s";'),)),
    )
