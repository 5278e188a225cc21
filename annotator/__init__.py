"""Annotate image datasets for vision-language models, and train them."""

import sys

__version__ = "0.1.0"

try:
    # SQLite before 3.51.3 can corrupt a database in WAL mode (https://sqlite.org/wal.html#walresetbug);
    # the wheel carries a fixed one. It must be in place before Django imports the old.
    import pysqlite3
except ImportError:
    pass
else:
    sys.modules["sqlite3"] = pysqlite3
    sys.modules["sqlite3.dbapi2"] = pysqlite3.dbapi2
