"""Whatever somebody types, Discord shows it as it stands and acts on none of it."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klapper.messages import text

UNESCAPED = re.compile(r"(?<!\\)(?:\\\\)*[*_~`|<>@#:/\[\]()]")
ESCAPE = re.compile(r"\\([^0-9A-Za-z\s])")

HOSTILE = st.one_of(
    st.text(alphabet=st.characters(codec="utf-8"), max_size=1200),
    st.lists(
        st.sampled_from(
            [
                "<@1>",
                "<@&1>",
                "<#1>",
                "@everyone",
                "<t:1:R>",
                "<:e:1>",
                "<a:e:1>",
                "</video:1>",
                "https://x.y/z",
                "discord.gg/a",
                "[a](https://b)",
                "||s||",
                "```",
                "\\",
                "# ",
                "-# ",
                "> ",
                "1. ",
                "- ",
                "\n",
                "\r\n",
                "\u2028",
                "\u202e",
                "\u200b",
                "\u200d",
                "👨‍👩‍👧",
                "e\u0301",
                "a",
                " ",
            ]
        ),
        max_size=300,
    ).map("".join),
)


def undo(escaped: str) -> str:
    return ESCAPE.sub(r"\1", escaped)


@given(HOSTILE)
def test_nothing_in_a_shown_text_means_anything_to_discord(typed: str) -> None:
    shown = text.shown(typed)
    assert not UNESCAPED.search(shown)
    for line in shown.split("\n"):
        assert not re.match(r"\s*(#{1,3}|-#|-|\+|\d+\.)\s", line)
    assert not re.search(r"<[@#:/]|<(a|t|id):|https?://", shown)


@given(HOSTILE)
def test_a_shown_text_never_ends_in_half_an_escape(typed: str) -> None:
    trailing = re.search(r"\\*$", text.shown(typed).removesuffix(text.ELLIPSIS))
    assert trailing is not None
    assert len(trailing.group()) % 2 == 0


@given(HOSTILE, st.integers(min_value=1, max_value=900))
def test_a_shown_text_keeps_its_limit(typed: str, limit: int) -> None:
    assert len(text.shown(typed, limit)) <= limit


@given(HOSTILE)
def test_a_shown_text_has_few_lines_and_no_empty_one(typed: str) -> None:
    lines = text.shown(typed).split("\n")
    assert len(lines) <= text.MOST_LINES
    assert lines == [""] or all(line.strip() for line in lines)


@given(HOSTILE)
def test_no_control_or_direction_character_is_left(typed: str) -> None:
    kept = set(text.shown(typed)) - {"\n", "\u200c", "\u200d"}
    assert not [character for character in kept if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co"}]


@given(st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), max_size=300))
def test_a_short_text_reads_as_it_was_typed(typed: str) -> None:
    assert undo(text.shown(typed)) == typed


@given(HOSTILE)
def test_a_line_is_one_line(typed: str) -> None:
    assert "\n" not in text.shown_line(typed, 100)


def test_a_cut_falls_between_whole_characters() -> None:
    assert text.shown("a" * 796 + "**<<<") == "a" * 796 + "\\*…"
    assert text.cut("ab👨‍👩‍👧cd", 5) == "ab…"
    assert text.cut("abe\u0301\u0301d", 5) == "ab…"


def test_an_emoji_family_and_a_persian_word_stay_whole() -> None:
    assert text.shown("👨‍👩‍👧 می‌خواهم") == "👨‍👩‍👧 می‌خواهم"


def test_emoji_newer_than_our_tables_are_shown() -> None:
    assert text.shown("a\U0001fae9b") == "a\U0001fae9b"


@pytest.mark.parametrize("hidden", ["\u200b", "\u202e", "\u2066", "\ufeff", "\u3164", "\u2800", "\U000e0041", "\x00"])
def test_invisible_characters_are_dropped(hidden: str) -> None:
    assert text.shown(f"a{hidden}b") == "ab"


def test_a_tower_of_marks_is_cut_down() -> None:
    assert text.shown("a" + "\u0301" * 50) == "a" + "\u0301" * text.MOST_MARKS


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (41.6, "42 s"), (60, "1 min"), (200, "3 min 20 s"), (3900, "1 h 5 min"), (-3, "0 s")],
)
def test_durations(seconds: float, said: str) -> None:
    assert text.duration(seconds) == said


@pytest.mark.parametrize(
    ("number", "said"), [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (22, "22nd")]
)
def test_ordinals(number: int, said: str) -> None:
    assert text.ordinal(number) == said


@pytest.mark.parametrize(("amount", "said"), [(1, "1 credit"), (0, "0 credits"), (1234, "1,234 credits")])
def test_amounts(amount: int, said: str) -> None:
    assert text.credits(amount) == said


def test_a_link_cannot_be_broken_out_of() -> None:
    assert text.link("Clip", "https://h/a)b c>d[e") == "[Clip](https://h/a%29b%20c%3Ed%5Be)"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "ftp://h/a", "https://h/" + "a" * 1000])
def test_an_address_that_cannot_be_shown_gives_no_link(url: str) -> None:
    assert text.link("Clip", url) is None


def test_links_of_messages() -> None:
    assert text.message_link(1, 2, 3) == "https://discord.com/channels/1/2/3"
    assert text.message_link(None, 2, 3) == "https://discord.com/channels/@me/2/3"
