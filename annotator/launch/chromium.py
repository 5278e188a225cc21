"""Finds the browser that the tests drive, and installs it where it is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from annotator.bootstrap import CannotStart, apt_install, say

NAMES = ("chromium", "google-chrome-stable", "google-chrome", "chromium-browser")


def find_chromium() -> str | None:
    """The path of a Chromium that starts: what CHROMIUM names, or else one on PATH."""
    if named := os.environ.get("CHROMIUM"):
        if works(named):
            return named
        raise CannotStart(f"CHROMIUM names {named}, which does not start.")
    paths = (shutil.which(name) for name in NAMES)
    return next((path for path in paths if path and works(path)), None)


def works(path: str) -> bool:
    """Whether it is a browser; Ubuntu's chromium-browser may be a hint to install one."""
    try:
        run = subprocess.run([path, "--version"], capture_output=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return run.returncode == 0


def ensure_chromium() -> str:
    """The path of a Chromium, installed if there is none; the tests never go without."""
    if path := find_chromium():
        return path
    # A bare machine may have no font at all.
    if apt_install("chromium", "fonts-dejavu-core") and (path := find_chromium()):
        return path
    say("Fetching Chromium with Playwright.")
    playwright = [sys.executable, "-m", "playwright", "install", "chromium"]
    if subprocess.run(playwright, check=False, stdout=sys.stderr).returncode == 0:
        return playwrights_own()
    raise CannotStart(
        "The browser tests need Chromium: apt install chromium, or CHROMIUM=/path/to/chromium"
    )


def playwrights_own() -> str:
    """Where Playwright keeps the Chromium that it fetched."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return playwright.chromium.executable_path
