"""Training files: a dataset as JSONL with its images."""
