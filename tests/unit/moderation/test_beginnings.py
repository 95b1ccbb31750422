"""Rows of pieces are followed as far as a word may begin with them, and no further."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from klapper.moderation.beginnings import Beginnings
from klapper.moderation.text import normalise


@given(st.text(max_size=12))
@example("naïve")
@example("straße")
@example("여고생")
@example("ᬆᬆ")
def test_each_character_of_a_word_leads_on(text: str) -> None:
    word = normalise(text)
    assert _followed(Beginnings([word], drawn_out=False), word) == word
    assert _followed(Beginnings([word], drawn_out=True), word) == word


@pytest.mark.parametrize("written", ["KILL", "k1||", "kílI", "ᴷill", "K!ll"])
def test_what_a_trick_may_change_makes_no_difference(written: str) -> None:
    assert _followed(Beginnings(["kill"], drawn_out=False), normalise(written)) == normalise(written)


@pytest.mark.parametrize("text", ["kiill", "kkkill", "여여고생"])
def test_letters_are_drawn_out_only_where_that_counts(text: str) -> None:
    assert _followed(Beginnings(["kill", "여고생"], drawn_out=True), text) == text
    assert _followed(Beginnings(["kill", "여고생"], drawn_out=False), text) != text


@pytest.mark.parametrize(("text", "begun"), [("kitten", "ki"), ("skill", ""), ("killer", "kill")])
def test_what_no_word_begins_with_is_not_followed(text: str, begun: str) -> None:
    assert _followed(Beginnings(["kill", "co2"], drawn_out=True), text) == begun


def _followed(beginnings: Beginnings, text: str) -> str:
    begun = ""
    for length, character in enumerate(text):
        begun = beginnings.joined(begun, beginnings.letters(character))
        if begun not in beginnings:
            return text[:length]
    return text
