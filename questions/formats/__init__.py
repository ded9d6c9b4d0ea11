"""Readers of question files, one module for each format."""
