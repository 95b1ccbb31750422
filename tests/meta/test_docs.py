"""The documents say what the code does: states, words, metrics, pauses, prices, commands, keys, files and the cards."""

from __future__ import annotations

import ast
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import discord
import pytest
import typer

import bot
from cogs import texts
from klapper.database.migrate import migrate
from klapper.database.sqlite import SqliteDatabase
from klapper.errors import NotTaken, PauseScope, ProviderRejected
from klapper.jobs.cards import Card
from klapper.jobs.deliveries import Delivery
from klapper.jobs.job import TRANSITIONS, DeliveryState, Job, JobStatus, Price
from klapper.jobs.pauses import ALL, PauseStore
from klapper.jobs.store import JobStore
from klapper.kling.catalogue import CATALOGUE
from klapper.kling.model import Family
from klapper.kling.prices import PRICES
from klapper.kling.pricing import Tariff, quote
from klapper.kling.request import VideoRequest
from klapper.kling.resolution import resolve
from klapper.ledger.records import Kind
from klapper.messages import card_texts
from klapper.messages.job_card import build_card, components
from klapper.ops.metrics import Metrics
from klapper.segmind.retry import Answered, decide_submit
from klapper.services.provider_pauses import LOW_BALANCE, PROBED
from klapper.services.usual_times import UsualTimes
from klapper.services.views import JobView, Money, MoneyState, WaitingFor
from klapper.setting_sources import env_name
from klapper.settings import keys as setting_keys
from klapper.settings import sections
from tests.meta.tree import ROOT, files, parsed, shown

DOCS = ROOT / "docs"
README = ROOT / "README.md"
DOCUMENTS = [README, ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.glob("**/*.md"))]
DECISIONS = sorted((DOCS / "adr").glob("*.md"))

each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=shown)

Edge = tuple[str, str, str]  # letter, from, to

# Job states


def test_the_drawn_states_are_the_machine() -> None:
    drawn = {(start, end) for _, start, end in _drawn_edges() if start != "[*]"}
    assert drawn == {(start.value, end.value) for start, ends in TRANSITIONS.items() for end in ends}


def test_every_drawn_edge_has_its_letter_in_the_table() -> None:
    assert _drawn_edges() == _tabled_edges()


def test_every_edge_says_what_happens_to_the_money() -> None:
    rows = _table(DOCS / "job-states.md", "edge")
    assert [row[0] for row in rows if not row[4]] == []


def _drawn_edges() -> set[Edge]:
    text = _text(DOCS / "job-states.md")
    return {(edge[2], edge[0], edge[1]) for edge in re.findall(r"^ +(\S+) --> (\w+) : ([a-z])$", text, re.MULTILINE)}


def _tabled_edges() -> set[Edge]:
    return {
        (letter, start, end)
        for letter, starts, ends, *_ in _table(DOCS / "job-states.md", "edge")
        for start in starts.replace("(new)", "`[*]`").replace("`", "").split(", ")
        for end in ends.replace("`", "").split(", ")
    }


# Words


@pytest.mark.parametrize("word", [*JobStatus, *DeliveryState, *Kind])
def test_the_glossary_settles_the_word(word: str) -> None:
    assert re.search(rf"^\| `{word}` \| \S", _text(DOCS / "glossary.md"), flags=re.MULTILINE)


def test_no_word_of_the_glossary_is_settled_twice() -> None:
    words = re.findall(r"^\| ([^|]+) \| ", _text(DOCS / "glossary.md"), flags=re.MULTILINE)
    terms = [word for word in words if word != "word"]
    assert len(terms) == len(set(terms))


# The operators' guide


def test_the_operators_guide_has_every_metric_and_no_other() -> None:
    described = {row[0].strip("`") for row in _table(DOCS / "operators.md", "metric")}
    assert described == _metrics()
    assert set(re.findall(r"klapper_\w+", _text(DOCS / "operators.md"))) <= described


def test_the_operators_guide_has_every_pause_and_no_other() -> None:
    described = {row[0].strip("`") for row in _table(DOCS / "operators.md", "reason")}
    assert described == {*_pause_reasons(), LOW_BALANCE}


