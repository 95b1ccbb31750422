"""The channels of moderators in the model of Discord: cards of cases, and what people do to them."""

from __future__ import annotations

from dataclasses import dataclass, field

from klapper.errors import DeliveryError
from klapper.services.messenger import MessageRef
from tests.simulation.discord_model import NONCE_KEPT_S, DiscordModel, dm_channel
from tests.simulation.story import Story
from tests.simulation.time import Time, snowflake

OPEN = ""


@dataclass(slots=True)
class CaseCard:
    """A message about a case. outcome: as it says; OPEN while there is something to press. by: who deleted it.

    is_left: it lies in a channel that was shut when Klapper wanted to take it away.
    """

    ref: MessageRef
    case_id: int
    about: str
    nonce: str
    at_s: float
    outcome: str = OPEN
    by: str | None = None
    is_left: bool = False

    @property
    def is_there(self) -> bool:
        return self.by is None


@dataclass(frozen=True, slots=True)
class Told:
    """A direct message to whose clip was taken down. says_refunded: what it says of the credits."""

    channel_id: int
    case_id: int
    about: str
    nonce: str
    at_s: float
    says_refunded: bool


@dataclass(slots=True)
class CaseChannels:
    """Keeps every card and every message about a takedown there ever was. unheard: cases of whom a DM was closed to."""

    time: Time
    story: Story
    discord: DiscordModel
    cards: list[CaseCard] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    unheard: set[int] = field(default_factory=set)
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
        card = self._card(ref)
        self._show(card, outcome)
        return card

    def remove(self, ref: MessageRef) -> None:
        try:
            self.vanish(self._card(ref), "Klapper")
        except DeliveryError as error:
            for card in self.cards:
                card.is_left = card.is_left or (card.ref == ref and error.reason == "forbidden")
            raise

    def remind(self, channel_id: int, case_ids: list[int]) -> None:
        self._open(channel_id)
        self.story.tell("Discord", f"moderators are reminded in {channel_id} of cases {case_ids}")

    def tell(self, user_id: int | None, case_id: int, about: str, nonce: str, *, says_refunded: bool) -> None:
        """A direct message; a nonce that was seen some moments ago names the one that it made."""
        channel_id = dm_channel(user_id)
        try:
            self._open(channel_id)
        except DeliveryError:
            self.unheard.add(case_id)
            raise
        for known in self.told:
            is_equal = (known.channel_id, known.nonce) == (channel_id, nonce)
            if is_equal and self.time.now_s - known.at_s <= NONCE_KEPT_S:
                return
        self.told.append(Told(channel_id, case_id, about, nonce, self.time.now_s, says_refunded))
        self.story.tell("Discord", f"its requester is told of case {case_id}", about)

    def was_told(self, user_id: int | None, about: str, earliest_id: int) -> bool:
        """Whether a message about it from this id on is in the DM, which can be read while it is closed."""
        channel_id = dm_channel(user_id)
        return any(
            (told.channel_id, told.about) == (channel_id, about) and snowflake(told.at_s) >= earliest_id
            for told in self.told
        )

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

    def _card(self, ref: MessageRef) -> CaseCard:
        self._open(ref.channel_id)
        card = next((card for card in self.cards if card.ref == ref and card.is_there), None)
        if card is None:
            raise DeliveryError("card_deleted")
        return card

    def _open(self, channel_id: int) -> None:
        if (why := self.discord.place(channel_id).closed) is not None:
            raise DeliveryError(why)
