"""Users, workspaces, roles, API tokens: who may do what."""
