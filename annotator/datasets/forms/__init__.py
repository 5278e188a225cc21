"""Checks what a browser sent about datasets, variables, prompts and samples."""
