"""The platform's REST API on another server, as plain calls. No database, no settings: all is passed in."""
