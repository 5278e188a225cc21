"""The processes that Annotator consists of: found, started, watched and ended. Knows no room."""
