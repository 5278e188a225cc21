"""Local to remote: sends what is approved, remembers what was sent."""
