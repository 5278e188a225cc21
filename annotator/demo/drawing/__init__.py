"""Pictures drawn on the spot with Pillow: the same key gives the same bytes. No database."""
