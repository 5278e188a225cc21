"""Demo data, drawn on the spot: something to look at in the first minute."""
