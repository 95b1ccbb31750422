"""What is said to members who give each other credits. Pure."""

from __future__ import annotations

from klapper.messages import text
from klapper.services.giving import Offer

KEEP = "Keep them"
KEPT = "Nothing was given."
NO_BOT = "Bots make no clips: choose a person."
NOT_YOURS = "Another member was asked this: `/credits give` gives credits of yours."
RECEIVER_LEFT = "Nothing was given: they are not a member of this server any more."
RECEIVER_UNKNOWN = (
    "Discord does not say at the moment whether they are still a member of this server, and nothing was given: press "
    "again in a minute."
)


def question(offer: Offer) -> str:
    """What the giver is to confirm."""
    gift = offer.gift
    asked = f"Give {text.mention(gift.receiver)} **{text.credits(gift.amount)}**?"
    keeps = f"You have {_lasting(offer.bonus)} and keep {offer.left:,}."
    return f"{asked} {keeps}\n-# This can be answered until {text.timestamp(gift.ends_ms, 't')}."


def confirm(amount: int) -> str:
    """The label of the button that gives."""
    return f"Give {text.credits(amount)}"


def given(receiver: int, amount: int, left: int) -> str:
    """A gift is in the books. left: of what can be given."""
    told = "They are told by direct message, where they take any."
    return f"You gave {text.mention(receiver)} {text.credits(amount)} and have {_lasting(left)}. {told}"


def _lasting(amount: int) -> str:
    if not amount:
        return "no more that do not expire"
    return f"{text.credits(amount)} that {'does' if amount == 1 else 'do'} not expire"
