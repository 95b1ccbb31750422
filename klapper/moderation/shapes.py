"""The kinds of characters that make words, part them, hide in them or stand for letters."""

from __future__ import annotations

import re
import unicodedata

from klapper.moderation import looks
from klapper.moderation.text import FLAG_LETTERS, GAP

DROPPED = "\ue001"  # a private character, so never left over from a text: here stood a mark that does not count

WORD = re.compile("[wd]+")
# A word, a run of Katakana, a flag, or any other character alone, blanks and gaps left out.
PIECE = re.compile("[wd]+|k+|ff|[^ g]")

_SIGNS = {
    "d": DROPPED,
    "g": GAP,
    "f": FLAG_LETTERS,
    "$": "@$€",
    "!": "£¥¢!|+",
    "*": "*#×",
    "%": "%",
    "-": "-_.~/\\·=^°",
    "'": "'’‘ʼ`´′",
}
_BY_SIGN = {character: kind for kind, characters in _SIGNS.items() for character in characters}
_BY_CATEGORY = {"Mn": "w", "Me": "w", "Mc": "w", "So": "*", "Pd": "-"}
# They do not part their words.
_UNPARTED = frozenset({"CJK", "HIRAGANA", "THAI", "LAO", "KHMER", "MYANMAR"})
_LONG_VOWEL = "ー"


def shape_of(text: str) -> str:
    """The kind of each character, as a letter in the same place.

    - `w` part of a word, marks included; `d` one that counts for nothing; `k` Katakana;
    - `c` a word in itself, in writing that does not part words;
    - `f` half a flag: after `letters_of` there are no lone ones;
    - ` ` white space; `g` a gap, where something invisible stood;
    - `$` and `!` signs that may stand for a letter; `*` those that may hide one; `-` those that may join letters;
    - `'` apostrophes; `%` itself; `.` any other.
    """
    return text.translate({ord(character): _kind(character) for character in set(text)})


def _kind(character: str) -> str:
    if character in _BY_SIGN:
        return _BY_SIGN[character]
    if character.isspace():
        return " "
    if character.isascii():
        return "w" if character.isalnum() else "."
    if character.isalnum():
        return _kind_of_letter(character)
    return _BY_CATEGORY.get(unicodedata.category(character), ".")


def _kind_of_letter(character: str) -> str:
    if character == _LONG_VOWEL:
        return "k"
    alphabet = looks.script(character)
    if alphabet == "KATAKANA":
        return "k"
    return "c" if alphabet in _UNPARTED else "w"
