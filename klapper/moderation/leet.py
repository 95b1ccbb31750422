"""Digits and signs that stand for letters: `k1ll`, `a$$`, `h3r0in`; and not `4K`, `CO2`, `1980s`, `$5`."""

from __future__ import annotations

import re

SIGNS = "@$€£¥¢!|+"
_DIGITS = "0123456789"
_STANDS_FOR = str.maketrans("02345789@$€£¥¢+", "ozeastbgaselyct")
# 1, ! and | are an i or an l, 6 is a b or a g.
_EITHER = (str.maketrans("1!|6", "iiib"), str.maketrans("1!|6", "lllg"), str.maketrans("1!|6", "lilg"))
# What can be meant by the same sign, as one letter.
ALIKE = str.maketrans("02345789@$€£¥¢+1!|6lg", "ozeastbbaseiyctiiibib")
_AMBIGUOUS = re.compile(r"[1!|6]")

_INNER_DIGIT = re.compile(r"[^\W\d_]\d+[^\W\d_]")
_MONEY = re.compile(r"\d[$€£¥¢]|[$€£¥¢]\d")
_DIGITS_AT_THE_ENDS = re.compile(r"\d[^\W\d_]{3,}|[^\W\d_]{3,}\d|\d[^\W\d_]{2,}\d")

# An I among small letters and an l among capitals pass for each other.
_CAPITAL_I = re.compile(r"(?<=[a-z])I")
_SMALL_L = re.compile(r"(?<=[A-Z])l(?=[A-Z]|$)")


def unleet(word: str) -> list[str]:
    """What a word of letters, digits and `SIGNS` says, in up to three ways; nothing when its digits are just digits.

    A number before or after letters is a unit, a model or a year. So digits count where letters stand on both sides, or
    one digit beside three letters.
    """
    word = _SMALL_L.sub("1", _CAPITAL_I.sub("1", word))
    if word.isalpha() or not _is_meant(word):
        return []
    plain = word.translate(_STANDS_FOR)
    if not _AMBIGUOUS.search(plain):
        return [plain]
    return list(dict.fromkeys(plain.translate(either) for either in _EITHER))


def _is_meant(word: str) -> bool:
    digits = sum(character in _DIGITS for character in word)
    signs = sum(character in SIGNS for character in word)
    if digits == 0:
        return signs < len(word) or len(word) > 2
    if digits + signs == len(word) or _MONEY.search(word):
        return False
    return signs > 0 or _INNER_DIGIT.search(word) is not None or _DIGITS_AT_THE_ENDS.fullmatch(word) is not None
