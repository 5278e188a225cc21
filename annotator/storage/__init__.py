"""Files that every process reads, by name: in the data folder, or in a bucket of object storage."""
