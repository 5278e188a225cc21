"""The child process that trains. Knows the job folder and nothing else: no settings, no database.

It reads:
    job.json        {"name", "version", "seed", "params", "max_tokens", "variables": [config, …], "prompts",
                    "templates": [{"text", "format"}, …], "bases"};
                    params: every parameter of the backend, checked; max_tokens: of an answer;
                    bases: the folder of the base models
    samples.jsonl   a sample a line: {"id", "name", "split": "train" | "test", "images": [path, …], "values",
                    "type": "single" | "multi_random" | "multi_ordered", "system", "user", "answer",
                    "template": number, "parts": [{"path", "text", "resize", "box"}, …]};
                    the child changes the split of a test sample that it can't use to "left_out";
                    parts: the images, then the objects cut out of theirs, whose box is
                    [xmin, ymin, xmax, ymax] in pixels of the upright image
It writes:
    events.jsonl    one event a line, flushed: {"phase"}, {"step", "steps", "message"},
                    {"metric", "step", "value"}, {"error"}, {"left_out": {"id", "name", "reason"}, "split"},
                    {"resumed": step}, after which no point of a later step counts any more;
                    a metric is called as a curve of the backend, or "curve of line"
    model/          the files of the archive
    checkpoints/    from where it goes on when it is started again in the same folder
    half_batch      where memory ran out: it is started once more, to take half the batch twice as often
    metrics.json    the evaluation (metrics.py)
    predictions.jsonl   one test sample a line (report.py)
A child that predicts finds the unpacked archive in model/, and in samples.jsonl {"id", "split": "predict",
    "images", "values": {}, "system", "user"}, the last two being the prompts as texts. It writes
    suggestions.jsonl     a line for each sample in their order, flushed: {"id"} with "values" by variable
                          name, or "raw", the answer that the result template reads back, or "problem";
                          "confidence" by variable name, 0 to 1, if it has one
SIGTERM asks it to stop: it ends with CANCELLED as soon as a step is done. SIGUSR1 asks it to stop training
and to evaluate and save what there is. Its standard input is a pipe that
the worker holds open: when that ends, so does the child (orphan.py). Its environment holds no secret
(training/environment.py). Exit codes: 0 done, CANCELLED, others: failed, the reason being the last event.
"""

CANCELLED = 75
