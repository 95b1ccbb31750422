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
HEX_CHARS = -(-len(FREQUENCIES) // 4)
LEAST_STRONG = 20  # two with fewer would be alike because so little is said of either
_MIRRORED = sum(1 << place for place, (_, across) in enumerate(FREQUENCIES) if across % 2)


@dataclass(frozen=True, slots=True)
class Likeness:
    """positive, negative: which of FREQUENCIES are so, as bits; none is both."""

    positive: int
    negative: int

    @classmethod
    def from_text(cls, text: str) -> Likeness:
        """What `str` wrote. Raises ValueError for anything else."""
        if len(text) != 2 * HEX_CHARS:
            raise ValueError("This is no likeness of this version.")
        return cls(int(text[:HEX_CHARS], 16), int(text[HEX_CHARS:], 16))

    def __str__(self) -> str:
        return f"{self.positive:0{HEX_CHARS}x}{self.negative:0{HEX_CHARS}x}"

    @property
    def is_plain(self) -> bool:
        """Whether the picture has too little in it to be known again: one colour, or a mere gradient."""
        return (self.positive | self.negative).bit_count() < LEAST_STRONG

    def mirrored(self) -> Likeness:
        """That of the same picture seen in a mirror: every odd wave across it changes its sign."""
        stay, turn = ~_MIRRORED, _MIRRORED
        return Likeness(
            (self.positive & stay) | (self.negative & turn), (self.negative & stay) | (self.positive & turn)
        )

    def apart(self, other: Likeness) -> int:
        """How unlike two pictures are, mirrored or not: 0 for the same one, about 90 of 208 for any two."""
        return min(_differing(self, other), _differing(self.mirrored(), other))


def _differing(one: Likeness, other: Likeness) -> int:
    return (one.positive ^ other.positive).bit_count() + (one.negative ^ other.negative).bit_count()
