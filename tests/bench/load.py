"""The clients of `tests.bench.api`, in a process of their own: a plan on stdin, times on stdout.

They speak HTTP over sockets that stay open and read no more of an answer than where it ends, so that the
clients do not use up the processor that the server needs.
"""

import json
import random
import socket
import sys
import threading
import time
import uuid

SAMPLES = "/vlm/v2/sample/"
BULK_ROWS = 1_000


class Client:
    """One open connection."""

    def __init__(self, plan):
        self.head = (
            f"Host: {plan['host']}:{plan['port']}\r\nAuthorization: Token {plan['token']}\r\n"
        )
        self.socket = socket.create_connection((plan["host"], plan["port"]), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def call(self, method, path, body=None, headers=""):
        """The status of one call, after its whole answer."""
        sent = b"" if body is None else json.dumps(body).encode()
        about = f"Content-Type: application/json\r\nContent-Length: {len(sent)}\r\n" if sent else ""
        start = f"{method} {path} HTTP/1.1\r\n{self.head}{about}{headers}\r\n"
        self.socket.sendall(start.encode() + sent)
        return self._status()

    def _status(self):
        received = b""
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += self._more()
        head = received[:end].decode("latin-1").lower()
        length = head.partition("content-length:")[2].split("\r\n")[0].strip()
        left = int(length or 0) - (len(received) - end - 4)
        while left > 0:
            left -= len(self._more())
        return int(head.split(" ", 2)[1])

    def _more(self):
        piece = self.socket.recv(262_144)
        if not piece:
            raise ConnectionError("the server closed the connection")
        return piece


def value(rng, facts):
    """A legal value of a variable, never the same twice in a row."""
    name = rng.choice(["grade", "note"])
    given = rng.randrange(21) / 2 if name == "grade" else uuid.UUID(int=rng.getrandbits(128)).hex
    return facts["variables"][name], given


def set_one(rng, facts):
    """The call that sets one value of any sample."""
    variable, given = value(rng, facts)
    path = f"{SAMPLES}{rng.choice(facts['samples'])}/add-variable-value/"
    return "POST", path, {"dataset_variable": variable, "value": {"value": given}}


def new_sample(rng, facts):
    """A sample as a loader makes it."""
    return {"name": f"new {rng.random()}", "input_meta_data": {"year": "1999"}, "meta_data": {}}


def new_samples(rng, facts):
    """Many samples with an image and two values each."""
    rows = [
        {
            **new_sample(rng, facts),
            "image_ids": [rng.choice(facts["images"])],
            "values": {"grade": rng.randrange(21) / 2, "condition": "Mint"},
        }
        for _ in range(BULK_ROWS)
    ]
    return "POST", f"{SAMPLES}bulk/", {"dataset": facts["dataset"], "samples": rows}


def set_many(rng, facts):
    """Many values of different samples."""
    rows = []
    for sample in rng.sample(facts["samples"], BULK_ROWS):
        variable, given = value(rng, facts)
        rows.append({"sample": sample, "dataset_variable": variable, "value": given})
    return "POST", "/vlm/v2/value/bulk/", {"values": rows}


def listed(query):
    """A call that reads a page of the dataset's samples."""
    return lambda rng, facts: (
        "GET",
        f"{SAMPLES}?dataset={facts['dataset']}&{query.format(**facts)}",
    )


WHOLE = "include=values,images,objects"
ZIPPED = "Accept-Encoding: gzip\r\n"
LINES = {
    "bare Django view": lambda rng, facts: ("GET", "/bench/bare/"),
    "list, 50 rows": listed(""),
    "list, 200 rows": listed("page_size=200"),
    "list, 200 rows, whole": listed(f"page_size=200&{WHOLE}"),
    "the same, gzip": lambda *args: (*listed(f"page_size=200&{WHOLE}")(*args), None, ZIPPED),
    "deep page by number": listed("page={deep_page}"),
    "deep page by cursor": listed("cursor={deep_cursor}"),
    "detail": lambda rng, facts: ("GET", f"{SAMPLES}{rng.choice(facts['samples'])}/"),
    "create": lambda rng, facts: (
        "POST",
        SAMPLES,
        {**new_sample(rng, facts), "dataset": facts["dataset"]},
    ),
    "add-variable-value": set_one,
    "bulk, 1,000 samples": new_samples,
    "bulk, 1,000 values": set_many,
}


def main():
    """Read the plan, call until its seconds are over, print milliseconds and the statuses seen."""
    plan = json.load(sys.stdin)
    times, statuses = [], set()

    def work(number):
        client, rng = Client(plan), random.Random(f"{plan['line']}{number}{time.time()}")
        make, facts = LINES[plan["line"]], plan["facts"]
        until = time.perf_counter() + plan["seconds"]
        while (started := time.perf_counter()) < until or not times:
            call = make(rng, facts)
            sent = time.perf_counter()
            statuses.add(client.call(*call))
            times.append((time.perf_counter() - sent) * 1000)
        return started

    began = time.perf_counter()
    threads = [threading.Thread(target=work, args=(n,)) for n in range(plan["clients"])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began
    print(json.dumps({"times": times, "statuses": sorted(statuses), "seconds": seconds}))  # noqa: T201


if __name__ == "__main__":
    main()
