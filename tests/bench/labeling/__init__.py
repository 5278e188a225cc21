"""The labeling loop, measured: rows, people who work as the page does, a browser."""
