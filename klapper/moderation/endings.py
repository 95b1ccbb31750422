"""The simple endings that an inflected term also matches with. A list, no grammar: what it makes may be no word."""

from __future__ import annotations

from klapper.moderation.looks import script

VOWELS = "aeiouy"

# English, German, French, Spanish, Portuguese, Dutch, Swedish; Turkish plurals.
LATIN = ("s", "es", "ed", "er", "ers", "ing", "ings", "e", "en", "ern", "lar", "ler")
# Russian and its neighbours: cases and plurals.
CYRILLIC = ("а", "у", "ы", "и", "е", "ом", "ой", "ов", "ам", "ами", "ах")
# Korean particles.
HANGUL = ("은", "는", "이", "가", "을", "를", "의", "에", "로", "와", "과", "도", "들")


def with_endings(word: str) -> frozenset[str]:
    """A case-folded word and its inflected forms, by the alphabet of its last letter."""
    match script(word[-1]):
        case "LATIN":
            forms = _latin(word)
        case "CYRILLIC":
            forms = _cyrillic(word)
        case "HANGUL":
            forms = [word + ending for ending in HANGUL]
        case _:
            forms = []
    return frozenset((word, *forms))


def _latin(word: str) -> list[str]:
    """`torture` loses its e before a vowel, `stab` doubles its b, `body` becomes `bodies`, `asesino` `asesina`."""
    forms = [word + ending for ending in LATIN]
    stem, last = word[:-1], word[-1]
    if last == "e":
        forms += [f"{word}{ending}" for ending in ("d", "n", "r", "rs")] + [stem + "ing", stem + "ings"]
    elif last == "y":
        forms += [stem + ending for ending in ("ies", "ied", "ier")]
    elif last in "ao":
        forms += [stem + ending for ending in ("a", "o", "as", "os")]
    elif len(word) > 2 and last not in "wx" and stem[-1] in VOWELS and stem[-2] not in VOWELS:
        forms += [f"{word}{last}{ending}" for ending in ("ed", "er", "ers", "ing", "ings")]
    return forms


def _cyrillic(word: str) -> list[str]:
    stem = word[:-1] if word[-1] in "аяоеь" else word
    return [stem + ending for ending in CYRILLIC]
