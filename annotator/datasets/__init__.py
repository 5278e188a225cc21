"""Prompts, datasets, variables, samples and their values; the gallery."""
