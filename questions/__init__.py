"""The questions that ship, and the readers of question files: they parse and locate, they do not judge."""
