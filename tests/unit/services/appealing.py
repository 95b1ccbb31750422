"""Refusals, and the forms with which they are appealed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from klapper.errors import RequestRefused
from klapper.moderation.rule_store import FilterTerm
from klapper.services.asking import Appeal, Ask, Submitted
from klapper.services.drafts import Author
from klapper.services.open_cases import Moderator
from tests.unit.services.world import ANN, CHANNEL, GUILD, World

MAX = Moderator(GUILD, 77)
ANN_IN_CHANNEL = Author(GUILD, CHANNEL, ANN)
WORDS = "It is a peg of wood."


async def block_term(world: World, term: str = "peg", action: str = "block") -> None:
    async with world.database.write() as tx:
        added = FilterTerm(term, action, "", inflected=False, note="", added_by="member:1", at_ms=0, wrongs=0)
        await world.klapper.guild_rules.add_term(tx, GUILD, added)


async def refusal(world: World, prompt: str = "a peg", **more: Any) -> int:
    """Ann asks for what is refused; the number under which she can appeal."""
    refused = await world.refused(world.asking(prompt, **more))
    assert refused.appeal is not None
    return refused.appeal


async def appeal(world: World, decision_id: int, author: Author = ANN_IN_CHANNEL, **more: Any) -> Ask:
    """The request as the form of an appeal brings it; the price is what it said."""
    shown = await world.klapper.appeal_desk.show(decision_id, author)
    brought = Appeal(decision_id, WORDS, shown.price_credits)
    interaction_id = world.asking().interaction_id
    return replace(await world.klapper.appeal_desk.ask(brought, author, interaction_id), **more)


async def shown_as(world: World, decision_id: int, author: Author = ANN_IN_CHANNEL) -> str:
    """Why this cannot be appealed."""
    with pytest.raises(RequestRefused) as refused:
        await world.klapper.appeal_desk.show(decision_id, author)
    return refused.value.code


async def audited(world: World) -> list[tuple[Any, ...]]:
    return await world.rows("SELECT action, rule, detail, words FROM audit ORDER BY entry_id")


async def wrongs(world: World) -> int:
    return int((await world.rows("SELECT wrongs FROM filter_terms"))[0][0])


async def appealed(world: World, **more: Any) -> Submitted:
    return await world.submitted(await appeal(world, await refusal(world, **more)))


async def case_of(world: World, job_id: str) -> int:
    return int((await world.rows("SELECT case_id FROM cases WHERE job_id = :job", job=job_id))[-1][0])
