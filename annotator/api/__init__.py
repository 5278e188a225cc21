"""The REST API that scripts use: the same shape as the remote's."""
