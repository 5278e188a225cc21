"""The wire shapes of the room, one file per noun: api serves them, mirror and push read and write them."""
