"""A 5x7 pixel alphabet: capitals, digits and the punctuation of prompts."""

from __future__ import annotations

import unicodedata

WIDTH, HEIGHT = 5, 7

# Seven rows of five bits each, two hex digits a row, top row first.
_GLYPHS = {
    "A": "0E11111F111111",
    "B": "1E11111E11111E",
    "C": "0E11101010110E",
    "D": "1E11111111111E",
    "E": "1F10101E10101F",
    "F": "1F10101E101010",
    "G": "0E11101711110F",
    "H": "1111111F111111",
    "I": "0E04040404040E",
    "J": "0702020202120C",
    "K": "11121418141211",
    "L": "1010101010101F",
    "M": "111B1515111111",
    "N": "11111915131111",
    "O": "0E11111111110E",
    "P": "1E11111E101010",
    "Q": "0E11111115120D",
    "R": "1E11111E141211",
    "S": "0F10100E01011E",
    "T": "1F040404040404",
    "U": "1111111111110E",
    "V": "11111111110A04",
    "W": "11111115151B11",
    "X": "11110A040A1111",
    "Y": "11110A04040404",
    "Z": "1F01020408101F",
    "0": "0E11131519110E",
    "1": "040C040404040E",
    "2": "0E11010608101F",
    "3": "1E01010E01011E",
    "4": "02060A121F0202",
    "5": "1F101E0101110E",
    "6": "0608101E11110E",
    "7": "1F010204080808",
    "8": "0E11110E11110E",
    "9": "0E11110F01020C",
    " ": "00000000000000",
    ".": "00000000000C0C",
    ",": "000000000C0408",
    "!": "04040404040004",
    "?": "0E110102040004",
    "'": "04040800000000",
    '"': "0A0A0000000000",
    ":": "000C0C000C0C00",
    ";": "000C0C000C0408",
    "-": "0000000E000000",
    "_": "0000000000001F",
    "(": "02040808080402",
    ")": "08040202020408",
    "/": "00010204081000",
    "<": "02040810080402",
    ">": "08040201020408",
    "@": "0E11171517100E",
    "#": "0A0A1F0A1F0A0A",
    "%": "18190204081303",
    "&": "0C12140815120D",
    "+": "0004041F040400",
    "*": "0004150E150400",
    "=": "00001F001F0000",
    "$": "040F140E051E04",
}
_UNKNOWN = "1F11111111111F"


def drawable(text: str) -> str:
    """`text` in the alphabet's capitals; accents fall off, anything else becomes a hollow box when drawn."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(char for char in plain if not unicodedata.combining(char)).upper()


def rows(char: str) -> tuple[int, ...]:
    """The seven rows of a character, five bits each, leftmost pixel in the highest bit."""
    code = _GLYPHS.get(char, _UNKNOWN)
    return tuple(int(code[at : at + 2], 16) for at in range(0, 14, 2))


def wrap(text: str, columns: int, lines: int) -> list[str]:
    """`text` in at most `lines` lines of `columns` characters; what does not fit ends in three dots."""
    wrapped: list[str] = [""]
    for word in text.split():
        rest = word
        if wrapped[-1] and len(wrapped[-1]) + 1 + len(rest) <= columns:
            wrapped[-1] += f" {rest}"
            continue
        while rest:
            wrapped.append(rest[:columns])
            rest = rest[columns:]
    filled = [line for line in wrapped if line]
    if len(filled) > lines:
        filled = [*filled[: lines - 1], filled[lines - 1][: columns - 3] + "..."]
    return filled
