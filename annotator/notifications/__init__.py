"""What happened that somebody wants to know: in the app, and as a digest by mail."""
