"""Alembic's scripts: how a database of an older release becomes one of this release. Never edited once released."""
