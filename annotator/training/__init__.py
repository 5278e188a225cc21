"""Tasks and model versions: starts training, follows it."""
