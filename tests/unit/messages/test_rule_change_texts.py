"""A change of the rules is told in words, with channels and roles by their names."""

from __future__ import annotations

import pytest

from klapper.messages import audit_texts
from klapper.moderation.audit import Action
from tests.unit.messages.audit_lines import MAX, line_of

A = Action


@pytest.mark.parametrize(
    ("action", "detail", "said"),
    [
        (A.MODE_CHANGED, "review", "set this server to review"),
        (A.MODE_CHANGED, "default", "set this server to open"),
        (A.MODE_CHANGED, "<#5> closed", "set <#5> to closed"),
        (A.MODE_CHANGED, "<@&6> default", "set <@&6> back to the mode of this server"),
        (A.MODE_CHANGED, "unsure refuse", "let requests be refused that a check cannot judge"),
        (A.MODE_CHANGED, "unsure review", "let requests be reviewed that a check cannot judge"),
        (A.REVIEWERS_CHANGED, "role <@&6>", "made <@&6> reviewers"),
        (A.REVIEWERS_CHANGED, "remove role <@&6>", "took <@&6> out of the reviewers"),
        (A.REVIEWERS_CHANGED, "remove audit <#5>", "stopped the audit in <#5>"),
        (
            A.REVIEWERS_CHANGED,
            "review <#4>, audit <#5>, role <@&6>",
            "had review cards posted in <#4>, had the audit posted in <#5>, made <@&6> reviewers",
        ),
        (A.REVIEWERS_CHANGED, "review <#4>, role <@&6>", "had review cards posted in <#4>, made <@&6> reviewers"),
        (A.TRUSTED_CHANGED, "<@&6> on", "let requests of <@&6> skip review"),
        (A.TRUSTED_CHANGED, "<@&6> off", "let requests of <@&6> skip review no more"),
        (A.LEVELS_CHANGED, "<@&6> spoiler on", "made clips of <@&6> always spoilers"),
        (A.LEVELS_CHANGED, "<#5> spoiler off", "made clips in <#5> spoilers no more"),
        (A.LEVELS_CHANGED, "<#5> adult", "let clips in <#5> be adult"),
        (
            A.LEVELS_CHANGED,
            "<#5> general, spoiler on",
            "let clips in <#5> be general, made clips in <#5> always spoilers",
        ),
    ],
)
def test_a_change_is_told_with_names_that_discord_shows(action: Action, detail: str, said: str) -> None:
    assert audit_texts.line(line_of(action, actor_id=MAX, detail=detail)).endswith(f"<@1002> {said}")


@pytest.mark.parametrize("detail", ["<@6> on", "@everyone", "<@&6> on, @here", "x <#5> closed", ""])
@pytest.mark.parametrize("action", [A.MODE_CHANGED, A.REVIEWERS_CHANGED, A.TRUSTED_CHANGED, A.LEVELS_CHANGED])
def test_what_has_another_form_is_shown_as_it_stands(action: Action, detail: str) -> None:
    line = audit_texts.line(line_of(action, actor_id=MAX, detail=detail))
    assert audit_texts.SENTENCES[action] in line
    assert "<@&" not in line
