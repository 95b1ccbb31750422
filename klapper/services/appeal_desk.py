"""Appeals as members begin them: from the button under a refusal, by a form, to a request that is submitted."""

from __future__ import annotations

from dataclasses import dataclass

from klapper.database.database import Database
from klapper.jobs.images import ImageStore
from klapper.moderation.refused import RefusedRequest
from klapper.services import refusals
from klapper.services.appeals import Appeals
from klapper.services.asking import Appeal, Ask
from klapper.services.drafts import Author
from klapper.services.quoting import Quoting


@dataclass(frozen=True, slots=True)
class Appealable:
    """A refusal that its member can appeal, and what the clip would cost."""

    refused: RefusedRequest
    price_credits: int


class AppealDesk:
    """Keeps: a refusal is found by its number and whom it met, in its guild or a direct message; by nobody else."""

    def __init__(self, *, database: Database, quoting: Quoting, images: ImageStore, appeals: Appeals) -> None:
        self._database = database
        self._quoting = quoting
        self._images = images
        self._appeals = appeals

    async def show(self, decision_id: int, author: Author) -> Appealable:
        """What can be appealed: asked before anybody writes a reason in vain.

        Raises RequestRefused (what `Appeals.find` does, `image_gone`, and what the models do not take any more).
        """
        async with self._database.read() as tx:
            kept = await self._appeals.find(tx, decision_id, guild_id=author.guild_id, user_id=author.user_id)
            for image in kept.request.images():
                if await self._images.get(tx, image) is None:
                    raise refusals.image_gone()
            who = {"guild_id": kept.guild_id, "user_id": kept.user_id}
            priced = await self._quoting.of(tx, kept.request, **who, place=author.place)
        return Appealable(kept, priced.price.credits)

    async def ask(self, appeal: Appeal, author: Author, interaction_id: int) -> Ask:
        """The refused request once more, to be submitted as an appeal. Raises as `show` does."""
        kept = (await self.show(appeal.decision_id, author)).refused
        return Ask(
            interaction_id=interaction_id,
            guild_id=kept.guild_id,
            channel_id=kept.channel_id,
            user_id=kept.user_id,
            request=kept.request,
            place=author.place,
            deliver_to=kept.deliver_to,
            spoiler=kept.spoiler,
            parent_job_id=kept.parent_job_id,
            appeal=appeal,
        )
