"""Remote to local: keeps our copy of every remote row up to date."""
