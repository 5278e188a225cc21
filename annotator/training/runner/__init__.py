"""The child process that trains. Knows the job folder and nothing else: no settings, no database.

It reads:
    job.json        {"name", "version", "seed", "params", "variables": [config, …], "prompts"};
                    params: every parameter of the backend, checked
    samples.jsonl   a sample a line: {"id", "name", "split": "train" | "test", "images": [path, …], "values"}
It writes:
    events.jsonl    one event a line, flushed: {"phase"}, {"step", "steps", "message"},
                    {"metric", "step", "value"}, {"error"};
                    a metric is called as a curve of the backend, or "curve of line"
    model/          the files of the archive, at its root a config.json
    metrics.json    the evaluation (metrics.py)
    predictions.jsonl   one test sample a line (report.py)
A child that predicts finds the unpacked archive in model/, and in samples.jsonl {"id", "split": "predict",
    "images", "values": {}, "system", "user"}, the last two being the prompts as texts. It writes
    suggestions.jsonl     a line for each sample in their order, flushed: {"id"} with "values" by variable
                          name, or "raw", the answer that the result template reads back, or "problem";
                          "confidence" by variable name, 0 to 1, if it has one
SIGTERM asks it to stop: it ends with CANCELLED as soon as a step is done. Its standard input is a pipe that
the worker holds open: when that ends, so does the child (orphan.py). Its environment holds no secret
(training/environment.py). Exit codes: 0 done, CANCELLED, others: failed, the reason being the last event.
"""

CANCELLED = 75
