"""What a browser sees: cold pages by bytes, requests and time; how soon the next sample stands there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.bench.labeling.site import HOST, Site

ROUNDS = 7  # of each cold page, with an empty cache each time
SUBMITS = 30
VIEWPORT = {"width": 1366, "height": 768}
LOOK_MS = 700  # of a person who looks: saves are answered and the next sample is there

# Times in milliseconds since the navigation began: when the form, and when the picture, was first in a frame.
WATCH = """
window.seen = {shift: 0};
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) seen.shift += entry.value;
}).observe({type: "layout-shift", buffered: true});
const isThere = {
  form: () => document.querySelector("[data-field][data-current]"),
  picture: () => isShown(document.querySelector(".pane img")),
};
function isShown(image) { return image?.complete && image.naturalWidth; }
requestAnimationFrame(function look() {
  for (const [name, test] of Object.entries(isThere)) {
    if (!seen[name] && test()) seen[name] = performance.now();
  }
  if (!seen.form || !seen.picture) requestAnimationFrame(look);
});
"""
# Types into each field, as its own events; a choice is taken by its last option.
FILL = """() => {
  for (const field of document.querySelectorAll("[data-answer] [data-field]")) {
    const radios = [...field.querySelectorAll("[type=radio]")];
    const input = radios.at(-1) ?? field.querySelector(".input");
    if (radios.length) input.checked = true;
    else input.value = field.dataset.type === "float" ? "7.5" : `clean corners ${Math.random()}`;
    input.dispatchEvent(new Event("input", {bubbles: true}));
    input.dispatchEvent(new Event("change", {bubbles: true}));
  }
}"""
# Milliseconds from the press of Submit to the frame after the one that has the next sample and its picture.
SUBMIT = """() => new Promise((done) => {
  const before = document.getElementById("work").dataset.sample, began = performance.now();
  document.querySelector("[data-action=submit]").click();
  requestAnimationFrame(function look() {
    const work = document.getElementById("work"), image = work?.querySelector(".pane img");
    const isThere = work && work.dataset.sample !== before && image?.complete && image.naturalWidth;
    requestAnimationFrame(isThere ? () => done(performance.now() - began) : look);
  });
})"""


def measure_pages(site: Site, say: Callable[[str], None]) -> None:
    """Print the figures of the labeling page, the gallery, and the way from submit to the next sample."""
    dataset = site.facts["dataset"]
    gallery = f"/datasets/{dataset}/"
    with sync_playwright() as playwright:
        system = Path("/usr/bin/chromium")
        path = str(system) if system.exists() else None
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        say(
            f"{'cold page':12} {'requests':>8} {'kB':>7} {'pictures':>8} {'form ms':>8}"
            f" {'picture ms':>10} shift"
        )
        for name, url in (("labeling", f"/label/{dataset}/next/"), ("gallery", gallery)):
            rounds = [cold(browser, site, url) for _ in range(ROUNDS + 1)][1:]
            say(line(name, rounds))
        times = submits(browser, site, f"/label/{dataset}/next/")
        cuts = quantiles(times, n=100, method="inclusive")
        say(
            f"submit to next painted: p50 {cuts[49]:.0f} ms, p95 {cuts[94]:.0f} ms ({len(times)} times)"
        )
        browser.close()


def opened(browser: Browser, site: Site) -> Page:
    """A page with an empty cache, signed in."""
    context = browser.new_context(viewport=VIEWPORT)
    origin = f"http://{HOST}:{site.port}"
    session = site.cookies[0]["sessionid"]
    context.add_cookies([{"name": "sessionid", "value": session, "url": origin}])
    return context.new_page()


def cold(browser: Browser, site: Site, url: str) -> dict[str, Any]:
    """One page with an empty cache: requests, bytes on the wire, times."""
    page = opened(browser, site)
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    kinds: dict[str, str] = {}
    sizes: dict[str, int] = {}
    network.on("Network.responseReceived", lambda e: kinds.update({e["requestId"]: e["type"]}))
    network.on(
        "Network.loadingFinished", lambda e: sizes.update({e["requestId"]: e["encodedDataLength"]})
    )
    page.add_init_script(WATCH)
    page.goto(f"http://{HOST}:{site.port}{url}", wait_until="load")
    page.wait_for_timeout(LOOK_MS)
    seen = page.evaluate("seen")
    page.context.close()
    pictures = sum(size for key, size in sizes.items() if kinds.get(key) == "Image")
    return seen | {"requests": len(sizes), "bytes": sum(sizes.values()), "pictures": pictures}


def line(name: str, rounds: list[dict[str, Any]]) -> str:
    """The medians of a page."""

    def middle(key: str) -> float:
        return median(each.get(key, 0) for each in rounds)

    return (
        f"{name:12} {middle('requests'):8.0f} {middle('bytes') / 1000:7.0f} {middle('pictures') / 1000:8.0f}"
        f" {middle('form'):8.0f} {middle('picture'):10.0f} {max(each['shift'] for each in rounds):.3f}"
    )


def submits(browser: Browser, site: Site, url: str) -> list[float]:
    """Milliseconds from each submit until the next sample was painted."""
    page = opened(browser, site)
    page.goto(f"http://{HOST}:{site.port}{url}")
    page.wait_for_timeout(2 * LOOK_MS)
    times = []
    for _ in range(SUBMITS + 2):
        page.evaluate(FILL)
        page.wait_for_timeout(LOOK_MS)
        times.append(page.evaluate(SUBMIT))
        page.wait_for_timeout(LOOK_MS)
    page.context.close()
    return times[2:]  # the first ones compile
