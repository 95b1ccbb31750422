"""The same worlds as the services have: a store is proven by what they do with it."""

from __future__ import annotations

from tests.unit.services.conftest import open_world, world

__all__ = ["open_world", "world"]
