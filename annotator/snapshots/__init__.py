"""Named states of a dataset that never change; exports and trainings make them."""
