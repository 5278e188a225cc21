"""The queue of answers that await a verdict: approve, edit, return."""
