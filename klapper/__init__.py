"""Klapper: video jobs for Discord communities, paid for once. The rooms are described in docs/architecture.md."""
