"""What became of each field of a sample: who changed it, when, from where, and back to an earlier value."""
