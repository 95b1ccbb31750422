"""What tests of a guild's rules share: channels as Discord has them, and looks at what became of a change."""

from __future__ import annotations

from dataclasses import replace

from klapper.moderation.decisions import Recorded
from klapper.moderation.rules import Mode, Place
from klapper.services.recalling import Places
from klapper.services.rule_desk import Ruled, RuleDesk
from tests.unit.services.world import CHANNEL, GUILD, World

CATEGORY, OTHER, THREAD, ROLE = 70, 8, 71, 90
OLGA = 2001
PLAIN = Place((CHANNEL, CATEGORY))
RESTRICTED = replace(PLAIN, is_age_restricted=True)
PLACES: Places = {CHANNEL: PLAIN, OTHER: Place((OTHER,)), THREAD: Place((THREAD, CHANNEL, CATEGORY))}
ADULT_PLACES: Places = {**PLACES, CHANNEL: RESTRICTED}


def rules(world: World) -> RuleDesk:
    return world.klapper.rule_desk


async def set_mode(world: World, mode: Mode | None, **target: int) -> Ruled:
    return await rules(world).set_mode(GUILD, OLGA, mode, places=PLACES, **target)


async def decision_of(world: World, job_id: str) -> Recorded:
    async with world.database.read() as tx:
        job = await world.klapper.jobs.get(tx, job_id)
        assert job is not None
        recorded = await world.klapper.decisions.get(tx, job.decision_id)
    assert recorded is not None
    return recorded


async def audit(world: World) -> list[tuple[str, str]]:
    """What managers did so far."""
    found = await world.rows("SELECT action, detail FROM audit WHERE actor <> 'klapper' ORDER BY entry_id")
    return [(action, detail) for action, detail in found]
