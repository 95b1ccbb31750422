"""A line of the audit says who did what and why, and nothing in it acts."""

from __future__ import annotations

import ast
import re
from string import Formatter
from typing import Any

import pytest

from klapper.messages import audit_texts
from klapper.messages.audit_texts import LINE_CHARS, MESSAGE_CHARS, SENTENCES
from klapper.moderation.audit import Action
from klapper.services.audit_lines import AuditLine
from tests.meta.tree import files, parsed
from tests.unit.messages.audit_lines import ANN, HOSTILE, MAX, line_of, longest_line

AT = "<t:1767225600:f>"


def own(action: Action, **more: Any) -> AuditLine:
    """What Ann did about herself."""
    return line_of(action, actor="member:7", member_ref=7, actor_id=ANN, member_id=ANN, **more)


LINES: list[tuple[AuditLine, str]] = [
    (
        line_of(member_id=ANN, rule="guild_term", detail="knife", rules_version=3),
        f"{AT} Klapper refused a request of <@1001> · `guild_term`: knife, rules 3",
    ),
    (
        line_of(Action.REVIEW_APPROVED, actor="member:7", actor_id=MAX, member_id=ANN, job_id="k7m2p9xd"),
        f"{AT} <@1002> approved a request of <@1001> · job `k7m2p9xd`",
    ),
    (
        line_of(Action.MEMBER_BLOCKED, actor="member:7", actor_id=MAX, member_id=ANN, words="Enough.\nReally."),
        f"{AT} <@1002> blocked <@1001> · “Enough. Really.”",
    ),
    (
        line_of(Action.MODE_CHANGED, actor="operator:root", detail="?"),
        "The operator changed how requests are taken · ?",
    ),
    (line_of(rule="provider_refusals", action=Action.GUILD_PAUSED), "Klapper paused itself on this server, because"),
    (line_of(Action.GUILD_RESUMED, actor_id=MAX), "<@1002> resumed Klapper on this server"),
    (own(Action.REVIEW_WITHDRAWN), "<@1001> took their request back"),
    (
        own(Action.APPEALED, rule="guild_term", detail="gun"),
        "appealed the refusal of their request · `guild_term`: gun",
    ),
    (
        line_of(Action.REVIEW_APPROVED, actor_id=MAX, member_id=ANN, rule="approved", detail="gun", rules_version=3),
        "approved a request of <@1001>, the refusal by “gun” was wrong · rules 3",
    ),
    (
        line_of(Action.REVIEW_REJECTED, actor_id=MAX, member_id=ANN, rule="rejected", detail="strike", rules_version=3),
        "declined a request of <@1001> with a strike · rules 3",
    ),
    (
        line_of(Action.REVIEW_BLOCKED, actor_id=MAX, member_id=ANN, rule="member_blocked", words="Enough."),
        "declined a request of <@1001> and blocked them · “Enough.”",
    ),
    (
        line_of(Action.TAKEN_DOWN, actor_id=MAX, member_id=ANN, detail="refund 84 strike", job_id="k7m2p9xd"),
        "took down a clip of <@1001> with a strike, 84 credits given back · job `k7m2p9xd`",
    ),
    (line_of(Action.TAKEN_DOWN, actor_id=MAX, member_id=ANN, detail="refund 1"), "of <@1001>, 1 credit given back"),
    (line_of(Action.PARDONED, actor_id=MAX, member_id=ANN, detail="2 strikes"), "lifted 2 strikes of <@1001>"),
    (line_of(Action.MEMBER_PAUSED, actor_id=MAX, member_id=ANN, detail="24 h"), "paused <@1001> for 24 h"),
    (line_of(Action.CREDITS_GRANTED, actor_id=MAX, member_id=ANN, detail="1500"), "granted <@1001> 1,500 credits"),
    (line_of(Action.CREDITS_REVOKED, actor_id=MAX, member_id=ANN, detail="1"), "took 1 credit back from <@1001>"),
    (
        line_of(Action.CREDITS_REVOKED, actor_id=MAX, member_id=ANN, detail="20 allowance"),
        "took 20 credits of the allowance back from <@1001>",
    ),
    (line_of(Action.CREDITS_REFUNDED, actor_id=MAX, member_id=ANN, detail="84"), "gave 84 credits back to <@1001>"),
    (line_of(Action.CREDITS_GIVEN, actor_id=ANN, member_id=MAX, detail="5"), "gave <@1002> 5 credits of their own"),
    (line_of(Action.SHARING_CHANGED, actor_id=MAX, detail="on"), "let members animate each other's images"),
    (line_of(Action.SHARING_CHANGED, actor_id=MAX, detail="off"), "let members animate only their own images"),
    (line_of(Action.GUILD_PAUSED, actor="member:7"), "Somebody who is forgotten paused Klapper on this server"),
    (line_of(Action.TAKEN_DOWN, actor_id=MAX), "<@1002> took down a clip of somebody who is forgotten"),
    (line_of(Action.REQUEST_ALLOWED, member_id=ANN, rules_version=0), "let a request of <@1001> pass · rules 0"),
]


@pytest.mark.parametrize(("line", "said"), LINES)
def test_a_line_says_when_who_what_and_why(line: AuditLine, said: str) -> None:
    assert said in audit_texts.line(line)


@pytest.mark.parametrize("action", Action)
def test_every_action_has_its_words(action: Action) -> None:
    fields = {name for _, name, _, _ in Formatter().parse(SENTENCES[action]) if name is not None}
    assert fields <= {"member", "request", "more"}
    assert re.fullmatch(r"[A-Z][a-z, ]+", audit_texts.label(action))


def test_every_action_that_the_code_writes_is_one_that_has_words() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in files("klapper/*.py", "cogs/*.py"))
    written = set(re.findall(r"\bAction\.([A-Z_]+)\b", text))
    assert written <= set(Action.__members__)
    assert set(SENTENCES) == set(Action)
    assert [path for path in files("klapper/*.py") if _writes_a_plain_text(parsed(path))] == []


def _writes_a_plain_text(tree: ast.AST) -> bool:
    """Whether an `Entry` is made with something else than a name as its action."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "Entry"]
    actions = [word.value for call in calls for word in call.keywords if word.arg == "action"]
    return any(isinstance(action, ast.Constant | ast.JoinedStr) for action in actions)


def test_what_people_wrote_is_shown_as_it_stands() -> None:
    said = audit_texts.line(line_of(detail=HOSTILE, words=HOSTILE))
    assert "\n" not in said
    assert re.sub(r"\\[^\w\s]", "", said).count("@") == 0
    assert re.findall(r"<[^t]", said.replace("\\<", "")) == []


@pytest.mark.parametrize("action", Action)
def test_the_longest_line_has_all_of_its_parts(action: Action) -> None:
    said = audit_texts.line(longest_line(action))
    assert len(said) <= LINE_CHARS
    assert said.endswith("…”")


@pytest.mark.parametrize("count", [1, 2, 4, 5, 50])
def test_what_fits_into_a_message_is_all_of_it(count: int) -> None:
    lines = [longest_line() for _ in range(count)]
    taken = audit_texts.fit(lines)
    assert 1 <= taken <= count
    said = audit_texts.message(lines[:taken])
    assert len(said) <= MESSAGE_CHARS
    assert said.splitlines() == [audit_texts.line(line) for line in lines[:taken]]
    assert taken == count or len(said) + 1 + len(audit_texts.line(lines[taken])) > MESSAGE_CHARS


def test_a_message_that_was_begun_with_more_is_cut() -> None:
    assert len(audit_texts.message([longest_line() for _ in range(50)])) <= MESSAGE_CHARS
