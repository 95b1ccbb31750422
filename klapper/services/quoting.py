"""What a request becomes and what it costs, for this member, now. Every price that anybody sees comes through here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

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
from klapper.moderation.rules import NOWHERE, Place
from klapper.quotas.makes import Asked
from klapper.quotas.quota import WHOLE, MemberQuota
from klapper.services import quota_refusals
from klapper.services.quota_book import QuotaBook


@dataclass(frozen=True, slots=True)
class Priced:
    """A request that its model takes, what it costs, and what counts for who asks for it."""

    resolved: ResolvedRequest
    quote: Quote
    quota: MemberQuota

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
        quotas: QuotaBook,
        ledger: Ledger,
        choices: ChoiceStore,
        images: ImageStore,
    ) -> None:
        self._catalogue = catalogue
        self._tariff = tariff
        self._quotas = quotas
        self._ledger = ledger
        self._choices = choices
        self._images = images

    async def of(
        self, tx: Reader, request: VideoRequest, *, guild_id: int, user_id: int, place: Place = NOWHERE
    ) -> Priced:
        """Fill in what the member left open and price it there. Raises RequestRefused for what cannot be made."""
        member_ref = await self._ledger.find_member(tx, guild_id, user_id)
        proposed = await self._proposed(tx, request, member_ref)
        resolved = resolve(request, self._catalogue, proposed)
        quota = await self._quotas.of(tx, guild_id, member_ref, place)
        self._refuse_not_allowed(resolved, quota)
        quoted = quote(resolved, tariff_of(self._tariff, quota))
        usual = quoted if quota.percent >= WHOLE else quote(resolved, self._tariff)
        if quota.limits.largest_job and usual.price_credits > quota.limits.largest_job:  # whatever a channel takes off
            raise quota_refusals.too_large(usual.price_credits, quota)
        return Priced(resolved, quoted, quota)

    async def meant(self, tx: Reader, request: VideoRequest, *, guild_id: int, user_id: int) -> VideoRequest:
        """The request with what `of` would fill in for its author, whether or not it can be made.

        Raises RequestRefused (`unknown_model`).
        """
        member_ref = await self._ledger.find_member(tx, guild_id, user_id)
        proposed = await self._proposed(tx, request, member_ref)
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

    def _refuse_not_allowed(self, resolved: ResolvedRequest, quota: MemberQuota) -> None:
        asked = Asked(resolved.model.family.key, resolved.filled.mode, resolved.duration_s)
        if not any(makes.allows(asked) for makes in quota.makes):
            raise quota_refusals.not_allowed(asked, quota, self._catalogue.titles())

    async def _proposed(self, tx: Reader, request: VideoRequest, member_ref: int | None) -> dict[str, str]:
        wishes = _wishes(await self._choices.of_member(tx, member_ref))
        return proposals(request, self._catalogue, wishes, await self._first_image_size(tx, request))

    async def _first_image_size(self, tx: Reader, request: VideoRequest) -> tuple[int, int] | None:
        image = None if request.start_image is None else await self._images.get(tx, request.start_image)
        return None if image is None else (image.width, image.height)


def tariff_of(tariff: Tariff, quota: MemberQuota) -> Tariff:
    """The prices as a channel has them."""
    return tariff if quota.percent == WHOLE else replace(tariff, channel_factor=Decimal(quota.percent) / WHOLE)


_WISHED = ("aspect_ratio", "mode")


def _wishes(choices: MemberChoices) -> Wishes:
    return Wishes(choices.model, choices.aspect_ratio, choices.mode)
