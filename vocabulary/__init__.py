"""The words that cross rooms: frozen values, no I/O, no logic beyond their own.

Every other package imports this one; this one imports none of them (`pyproject.toml`, import-linter).
"""
