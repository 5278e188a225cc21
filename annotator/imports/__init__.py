"""Own pictures: a folder or a zip becomes the samples of a dataset."""
