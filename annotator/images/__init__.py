"""Image files, thumbnails, detection labels and objects."""
