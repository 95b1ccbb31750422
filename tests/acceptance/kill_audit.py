"""The questions at the end of a kill test. Each answer is a list of complaints, empty when all is well."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.driver import MessageView
from sandbox.segmind import JobView, RequestView
from tests.acceptance.kill_plan import PLACES, Plan
from tests.acceptance.town import Town, clips

# Answers that mean that Segmind did not take it (docs/job-states.md, edge j).
PROVABLY_NOT_TAKEN = frozenset({401, 403, 429})
ENDS = frozenset({"succeeded", "failed", "refused", "abandoned"})
UNFINISHED = ("Waiting", "Being sent", "In Segmind's queue", "Being made", "Outcome unclear", "on its way", "In review")
_SETTLED = """
    SELECT (SELECT count(*) FROM jobs
             WHERE status IN ('in_review', 'waiting', 'sending', 'queued', 'processing', 'unknown'))
         + (SELECT count(*) FROM deliveries WHERE state = 'pending' OR told_at_ms IS NULL)
"""
_JOBS = """
    SELECT j.job_id, j.request, j.status, j.reason, j.request_id, j.price_credits, j.budget_units, j.deliver_to,
           m.discord_user_id, d.state, d.way, c.channel_id, c.message_id
      FROM jobs j JOIN members m USING (member_ref)
      LEFT JOIN deliveries d USING (job_id) LEFT JOIN cards c USING (job_id)
"""


@dataclass(frozen=True, slots=True)
class EndedJob:
    """A job as the bot's database has it in the end."""

    job_id: str
    prompt: str
    status: str
    reason: str
    request_id: str | None
    credits: int
    units: int
    user_id: str
    delivery: str
    card_id: str

    @property
    def clip_name(self) -> str:
        return f"klapper-{self.job_id}.mp4"


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything that there is to look at."""

    jobs: Sequence[EndedJob]
    books: Mapping[str, Any]
    posts: Sequence[RequestView]
    made: Sequence[JobView]
    messages: Sequence[MessageView]  # that are there now
    versions: Sequence[MessageView]  # of all messages that ever were
    downloads: Mapping[str, bytes]  # what Discord shows, by the name of the clip
    log: str


def unsettled(database: Path) -> int:
    """How many jobs and deliveries still have something before them."""
    with closing(_read(database)) as connection:
        return int(connection.execute(_SETTLED).fetchone()[0])


async def findings(town: Town) -> Findings:
    """Look everywhere, once."""
    driver = town.driver
    members = sorted({member for asking in PLACES.values() for member in asking})
    messages = [message for channel in PLACES for message in await driver.messages(channel)]
    messages += [message for member in members for message in await driver.dm_messages(member)]
    shown = {name: message for message in messages for name in clips(message)}
    return Findings(
        jobs=_jobs(town.bot.database),
        books=await town.bot.ledger(),
        posts=await town.control.submits(),
        made=await town.control.jobs(),
        messages=messages,
        versions=await driver.all_versions(),
        downloads={name: await driver.fetch(_url(message, name)) for name, message in shown.items()},
        log=town.bot.log.read_text(),
    )


def complaints(found: Findings, plan: Plan) -> list[str]:
    """Everything that is not as promised."""
    questions = (_settled, _posts, _ends, _clips, _cards, _pings, _books, _log)
    return [*_wishes(found, plan), *(complaint for ask in questions for complaint in ask(found))]


def _wishes(found: Findings, plan: Plan) -> Iterator[str]:
    for wish in plan.wishes:
        if not any(job.prompt.startswith(wish.text) for job in found.jobs):
            yield f"{wish.text} was accepted, and there is no such job"


def _settled(found: Findings) -> Iterator[str]:
    for job in found.jobs:
        if job.delivery == "pending" or job.status not in ENDS:
            yield f"{job.job_id} has not come to its end: {job.status} ({job.reason}), its clip is {job.delivery}"


def _posts(found: Findings) -> Iterator[str]:
    """Once at most, unless Segmind said that it did not take it."""
    by_prompt: dict[str, list[RequestView]] = defaultdict(list)
    for post in found.posts:
        by_prompt[str(post.body["prompt"])].append(post)
    for prompt, posts in by_prompt.items():
        statuses = [post.status for post in posts]
        if len([status for status in statuses if status not in PROVABLY_NOT_TAKEN]) > 1:
            yield f"POSTed again after an answer that does not exclude it: {prompt}: {statuses}"
    for prompt, count in Counter(str(job.parameters["prompt"]) for job in found.made).items():
        if count > 1:
            yield f"made {count} times: {prompt}"


def _ends(found: Findings) -> Iterator[str]:
    """What Segmind made, and what the bot believes."""
    made = {str(job.parameters["prompt"]): job for job in found.made}
    believed = {"COMPLETED": {"succeeded"}, "FAILED": {"failed", "refused"}, None: {"abandoned"}}
    prompts = {job.prompt for job in found.jobs}
    yield from (f"Segmind made what nobody knows of: {prompt}" for prompt in made.keys() - prompts)
    for job in found.jobs:
        there = made.get(job.prompt)
        if job.status not in believed.get(there.state if there else None, set()):
            yield f"{job.job_id} is {job.status} ({job.reason}), at Segmind {there.state if there else 'unknown'}"
        if there is not None and job.request_id != there.id:
            yield f"{job.job_id} has the request id {job.request_id}, at Segmind it is {there.id}"


def _clips(found: Findings) -> Iterator[str]:
    """Exactly one visible clip of each finished job, and it is that job's."""
    shown = Counter(name for message in found.messages for name in clips(message))
    attached = Counter(file.filename for message in found.messages for file in message.attachments)
    for job in found.jobs:
        expected = 1 if job.status == "succeeded" else 0
        if shown[job.clip_name] != expected or attached[job.clip_name] != expected:
            yield f"{job.job_id} ({job.status}) shows its clip {shown[job.clip_name]} times"
        if expected and job.prompt.encode() not in found.downloads.get(job.clip_name, b""):
            yield f"what {job.job_id} shows is not its clip"
        if expected and job.delivery != "delivered":
            yield f"{job.job_id} is {job.delivery}"


