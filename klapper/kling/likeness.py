"""What stays of a picture when it is encoded anew, resized or mirrored: enough to know it again, too little to see it.

A likeness says of each of the lowest frequencies of a picture's brightness whether it is strongly positive, strongly
negative, or neither: three values, so that what is nearly zero does not fall to either side by chance.
"""

from __future__ import annotations

from dataclasses import dataclass

HIGHEST = 13  # waves down and across together, in halves: more of them tell pictures better apart, fewer survive crops
FREQUENCIES = tuple(
    (down, across)
    for down in range(HIGHEST + 1)
    for across in range(HIGHEST + 1)
    if 0 < down + across <= HIGHEST  # the first of all is how bright it is, which says nothing
)
BITS = 2 * len(FREQUENCIES)
HEX_CHARS = BITS // 4
LEAST_STRONG = 20  # two with fewer would be alike because so little is said of either
_EVEN = sum(1 << place for place, (_, across) in enumerate(FREQUENCIES) if across % 2 == 0)
_STAYS = _EVEN | _EVEN << len(FREQUENCIES)


@dataclass(frozen=True, slots=True)
class Likeness:
    """bits: which of FREQUENCIES are strongly positive, above them which are strongly negative; none is both."""

    bits: int

    @classmethod
    def of(cls, *, positive: int, negative: int) -> Likeness:
        """From the two halves."""
        return cls(positive | negative << len(FREQUENCIES))

    @classmethod
    def from_text(cls, text: str) -> Likeness:
        """What `str` wrote. Raises ValueError for anything else."""
        if len(text) != HEX_CHARS:
            raise ValueError("This is no likeness as they are now.")
        return cls(int(text, 16))

    def __str__(self) -> str:
        return f"{self.bits:0{HEX_CHARS}x}"

    @property
    def is_plain(self) -> bool:
        """Whether the picture has too little in it to be known again: one colour, or a mere gradient."""
        return self.bits.bit_count() < LEAST_STRONG

    def mirrored(self) -> Likeness:
        """That of the same picture seen in a mirror: every odd wave across it changes its sign, and so its half."""
        turned = self.bits & ~_STAYS
        halves = turned >> len(FREQUENCIES) | turned << len(FREQUENCIES)
        return Likeness(self.bits & _STAYS | halves & (1 << BITS) - 1)

    def apart(self, other: Likeness) -> int:
        """How unlike two pictures are, mirrored or not: 0 for the same one, about 85 of 208 for any two."""
        return min((self.bits ^ other.bits).bit_count(), (self.mirrored().bits ^ other.bits).bit_count())
