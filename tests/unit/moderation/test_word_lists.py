"""How well terms are found, measured with lines that nothing was tuned with."""

from __future__ import annotations

import pytest

from klapper.moderation.terms import TextFilter
from tests.unit.moderation.word_lists import Half, evasions, false_friends, the_filter

LEAST_RECALL = 0.95
LEAST_PRECISION = 0.99


@pytest.fixture(scope="module")
def text_filter() -> TextFilter:
    return the_filter()


@pytest.mark.parametrize("half", Half)
def test_evasions_are_found_and_false_friends_are_not(text_filter: TextFilter, half: Half) -> None:
    """Recall: of the evasions, the share that is found. Precision: of all texts found, the share that are evasions."""
    missed = [text for _, text in evasions(half) if text_filter.find(text) is None]
    wrong = [text for text in false_friends(half) if text_filter.find(text) is not None]
    found = len(evasions(half)) - len(missed)
    assert found / len(evasions(half)) >= LEAST_RECALL, missed
    assert found / (found + len(wrong)) >= LEAST_PRECISION, wrong


@pytest.mark.parametrize("half", Half)
def test_what_is_found_is_the_hidden_term(text_filter: TextFilter, half: Half) -> None:
    """A hidden vowel may be another, so not in every case."""
    found = [(term, match.term.text) for term, text in evasions(half) if (match := text_filter.find(text)) is not None]
    assert sum(term == named for term, named in found) / len(found) >= LEAST_RECALL


def test_there_are_enough_of_both_in_each_half() -> None:
    assert min(len(false_friends(half)) for half in Half) >= 120
    assert min(len(evasions(half)) for half in Half) >= 120


def test_the_lists_do_not_overlap() -> None:
    texts = [*false_friends(Half.TUNING), *false_friends(Half.HELD_OUT)]
    texts += [text for half in Half for _, text in evasions(half)]
    assert len(texts) == len(set(texts))
