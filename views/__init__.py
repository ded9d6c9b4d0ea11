"""What people and programs get to see: Jinja pages named after controller and action, and JSON shapes."""
