"""`python -m annotator.launch.health web|beat`: exit code 0 when that service of a container is well."""

from __future__ import annotations

import http.client
import os
import sys
import time
from pathlib import Path

BEAT_SECONDS = 60  # beat writes its file every two seconds


def is_web_well(port: int) -> bool:
    """Whether the web server answers, under the first of the names that it answers to."""
    name = os.environ.get("ALLOWED_HOSTS", "").split(",")[0].strip() or "localhost"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)  # seconds
    try:
        connection.request("GET", "/health/", headers={"Host": name})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def is_beat_well(folder: Path) -> bool:
    """Whether beat wrote its file lately."""
    file = folder / "beat"
    return file.exists() and time.time() - file.stat().st_mtime < BEAT_SECONDS


def main(service: str) -> int:
    """0 when the service is well, 1 when not."""
    if service == "web":
        return 0 if is_web_well(int(os.environ["BIND"].rpartition(":")[2])) else 1
    return 0 if is_beat_well(Path(os.environ["DATA_DIR"])) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
