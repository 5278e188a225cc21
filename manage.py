#!/usr/bin/env python3
"""`manage.py up` runs everything, `manage.py test` tries everything; the rest is Django's."""

import os
import sys


def main():
    """Run one command, in .venv; what hinders it is said in one line."""
    if sys.version_info < (3, 11) or os.name != "posix":  # that is the point
        here = "%d.%d on %s" % (sys.version_info[0], sys.version_info[1], sys.platform)  # noqa: UP031
        sys.exit(
            "Annotator needs Python 3.11 or newer on Linux or macOS; this is Python " + here + "."
        )
    from annotator import bootstrap

    try:
        sys.exit(bootstrap.run(sys.argv[1:]))
    except bootstrap.CannotStart as problem:
        sys.exit(str(problem))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
