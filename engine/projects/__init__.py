"""Key projects: many cases towards one date. See README.md."""

__all__: list[str] = []
