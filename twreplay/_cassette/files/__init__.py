"""Cassettes as text and as files: formats, damage, atomic writing."""