def test_the_operators_guide_explains_every_error_that_is_logged() -> None:
    said = {message for path in files("bot.py", "cogs/*.py", "klapper/*.py") for message in _logged_errors(path)}
    explained = " ".join(row[0] for row in _table(DOCS / "operators.md", "what you see"))
    assert said
    assert [message for message in sorted(said) if f"`{message}`" not in explained] == []


def _logged_errors(path: Path) -> Iterator[str]:
    """The text of each `log.error("...")` and `log.exception("...")`."""
    for node in ast.walk(parsed(path)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
            continue
        message = node.args[0]
        if node.func.attr in ("error", "exception") and isinstance(message, ast.Constant):
            yield str(message.value)


def test_the_printed_backup_is_a_copy_of_a_database_in_use(tmp_path: Path) -> None:
    original, copy = tmp_path / "data" / "klapper.db", tmp_path / "copy.db"
    migrate(original)
    with closing(sqlite3.connect(original, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("INSERT INTO guild_pauses VALUES (7, 'member:1', 0)")
        _run_printed("VACUUM INTO", tmp_path, str(original), str(copy))
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT guild_id FROM guild_pauses").fetchall() == [(7,)]


async def test_the_printed_pause_is_one_that_only_the_operator_ends(tmp_path: Path) -> None:
    path = tmp_path / "data" / "klapper.db"
    migrate(path)
    _run_printed("provider_pauses", tmp_path)
    async with SqliteDatabase.open(path) as database, database.read() as tx:
        [pause] = await PauseStore().provider(tx)
    assert pause.scope == ALL
    assert pause.reason not in PROBED


def _run_printed(what: str, directory: Path, *arguments: str) -> None:
    """Run the first `python -c` of the guide that contains `what`."""
    programs = re.findall(r"python -c '([^']+)'", _text(DOCS / "operators.md"))
    program = next(program for program in programs if what in program)
    subprocess.run([sys.executable, "-c", program, *arguments], cwd=directory, check=True)


def _metrics() -> set[str]:
    kept = [family for family in Metrics().registry.collect() if family.name.startswith("klapper_")]
    return {f"{family.name}_total" if family.type == "counter" else family.name for family in kept}


def _pause_reasons() -> Iterator[str]:
    """What the answers to a submit can pause: every client error, with the words that the documentation gives."""
    words = ("", "Insufficient credits", "Team spend limit reached", "Invalid content type", "duration is not valid")
    for code in range(400, 500):
        for text in words:
            decision = decide_submit(Answered(code, b'{"error": "%s"}' % text.encode()))
            if isinstance(decision, NotTaken | ProviderRejected) and decision.pause is not PauseScope.NONE:
                yield decision.reason


# Files, links, keys

FILE_NAME = re.compile(
    r"(?<![\w/.-])(?:(?:klapper|cogs|sandbox|tests|docs|\.ci)/[\w./-]*"
    r"|bot\.py|[\w.-]+\.(?:toml|yaml|txt)|[A-Z]+\.md|Dockerfile|Makefile)"
)
OPERATORS_FILES = {"config.toml", "second.toml"}


@each_document
def test_every_file_that_a_document_names_exists(document: Path) -> None:
    named = {match[0].rstrip(".") for match in FILE_NAME.finditer(_without_examples(document))}
    existing = {shown(path) for path in files()}
    folders = {f"{parent}{slash}" for path in existing for parent in Path(path).parents for slash in ("", "/")}
    assert named - existing - folders - OPERATORS_FILES == set()


@each_document
def test_every_relative_link_of_a_document_leads_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)\s]+)\)", _text(document))
    assert [target for target in targets if not _leads(document, target)] == []


@each_document
def test_every_setting_that_a_document_names_exists(document: Path) -> None:
    keys = {f"{section}.{key}" for section, model in sections().items() for key in setting_keys(model)}
    names = "|".join(sorted(sections(), reverse=True))  # a section within another before that one
    named = set(re.findall(rf"`((?:{names})\.[a-z]\w+)", _text(document))) - {"jobs.draft_id", "jobs.decision_id"}
    variables = set(re.findall(r"KLAPPER_[A-Z]+__\w+", _text(document)))
    assert named - keys - {"discord.py"} == set()
    assert variables - set(map(env_name, keys)) == set()


