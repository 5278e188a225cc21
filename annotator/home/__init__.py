"""The start page: what waits for me, what runs, how far each dataset is."""
