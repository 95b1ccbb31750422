"""What a request becomes and what it costs, for this member, now. Every price that anybody sees comes through here."""

from __future__ import annotations

from dataclasses import dataclass, replace

from klapper.choices.choices import MemberChoices
from klapper.choices.store import ChoiceStore
from klapper.database.database import Reader
from klapper.jobs.images import ImageStore
from klapper.jobs.job import Price
from klapper.kling.editing import set_option
from klapper.kling.model import Catalogue
from klapper.kling.pricing import Quote, Tariff, quote
from klapper.kling.proposals import Wishes, proposals
from klapper.kling.request import VideoRequest
from klapper.kling.resolution import ResolvedRequest, resolve
from klapper.ledger.ledger import Ledger
from klapper.services import refusals
from klapper.services.rules import Rules


@dataclass(frozen=True, slots=True)
class Priced:
    """A request that its model takes, and what it costs."""

    resolved: ResolvedRequest
    quote: Quote

    @property
    def price(self) -> Price:
        """What the job will carry."""
        quoted = self.quote
        return Price(quoted.price_credits, quoted.budget_units, quoted.provider_cost_micro_usd, quoted.price_version)


class Quoting:
    """Keeps: equal requests of one member cost the same on a quote, in a refusal and in the books."""

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        tariff: Tariff,
        rules: Rules,
        ledger: Ledger,
        choices: ChoiceStore,
        images: ImageStore,
    ) -> None:
        self._catalogue = catalogue
        self._tariff = tariff
        self._rules = rules
        self._ledger = ledger
        self._choices = choices
        self._images = images

    async def of(self, tx: Reader, request: VideoRequest, *, guild_id: int, user_id: int) -> Priced:
        """Fill in what the member left open and price it. Raises RequestRefused for what cannot be made."""
        proposed = await self._proposed(tx, request, guild_id, user_id)
        resolved = resolve(request, self._catalogue, proposed)
        quoted = quote(resolved, self._tariff)
        if self._rules.largest_job and quoted.price_credits > self._rules.largest_job:
            raise refusals.too_large(quoted.price_credits, self._rules.largest_job)
        return Priced(resolved, quoted)

    async def meant(self, tx: Reader, request: VideoRequest, *, guild_id: int, user_id: int) -> VideoRequest:
        """The request with what `of` would fill in for its author, whether or not it can be made.

        Raises RequestRefused (`unknown_model`).
        """
        proposed = await self._proposed(tx, request, guild_id, user_id)
        for attribute, value in proposed.items():
            request = set_option(request, attribute, value)
        return request

    async def as_made(self, tx: Reader, made: ResolvedRequest) -> VideoRequest:
        """What was asked for, so that it means the same again whatever its author's own defaults are by now."""
        asked = replace(made.asked, model=made.asked.model or made.model.family.key)
        proposed = proposals(asked, self._catalogue, Wishes(), await self._first_image_size(tx, asked))
        meant = resolve(asked, self._catalogue, proposed).filled
        differing = [name for name in _WISHED if getattr(meant, name) != getattr(made.filled, name)]
        return replace(asked, **{name: getattr(made.filled, name) for name in differing})

    async def _proposed(self, tx: Reader, request: VideoRequest, guild_id: int, user_id: int) -> dict[str, str]:
        member_ref = await self._ledger.find_member(tx, guild_id, user_id)
        wishes = _wishes(await self._choices.of_member(tx, member_ref))
        return proposals(request, self._catalogue, wishes, await self._first_image_size(tx, request))

    async def _first_image_size(self, tx: Reader, request: VideoRequest) -> tuple[int, int] | None:
        image = None if request.start_image is None else await self._images.get(tx, request.start_image)
        return None if image is None else (image.width, image.height)


_WISHED = ("aspect_ratio", "mode")


def _wishes(choices: MemberChoices) -> Wishes:
    return Wishes(choices.model, choices.aspect_ratio, choices.mode)
