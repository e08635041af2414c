"""What people look at: worklists, and why a case waits and for whom. Reads only. See README.md."""

__all__: list[str] = []