def _leads(document: Path, target: str) -> bool:
    name, _, anchor = target.partition("#")
    path = (document.parent / name).resolve() if name else document
    return path.exists() and (not anchor or anchor in _anchors(path))


def _anchors(path: Path) -> set[str]:
    """As GitHub makes them: lower case, punctuation gone, blanks as dashes."""
    headings = re.findall(r"^#+ (.+)$", _text(path), flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _without_examples(document: Path) -> str:
    """The text without code blocks, and without names with a placeholder in them."""
    return re.sub(r"^```.*?^```|\S*NNNN\S*", "", _text(document), flags=re.MULTILINE | re.DOTALL)


# Decisions


def test_the_decisions_are_numbered_without_a_gap() -> None:
    assert [path.name[:4] for path in DECISIONS] == [f"{number:04d}" for number in range(1, len(DECISIONS) + 1)]


@pytest.mark.parametrize("decision", DECISIONS, ids=shown)
def test_a_decision_has_its_number_and_its_parts(decision: Path) -> None:
    parts = re.findall(r"^#+ (.+)$|^(\*\*Status:\*\*) \S", _text(decision), flags=re.MULTILINE)
    title, *rest = [heading or status for heading, status in parts]
    assert title.startswith(f"{int(decision.name[:4])}. ")
    assert rest == ["**Status:**", "Context", "Decision", "Consequences"]


# README


def _groups() -> dict[str, Any]:
    """The commands that have commands of their own."""
    return {name: command for name, command in _commands().items() if hasattr(command, "commands")}


def _commands() -> dict[str, Any]:
    """Every command of bot.py by its words."""
    group: Any = typer.main.get_command(bot.app)  # typer's group is click's
    found = dict(group.commands)
    for name, command in group.commands.items():
        found |= {f"{name} {inner}": one for inner, one in getattr(command, "commands", {}).items()}
    return found


def test_the_readme_has_every_command_of_the_program_and_no_other() -> None:
    words = [row[0].strip("`").removeprefix("python bot.py ").split() for row in _table(README, "command line")]
    plain = [[word for word in line if re.fullmatch(r"[a-z]+", word)] for line in words]
    described = {" ".join(line[:2] if line[0] in _groups() else line[:1]) for line in plain}
    assert described == set(_commands())


def test_the_readme_has_every_option_of_the_program_and_no_other() -> None:
    commands = [typer.main.get_command(bot.app), *_commands().values()]
    options = [{*param.opts, *param.secondary_opts} for command in commands for param in command.params]
    known = [names for names in options if any(name.startswith("--") for name in names)]
    section = _text(README).split("## Command line")[1].split("\n## ")[0]
    described = set(re.findall(r"--[\w-]+", re.sub(r"\|[-|]+\|", "", section)))
    assert described <= set[str]().union(*known)
    assert [names for names in known if not names & described] == []


def test_the_invitation_asks_for_the_permissions_that_are_checked() -> None:
    value = re.search(r"permissions=(\d+)", _text(README))
    assert value is not None
    assert discord.Permissions(int(value[1])) == discord.Permissions(**dict.fromkeys(texts.PERMISSIONS, True))
    assert [title for title in texts.PERMISSIONS.values() if title not in _text(README)] == []


@pytest.mark.parametrize("family", CATALOGUE.families(), ids=lambda family: family.key)
def test_the_readme_has_the_prices_that_are_charged(family: Family) -> None:
    rows = {row[0]: row for row in _table(README, "`model`")}
    prices = [PRICES.models[model.slug].rates for model in CATALOGUE.models if model.family == family]
    cells = {f"{cell} {rate.usd:f}" for rates in prices for cell, rate in rates.items()}
    resolved = resolve(VideoRequest(prompt="-", model=family.key), CATALOGUE)
    _, title, usd, credits = rows[f"`{family.key}`"]
    assert title == family.title
    assert set(usd.split(": ", 1)[1].split(", ")) == cells
    assert credits == str(quote(resolved, Tariff(PRICES)).price_credits)


@pytest.mark.parametrize("moment", ["waiting", "being made", "done"])
async def test_the_readme_shows_the_card_as_it_is(moment: str) -> None:
    card = "\n".join(f"│ {line}".rstrip() for line in _shown_lines(_moments()[moment]))
    assert card in _text(README)


async def test_the_readme_shows_the_ping_as_it_is() -> None:
    assert f"↳ {_plain(card_texts.news(_moments()['done']).splitlines()[0])}" in _text(README)


NOW_MS = 1_800_000_000_000


def _moments() -> dict[str, JobView]:
    """One job at three moments, each seen at NOW_MS."""
    resolved = resolve(VideoRequest(prompt="a paper boat on a rainy street, camera low and close"), CATALOGUE)
    job = Job(
        job_id="k7m2p9xd",
        interaction_id=1,
        guild_id=1,
        channel_id=1,
        member_ref=1,
        user_id=1,
        decision_id=1,
        request=resolved.to_json(),
        slug=resolved.slug,
        body_hash="",
        deliver_to="here",
        price=Price(84, 84, 840_000, PRICES.version),
        status=JobStatus.WAITING,
        created_at_ms=NOW_MS - 1_000,
        status_at_ms=NOW_MS,
        waiting_since_ms=NOW_MS,
        not_before_ms=NOW_MS + 2_000,
    )
    waiting = JobView(
        job=job,
        request=resolved,
        model_title=resolved.model.title,
        money=Money(MoneyState.HELD, 84),
        card=Card(job.job_id, 1, 1, "", NOW_MS, ""),
        delivery=None,
        waiting_for=WaitingFor.UNDO,
    )
    making = replace(job, status=JobStatus.PROCESSING, attempts=1, posted_at_ms=NOW_MS - 40_000, request_id="-" * 8)
    done = replace(
        making,
        status=JobStatus.SUCCEEDED,
        posted_at_ms=NOW_MS - 143_000,
        finished_at_ms=NOW_MS - 2_000,
        run_time_s=139.0,
    )
    delivery = Delivery(job.job_id, DeliveryState.DELIVERED, "", "attached", None, 0, 0, None, 0)
    usual = UsualTimes(jobs=JobStore(), catalogue=CATALOGUE).usual(making)
    eta_at_ms = NOW_MS - 40_000 + round(usual.under_s * 1_000)
    return {
        "waiting": waiting,
        "being made": replace(waiting, job=making, waiting_for=None, eta_at_ms=eta_at_ms),
        "done": replace(waiting, job=done, waiting_for=None, money=Money(MoneyState.CHARGED, 84), delivery=delivery),
    }


def _shown_lines(view: JobView) -> Iterator[str]:
    """The card as lines of text."""
    for box in components(build_card(view)):
        for part in box["components"]:
            match part:
                case {"content": content}:
                    yield from _plain(content).splitlines()
                case {"items": [{"media": {"url": url}}]}:
                    yield f"▶ {url.removeprefix('attachment://')}"
                case {"components": buttons}:
                    yield " ".join(f"[ {button['label']} ]" for button in buttons)
                case _:
                    yield ""


def _plain(content: str) -> str:
    """Discord's markup as its reader sees it."""
    said = re.sub(r"<t:(\d+):R>", lambda time: _relative(int(time[1]) - NOW_MS // 1_000), content)
    return re.sub(r"^(?:### |-# )|`|\\(?=\W)", "", said, flags=re.MULTILINE).replace("<@1>", "@mara")


def _relative(seconds: int) -> str:
    amount, unit = (abs(seconds), "second") if abs(seconds) < 60 else (round(abs(seconds) / 60), "minute")
    words = f"{amount} {unit}" if amount == 1 else f"{amount} {unit}s"
    return f"in {words}" if seconds > 0 else f"{words} ago"


# Reading documents


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _table(path: Path, first_column: str) -> list[list[str]]:
    """The rows of the table whose first heading is `first_column`, cell by cell."""
    lines = _text(path).splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith(f"| {first_column} |"))
    rows = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows
