"""Models predict values for many samples: versions of our tasks, and models behind endpoints."""
