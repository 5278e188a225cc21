"""Icons, numbers, charts and headers of every page; knows nothing of the product."""
