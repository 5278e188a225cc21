"""No second way out: a guard is worth nothing beside a door without one."""

import ast
from pathlib import Path

PACKAGE = Path(__file__).parent.parent.parent / "annotator"
GUARDED = {PACKAGE / "remote" / "fetch.py", PACKAGE / "remote" / "wire.py"}
# Making the environment and watching our own processes: before the application, or beside it.
BESIDE = {PACKAGE / "bootstrap.py", *(PACKAGE / "launch").rglob("*.py")}
CLIENTS = {"httpx2", "httpcore2", "httpx", "requests", "urllib3", "aiohttp", "http.client"}
CLIENTS |= {"urllib.request", "ftplib", "smtplib", "telnetlib", "xmlrpc.client"}


def imported_modules(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_only_the_guarded_modules_can_call_another_server():
    others = set(PACKAGE.rglob("*.py")) - GUARDED - BESIDE

    offenders = {
        (str(path.relative_to(PACKAGE)), module)
        for path in others
        for module in imported_modules(path)
        if module in CLIENTS
    }

    assert not offenders
