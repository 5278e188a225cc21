"""Figures about people's work: how far their answers agree."""
