"""The remotes of a workspace: their address, their token (encrypted), their state."""
