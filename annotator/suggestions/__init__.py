"""What models and scripts propose for values. A suggestion is never an accepted value."""