def _cards(found: Findings) -> Iterator[str]:
    """One card of each job, and none that says that something is still going on."""
    cards = Counter(_job_of(message) for message in found.messages if _job_of(message) is not None)
    for job in found.jobs:
        if cards[job.job_id] != 1:
            yield f"{job.job_id} has {cards[job.job_id]} cards"
    for message in found.messages:
        heading = next((line for line in message.text.splitlines() if line.startswith("###")), "")
        if any(words in heading for words in UNFINISHED):
            yield f"a card still says: {heading} ({_job_of(message)})"


def _pings(found: Findings) -> Iterator[str]:
    """The requester hears of the end once."""
    for job in found.jobs:
        news = {one.id for one in found.versions if _is_news(one, job)}
        if len(news) != 1:
            yield f"{job.job_id} told its requester {len(news)} times"


def _is_news(message: MessageView, job: EndedJob) -> bool:
    """Below the card, or a direct message where Segmind refused it."""
    is_below = message.reply_to == job.card_id and job.user_id in message.pinged
    is_apart = message.dm and message.id != job.card_id and job.job_id in message.text
    return is_below or (is_apart and not clips(message))


def _books(found: Findings) -> Iterator[str]:
    paid = [job for job in found.jobs if job.status == "succeeded"]
    expected = {
        "adds_up": True,
        "held_credits": 0,
        "held_units": 0,
        "spent_credits": sum(job.credits for job in paid),
        "spent_units": sum(job.units for job in paid),
    }
    yield from (
        f"books: {key} is {found.books[key]}, not {is_}" for key, is_ in expected.items() if found.books[key] != is_
    )
    charged = round(sum(job.charged_usd or 0 for job in found.made) * 100)
    if charged != expected["spent_units"]:
        yield f"Segmind charged {charged} cents, the books have {expected['spent_units']}"


def _log(found: Findings) -> Iterator[str]:
    if "Traceback" in found.log:
        start = found.log.index("Traceback")
        yield f"the log has a traceback: {found.log[start - 300 : start + 1500]}"


def _job_of(message: MessageView) -> str | None:
    """The job that a card's buttons are about."""
    ids = [button.custom_id.split(":") for button in message.buttons if button.custom_id.startswith("job:")]
    return ids[0][1] if ids and not message.ephemeral else None


def _url(message: MessageView, name: str) -> str:
    return next(file.url for file in message.attachments if file.filename == name)


def _jobs(database: Path) -> list[EndedJob]:
    with closing(_read(database)) as connection:
        return [_job(row) for row in connection.execute(_JOBS)]


def _job(row: sqlite3.Row) -> EndedJob:
    return EndedJob(
        job_id=row["job_id"],
        prompt=str(json.loads(row["request"])["asked"]["prompt"]),
        status=row["status"],
        reason=row["reason"],
        request_id=row["request_id"],
        credits=row["price_credits"],
        units=row["budget_units"],
        user_id=str(row["discord_user_id"]),
        delivery=row["state"] or "none",
        card_id=str(row["message_id"]),
    )


def _read(database: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10)
    connection.row_factory = sqlite3.Row
    return connection
