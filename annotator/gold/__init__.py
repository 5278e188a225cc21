"""The gold samples of a dataset, and how people answer them. No tables of its own."""
