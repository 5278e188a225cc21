"""The parts of a run: each function does one step and writes its checkpoint."""
