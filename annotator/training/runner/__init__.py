"""The child process that trains. Knows the job folder and nothing else: no Django, no database.

It finds:
    job.json        {"name", "version", "seed", "params", "variables": [config, …], "prompts"}
    samples.jsonl   one sample a line: {"id", "split": "train" | "test", "images": [path, …], "values"}
It writes:
    events.jsonl    one event a line, flushed: {"phase"}, {"step", "steps", "message"},
                    {"metric", "step", "value"}, {"error"}
    model/          what the archive will hold, at its root a config.json
    metrics.json    the evaluation (metrics.py)
    predictions.jsonl   {"id", "variable", "expected", "predicted", "score"} a line
SIGTERM asks it to stop: it ends with CANCELLED as soon as a step is done. Its standard input is a pipe that
the worker holds open: when that ends, so does the child (orphan.py). Exit codes: 0 done, CANCELLED,
others: failed, the reason being the last event.
"""

CANCELLED = 75
