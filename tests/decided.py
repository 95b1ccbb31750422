"""What the database says about decisions, cases and holds, judged without any code of Klapper's."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

# Every job with its hold, the decision that it refers to, and how many open cases and good decisions it has.
JOBS = """
SELECT jobs.job_id, jobs.status, jobs.attempts, jobs.request, jobs.member_ref, jobs.guild_id,
    reservations.status AS hold,
    decisions.member_ref AS decided_member, decisions.guild_id AS decided_guild, decisions.content_hash,
    decisions.verdict, decisions.decided_by,
    (SELECT COUNT(*) FROM cases WHERE cases.job_id = jobs.job_id AND kind = 'review' AND closed_at_ms IS NULL) AS cases,
    (SELECT json_group_array(DISTINCT content_hash) FROM decisions AS let_in WHERE let_in.member_ref = jobs.member_ref
        AND let_in.guild_id = jobs.guild_id AND let_in.verdict IN ('allowed', 'review')) AS let_in
FROM jobs LEFT JOIN reservations USING (job_id) LEFT JOIN decisions USING (decision_id)
"""
ONE_JOB = f"{JOBS} WHERE jobs.job_id = :job_id"
IN_ORDER = f"{JOBS} ORDER BY jobs.interaction_id"
HOLDS_OF_NOTHING = "SELECT job_id FROM reservations WHERE job_id NOT IN (SELECT job_id FROM jobs)"
OPEN = ("in_review", "waiting", "sending", "queued", "processing", "unknown")


class Row(Protocol):
    """A row of JOBS."""

    def __getitem__(self, name: str, /) -> Any: ...


def content_hash(request: str) -> str:
    """The name of every text and image in a job's stored request (JSON)."""
    asked = json.loads(request)["asked"]
    shots = [shot["prompt"] for shot in asked.get("shots", ())]
    texts = [asked.get("prompt"), asked.get("negative_prompt"), *shots, " ".join(shots), *asked.get("voice_ids", ())]
    images = [asked.get("start_image"), asked.get("end_image")]
    for element in asked.get("elements", ()):
        images += [element["frontal"], *element["references"]]
    plain = json.dumps([_once(texts), _once(images)], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()


def breaches(jobs: Iterable[Row]) -> Iterator[tuple[str, str]]:
    """What must not be, job by job: its id and a sentence."""
    for job in jobs:
        yield from ((job["job_id"], sentence) for sentence in _breaches(job))


def unfit_to_send(job: Row) -> str | None:
    """Why a job may not be sent now, None when it may: who said yes to exactly this?"""
    if job["verdict"] != "allowed":
        return f"the decision that it refers to says {job['verdict']}"
    if (job["decided_member"], job["decided_guild"]) != (job["member_ref"], job["guild_id"]):
        return "the decision that it refers to is about somebody else"
    if job["content_hash"] != content_hash(job["request"]):
        return "the decision that it refers to is about another text or other images"
    return None


def _breaches(job: Row) -> Iterator[str]:
    status, hold = job["status"], job["hold"]
    if hold is None:
        yield "nothing was held for it"
    elif content_hash(job["request"]) not in json.loads(job["let_in"]):
        yield "its credits were held and no decision let exactly this in"
    elif (hold == "held") != (status in OPEN):
        yield f"it is {status} and its credits are {hold}"
    if (status == "in_review") != (job["cases"] == 1) or job["cases"] > 1:
        yield f"it is {status} and has {job['cases']} open cases"
    if status not in ("in_review", "rejected", "cancelled", "expired", "failed") and (why := unfit_to_send(job)):
        yield f"it is {status} and {why}"


def _once(values: Iterable[str | None]) -> list[str]:
    seen: Mapping[str, None] = dict.fromkeys(value for value in values if value)
    return list(seen)
