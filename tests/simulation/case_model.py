"""The channels of moderators in the model of Discord: cards of cases, and what people do to them."""

from __future__ import annotations

from dataclasses import dataclass, field

from klapper.errors import DeliveryError
from klapper.services.messenger import MessageRef
from tests.simulation.discord_model import NONCE_KEPT_S, DiscordModel
from tests.simulation.story import Story
from tests.simulation.time import Time

OPEN = ""


@dataclass(slots=True)
class CaseCard:
    """A message about a case. outcome: as it says; OPEN while there is something to press. by: who deleted it."""

    ref: MessageRef
    case_id: int
    about: str
    nonce: str
    at_s: float
    outcome: str = OPEN
    by: str | None = None

    @property
    def is_there(self) -> bool:
        return self.by is None


@dataclass(slots=True)
class CaseChannels:
    """Keeps every card there ever was."""

    time: Time
    story: Story
    discord: DiscordModel
    cards: list[CaseCard] = field(default_factory=list)
    _ids: int = 8_000_000

    # What Klapper does

    def post(self, channel_id: int, case_id: int, about: str, outcome: str, nonce: str) -> CaseCard:
        """A new card; a nonce that was seen some moments ago names the one that it made."""
        self._open(channel_id)
        for known in self.cards:
            is_equal = (known.ref.channel_id, known.nonce) == (channel_id, nonce)
            if is_equal and self.time.now_s - known.at_s <= NONCE_KEPT_S:
                return known
        self._ids += 1
        card = CaseCard(MessageRef(channel_id, self._ids), case_id, about, nonce, self.time.now_s)
        self.cards.append(card)
        self._show(card, outcome)
        return card

    def find(self, channel_id: int, case_id: int) -> CaseCard | None:
        self._open(channel_id)
        return next((card for card in self.there(case_id) if card.ref.channel_id == channel_id), None)

    def edit(self, ref: MessageRef, outcome: str) -> CaseCard:
        self._open(ref.channel_id)
        card = next((card for card in self.cards if card.ref == ref and card.is_there), None)
        if card is None:
            raise DeliveryError("card_deleted")
        self._show(card, outcome)
        return card

    def remind(self, channel_id: int, case_ids: list[int]) -> None:
        self._open(channel_id)
        self.story.tell("Discord", f"moderators are reminded in {channel_id} of cases {case_ids}")

    # What people do

    def vanish(self, card: CaseCard, by: str) -> None:
        card.by = by
        self.story.tell(by, f"deletes the card of case {card.case_id}", card.about)

    def close(self, channel_id: int, why: str) -> None:
        self.discord.close(channel_id, why)
        for card in self.cards:
            if why == "channel_gone" and card.ref.channel_id == channel_id and card.is_there:
                card.by = "the channel's end"

    # What the checks ask

    def there(self, case_id: int) -> list[CaseCard]:
        return [card for card in self.cards if card.case_id == case_id and card.is_there]

    def _show(self, card: CaseCard, outcome: str) -> None:
        card.outcome = outcome
        where = f"in {card.ref.channel_id}"
        self.story.tell("Discord", f"card of case {card.case_id} {where}: {outcome or 'open'}", card.about)

    def _open(self, channel_id: int) -> None:
        if (why := self.discord.place(channel_id).closed) is not None:
            raise DeliveryError(why)
