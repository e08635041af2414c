"""Lianshen's engine: law, drawings, process, cases, supervision. The rooms and their arrows: docs/floors.md."""
