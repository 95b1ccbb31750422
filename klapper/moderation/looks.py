"""Letters of other alphabets that look like Latin ones, and Latin ones that stand for Cyrillic.

The idea and most pairs are those of Unicode Technical Standard #39 (confusables). The table was written for this file
and keeps to what people type: Cyrillic, Greek, Armenian, Cherokee, small capitals, letters with a stroke.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import lru_cache

# Case matters: В looks like a B, and в like a small one; Н like an H.
_ALIKE_ROWS = {
    "a": "аАӓӒαΑɑᴀɐаᎪ",
    "b": "вВьЬβΒʙƀƄƅᏴ",
    "c": "сСϲϹᴄᏟƈ",
    "d": "ԁԀժᴅđĐɖᎠƌ",
    "e": "еЕёЁєЄεΕҽəӘᴇɛǝеᎬɘ℮ɇ",
    "f": "ғҒꜰƒϝք",
    "g": "ɡɢǥԍԌցᏀᎶɠ",
    "h": "һҺнНңΗɦʜħĦհᎻ",
    "i": "іІїЇιΙɩıɪɨӏᎥ",
    "j": "јЈϳᴊյɉᎫ",
    "k": "кКκΚқҚĸᴋƙᏦ",
    "l": "ӀʟłŁɭɫlᏞլƖ",
    "m": "мМΜᴍᎷɱ",
    "n": "ηΝɴոռŋɲƞ",
    "o": "оОӧӦοΟσօՕᴏøØɵ୦০߀",
    "p": "рРρΡᴘᏢƥ",
    "q": "ԛԚգզɋ",
    "r": "ʀɍɾᎡɼ",
    "s": "ѕЅꜱՏʂᏚș",
    "t": "тТτΤᴛŧŦƚᎢƭ",
    "u": "υսᴜʋʊՍ",
    "v": "ѵѴνᴠᏙʌ",
    "w": "ԝԜωաᴡᎳɯ",
    "x": "хХχΧҳҲ",
    "y": "уУүҮγΥʏყɏᎩƴ",
    "z": "ΖᴢƶᏃʐ",
}
# Nobody mistakes these alone; among Latin letters they are read as what they resemble.
_FAUX_ROWS = {
    "a": "λΛΔ",
    "b": "бБъЪ",
    "d": "δ",
    "e": "зЗэЭξΣΞ",
    "f": "фФ",
    "n": "ипИПйЙлЛπ",
    "o": "θΘ",
    "r": "гГяЯ",
    "u": "цЦμ",
    "w": "шШщЩ",
    "y": "чЧ",
    "z": "ζ",
}
_CYRILLIC_ROWS = {
    "а": "aA",
    "в": "B",
    "г": "r",
    "е": "eE",
    "и": "uN",
    "і": "iI",
    "ј": "jJ",
    "к": "kK",
    "м": "mM",
    "н": "hH",
    "о": "oO",
    "п": "n",
    "р": "pP",
    "с": "cC",
    "т": "tT",
    "у": "yY",
    "х": "xX",
    "ѕ": "sS",
    "я": "R",
}


@lru_cache(maxsize=4096)
def script(character: str) -> str:
    """The alphabet of a letter as Unicode's names begin, `LATIN` or `CYRILLIC`; empty for all that is no letter."""
    if not character.isalpha():
        return ""
    return "LATIN" if character.isascii() else unicodedata.name(character, "").split(" ")[0]


def latin(character: str) -> str | None:
    """The Latin letter that this one is mistaken for; None when there is none."""
    return _ALIKE.get(character)


def latin_in_a_mix(character: str) -> str | None:
    """The Latin letter that this one stands for in the midst of Latin letters."""
    return _ALIKE.get(character) or _FAUX.get(character)


def cyrillic(character: str) -> str:
    """The Cyrillic letter that a Latin one stands for in the midst of Cyrillic letters; any other as it is."""
    return _AS_CYRILLIC.get(character, character)


def _by_character(rows: Mapping[str, str]) -> dict[str, str]:
    return {character: letter for letter, alike in rows.items() for character in alike if character != letter}


_ALIKE = _by_character(_ALIKE_ROWS)
_FAUX = _by_character(_FAUX_ROWS)
_AS_CYRILLIC = _by_character(_CYRILLIC_ROWS)
