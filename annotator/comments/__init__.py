"""What people say to each other about a sample, and what of it waits for whom."""
