"""Pages of the room, one file per screen."""
