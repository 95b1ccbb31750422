"""Klapper's own messages, posted and edited with the bot's permissions over REST. Implements the port `Messenger`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any

import discord

from klapper.clock import HOUR_MS, SECOND_MS, Clock, SystemClock
from klapper.errors import DeliveryError
from klapper.jobs.job import Job
from klapper.messages import audit_texts, card_texts, notice_texts, own_messages
from klapper.messages.clip_upload import clip_upload
from klapper.messages.job_card import build_card, carries_clip, fingerprint
from klapper.messages.rest_calls import RestCalls
from klapper.services.audit_lines import AuditLine
from klapper.services.messenger import ClipFile, ClipOnCard, MessageRef
from klapper.services.notices import Notice
from klapper.services.views import JobView

CALL_S = 30.0
UPLOAD_S = 300.0
HISTORY_MESSAGES = 1000  # ten requests at most
DEFAULT_UPLOAD_LIMIT_BYTES = 10 * 1024 * 1024  # Discord docs: Uploading Files; of a guild without boosts

NO_MENTIONS = discord.AllowedMentions.none()


class Publisher:
    """Keeps:

    - nobody is pinged in a channel by anything but `tell`, and by that only the requester;
    - a message is named by its channel and id alone, so everything works after a restart and without a cache;
    - interaction tokens are never used here: they end after fifteen minutes, jobs do not.
    """

    def __init__(
        self, client: discord.Client, *, call_s: float = CALL_S, upload_s: float = UPLOAD_S, clock: Clock | None = None
    ) -> None:
        self._client = client
        self._clock = clock or SystemClock()
        self._calls = RestCalls()
        self._call_s = call_s
        self._upload_s = upload_s

    def fingerprint(self, view: JobView) -> str:
        """Short text that is equal for views that look equal on a card."""
        return fingerprint(view)

    async def post_card(self, view: JobView, nonce: str) -> MessageRef:
        """Post the card where the job wants it: its channel or the requester's DM."""
        return await self._calls(self._post_card(view, nonce), deadline_s=self._call_s)

    async def find_card(self, view: JobView) -> MessageRef | None:
        """Our newest message there with this job's buttons, of what was posted since the job was asked for."""
        return await self._calls(self._find_card(view), deadline_s=self._call_s)

    async def edit_card(self, view: JobView, message: MessageRef, clip: ClipFile | None = None) -> None:
        """Show the view; a clip replaces every attachment, no clip leaves them as they are."""
        deadline_s = self._call_s if clip is None else self._upload_s
        try:
            await self._calls(self._edit(view, message, clip), deadline_s=deadline_s, edits=message.message_id)
        except DeliveryError as error:
            if isinstance(error.__cause__, discord.RateLimited) and self._is_old(message):
                # 30046 is a rate limit; when its wait is long, discord.py tells of the wait and not of the code.
                raise DeliveryError("too_old", error.sentence) from error
            raise

    async def clip_on_card(self, view: JobView, message: MessageRef) -> ClipOnCard | None:
        """How the card shows the clip as it is now."""
        there = self._channel(message.channel_id).get_partial_message(message.message_id)
        return own_messages.clip_on(await self._calls(there.fetch(), deadline_s=self._call_s))

    async def reply_with_clip(
        self, view: JobView, message: MessageRef, clip: ClipFile | None, nonce: str
    ) -> MessageRef:
        """The finished job below its card. Raises `card_deleted` when the card is gone."""
        channel = self._channel(message.channel_id)
        sending = self._send_finished(channel, view, clip, nonce, below=channel.get_partial_message(message.message_id))
        return await self._calls(sending, deadline_s=self._upload_s)

    async def send_clip(self, view: JobView, clip: ClipFile | None, nonce: str) -> MessageRef:
        """The finished job in the requester's DM."""
        return await self._calls(self._send_direct(view, clip, nonce), deadline_s=self._upload_s)

    async def tell(self, view: JobView, message: MessageRef, nonce: str) -> MessageRef:
        """The one ping, below the card."""
        return await self._calls(self._tell(view, message, nonce), deadline_s=self._call_s)

    async def tell_directly(self, view: JobView, nonce: str) -> MessageRef:
        """The news in the requester's DM, with the way to the card."""
        return await self._calls(self._tell_directly(view, nonce), deadline_s=self._call_s)

    async def delete(self, view: JobView, message_id: int, channel_id: int | None) -> bool:
        """Take a message of ours away; None as channel: in the requester's DM. False: it is not there."""
        try:
            await self._calls(self._delete(view.job, message_id, channel_id), deadline_s=self._call_s)
        except DeliveryError as error:
            if error.reason not in ("card_deleted", "channel_gone"):
                raise
            return False
        return True

    async def find_reply(self, view: JobView, channel_id: int | None, *, since_ms: int) -> MessageRef | None:
        """Our newest message since then that names this job without being its card; None as channel: in the DM."""
        return await self._calls(self._find_reply(view, channel_id, since_ms), deadline_s=self._call_s)

    async def upload_limit_bytes(self, guild_id: int) -> int:
        """What Discord told us about the guild's boosts; the limit without any when it is not in the cache."""
        guild = self._client.get_guild(guild_id)
        return DEFAULT_UPLOAD_LIMIT_BYTES if guild is None else guild.filesize_limit

    def audit_fit(self, lines: Sequence[AuditLine]) -> int:
        """How many of these lines one message takes."""
        return audit_texts.fit(lines)

    async def post_audit(self, channel_id: int, lines: Sequence[AuditLine], nonce: str) -> MessageRef:
        """Lines of the audit in one message."""
        return await self._calls(self._post_audit(channel_id, lines, nonce), deadline_s=self._call_s)

    async def notify(self, notice: Notice, nonce: str) -> None:
        """What became of somebody's credits, as a direct message."""
        await self._calls(self._notify(notice, nonce), deadline_s=self._call_s)

    async def was_notified(self, notice: Notice) -> bool:
        """Whether such a message of ours is among those since then."""
        return await self._calls(self._was_notified(notice), deadline_s=self._call_s)

    async def _notify(self, notice: Notice, nonce: str) -> None:
        guild = self._client.get_guild(notice.guild_id)
        said = notice_texts.notice(notice, "" if guild is None else guild.name)
        channel = await self._direct_to(notice.user_id)
        await channel.send(said, nonce=nonce, allowed_mentions=NO_MENTIONS)

    async def _was_notified(self, notice: Notice) -> bool:
        mark, since = notice_texts.mark(notice), own_messages.first_id(notice.at_ms - own_messages.CLOCK_SET_MS)
        channel = await self._direct_to(notice.user_id)
        return await self._newest(channel, since, lambda message: mark in message.content) is not None

    async def _post_audit(self, channel_id: int, lines: Sequence[AuditLine], nonce: str) -> MessageRef:
        content = audit_texts.message(lines)
        return _ref(await self._channel(channel_id).send(content, nonce=nonce, allowed_mentions=NO_MENTIONS))

    async def _post_card(self, view: JobView, nonce: str) -> MessageRef:
        place = await self._place(view.job)
        return _ref(await place.send(view=build_card(view), nonce=nonce, allowed_mentions=NO_MENTIONS))

    async def _find_card(self, view: JobView) -> MessageRef | None:
        job = view.job
        place = await self._place(job)
        return await self._newest(place, job.interaction_id, partial(own_messages.is_card, job_id=job.job_id))

    async def _edit(self, view: JobView, message: MessageRef, clip: ClipFile | None) -> None:
        # A PartialMessage: a whole Message of discord.py 2.7.1 sends flags with every edit.
        there = self._channel(message.channel_id).get_partial_message(message.message_id)
        if clip is None:
            kept = await self._kept(there) if carries_clip(view) else discord.utils.MISSING
            await there.edit(view=build_card(view), attachments=kept, allowed_mentions=NO_MENTIONS)
            return
        with clip_upload(clip, view.job) as file:
            await there.edit(view=build_card(view), attachments=[file], allowed_mentions=NO_MENTIONS)

    async def _kept(self, there: discord.PartialMessage) -> Any:
        """The attached clip by its name: what a component refers to need not be found among what is kept silently."""
        return own_messages.attached(await there.fetch()) or discord.utils.MISSING

    async def _send_direct(self, view: JobView, clip: ClipFile | None, nonce: str) -> MessageRef:
        why = card_texts.came_directly(view)
        return await self._send_finished(await self._direct(view.job), view, clip, nonce, preface=why)

    async def _send_finished(
        self,
        place: discord.abc.Messageable,
        view: JobView,
        clip: ClipFile | None,
        nonce: str,
        *,
        below: discord.PartialMessage | None = None,
        preface: str = "",
    ) -> MessageRef:
        finished = view.as_delivered("linked" if clip is None else "attached")
        # Without buttons: the card has them, and by them it is told from this message.
        sending: dict[str, Any] = {"view": build_card(finished, with_buttons=False, preface=preface), "nonce": nonce}
        sending |= {"allowed_mentions": NO_MENTIONS}
        with ExitStack() as files:
            if clip is not None:
                sending["file"] = files.enter_context(clip_upload(clip, view.job))
            if below is not None:
                sending["reference"] = below
            return _ref(await place.send(**sending))

    async def _tell(self, view: JobView, message: MessageRef, nonce: str) -> MessageRef:
        channel = self._channel(message.channel_id)
        requester = [] if view.job.user_id is None else [discord.Object(view.job.user_id)]
        sent = await channel.send(
            card_texts.news(view),
            reference=channel.get_partial_message(message.message_id),
            nonce=nonce,
            allowed_mentions=discord.AllowedMentions(everyone=False, roles=False, replied_user=False, users=requester),
        )
        return _ref(sent)

    async def _tell_directly(self, view: JobView, nonce: str) -> MessageRef:
        channel = await self._direct(view.job)
        return _ref(await channel.send(card_texts.news_directly(view), nonce=nonce, allowed_mentions=NO_MENTIONS))

    async def _delete(self, job: Job, message_id: int, channel_id: int | None) -> None:
        place = await self._direct(job) if channel_id is None else self._channel(channel_id)
        await place.get_partial_message(message_id).delete()

    async def _find_reply(self, view: JobView, channel_id: int | None, since_ms: int) -> MessageRef | None:
        job = view.job
        place = await self._direct(job) if channel_id is None else self._channel(channel_id)
        since = own_messages.earliest_id(job, since_ms)
        return await self._newest(place, since, partial(own_messages.is_reply, job_id=job.job_id))

    def _is_old(self, message: MessageRef) -> bool:
        posted_at_ms = round(discord.utils.snowflake_time(message.message_id).timestamp() * SECOND_MS)
        return self._clock.now_ms() - posted_at_ms > HOUR_MS

    async def _newest(
        self, place: discord.abc.Messageable, since: int, is_it: Callable[[discord.Message], bool]
    ) -> MessageRef | None:
        """Our newest such message after the snowflake. However busy the channel was since: what we lost is near it."""
        us, found = self._client.user, None
        after = discord.Object(since)
        async for message in place.history(limit=HISTORY_MESSAGES, after=after, oldest_first=True):
            if us is not None and message.author.id == us.id and is_it(message):
                found = _ref(message)
        return found

    async def _place(self, job: Job) -> discord.abc.Messageable:
        return await self._direct(job) if job.deliver_to == "dm" else self._channel(job.channel_id)

    async def _direct(self, job: Job) -> discord.DMChannel:
        if job.user_id is None:
            raise DeliveryError("dm_closed", f"The requester of job {job.job_id} is forgotten.")
        return await self._direct_to(job.user_id)

    async def _direct_to(self, user_id: int) -> discord.DMChannel:
        return await self._client.create_dm(discord.Object(user_id))

    def _channel(self, channel_id: int) -> discord.PartialMessageable:
        # Without a guild: a card may be in a DM, and a reply that names another guild than its channel's is refused.
        return self._client.get_partial_messageable(channel_id)


def _ref(message: discord.Message) -> MessageRef:
    return MessageRef(message.channel.id, message.id)
