"""Which refusals the moderators of a guild may overrule when a member appeals. Pure."""

from __future__ import annotations

import re

TERM_RULES = frozenset({"guild_term", "adult_term"})  # of the guild's own filter; their detail is the term
OPERATORS_TERM = "blocked_term"  # the same of the operator's terms
_RULES = TERM_RULES | {OPERATORS_TERM, "blocked_image"}
# Of the check outside, by its own words for its categories. One that it has no word for may be any.
_REMOTE = re.compile(r"remote:(?!unnamed$)(?!.*(?:minor|child|csa|underage|teen|loli))", re.IGNORECASE | re.DOTALL)


def is_appealable(rule: str) -> bool:
    """Whether a refusal by this rule can be appealed: a judgement of the request which people may see otherwise.

    Never what no guild can switch off, nor where it is not the request that was judged: the member, the place, and a
    check that could not say anything.
    """
    return rule in _RULES or _REMOTE.match(rule) is not None
