"""A student before a real browser."""
