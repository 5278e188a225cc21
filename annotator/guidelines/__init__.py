"""What people who label a dataset are told: a text with pictures, its versions, and who has read which."""
