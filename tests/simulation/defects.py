"""Planted defects: what a Klapper would do that broke one of its promises."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from klapper.assembly import Assembly
from tests.simulation.life import SimulatedAssembly

KLAPPER = "none"

DEFECTS: Mapping[str, type[SimulatedAssembly]] = {}


def assembled(defect: str) -> Callable[..., Assembly]:
    """How a Klapper with this defect is put together."""
    return SimulatedAssembly if defect == KLAPPER else DEFECTS[defect]
