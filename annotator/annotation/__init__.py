"""The labeling page of one sample: draft, submit, next."""
