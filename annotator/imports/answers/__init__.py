"""Rows of a file become values of samples: mapped, checked, imported, undone."""
