"""Readers of files with answers: each format with its traps. No database."""
