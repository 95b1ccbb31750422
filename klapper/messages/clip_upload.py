"""A clip on its way into a message."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import discord

from klapper.errors import DeliveryError
from klapper.jobs.job import Job
from klapper.messages import text
from klapper.messages.job_card import clip_name
from klapper.services.messenger import ClipFile

ALT_TEXT_CHARS = 1_000  # Discord docs: Attachment Structure, description, at most 1024


@contextmanager
def clip_upload(clip: ClipFile, job: Job) -> Iterator[discord.File]:
    """The clip as an attachment for one request: discord.py's File sends nothing when it is used a second time.

    Raises DeliveryError (`media_gone`) when it is not on disk.
    """
    try:
        alt_text = text.plain_line(clip.alt_text, ALT_TEXT_CHARS)
        file = discord.File(clip.path, filename=clip_name(job), description=alt_text or None)
    except OSError as error:
        raise DeliveryError("media_gone", f"The clip of job {job.job_id} is not on disk any more.") from error
    try:
        yield file
    finally:
        file.close()
