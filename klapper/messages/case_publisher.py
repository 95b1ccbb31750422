"""Cards of cases in the channels of moderators, over REST. Implements the port `CaseMessenger`."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack

import discord

from klapper.clock import MINUTE_MS
from klapper.errors import DeliveryError
from klapper.messages import case_texts, own_messages, pause_texts, report_texts
from klapper.messages.case_card import MOST_IMAGES, build_case, card_link, image_name, reported_name
from klapper.messages.rest_calls import RestCalls
from klapper.services.case_views import CaseView
from klapper.services.messenger import MessageRef

CALL_S = 30.0
UPLOAD_S = 120.0
HISTORY_MESSAGES = 1000
CLOCK_SET_MS = 10 * MINUTE_MS  # our clock may be fast by so much

NO_MENTIONS = discord.AllowedMentions.none()

_log = logging.getLogger(__name__)


class CasePublisher:
    """Keeps: nobody is pinged but by a reminder or the news of a pause, and by those only the roles that review."""

    def __init__(self, client: discord.Client, *, call_s: float = CALL_S, upload_s: float = UPLOAD_S) -> None:
        self._client = client
        self._calls = RestCalls()
        self._call_s = call_s
        self._upload_s = upload_s

    async def post_case(self, view: CaseView, channel_id: int, nonce: str) -> MessageRef:
        """Post the case's card with its images or its clip as spoilers."""
        return await self._calls(self._post(view, channel_id, nonce), deadline_s=self._upload_s)

    async def find_case(self, view: CaseView, channel_id: int) -> MessageRef | None:
        """Our newest message there with this case's buttons."""
        return await self._calls(self._find(view, channel_id), deadline_s=self._call_s)

    async def edit_case(self, view: CaseView, message: MessageRef) -> None:
        """Show the view, with its files anew; a settled case has none any more."""
        deadline_s = self._upload_s if view.case.is_open else self._call_s
        await self._calls(self._edit(view, message), deadline_s=deadline_s, edits=message.message_id)

    async def remove_case(self, message: MessageRef) -> None:
        """Delete a card."""
        there = self._channel(message.channel_id).get_partial_message(message.message_id)
        await self._calls(there.delete(), deadline_s=self._call_s)

    async def tell_requester(self, view: CaseView, nonce: str) -> None:
        """Tell whose clip was taken down, as a direct message."""
        await self._calls(self._tell_requester(view, nonce), deadline_s=self._call_s)

    async def was_told(self, view: CaseView) -> bool:
        """Whether such a message of ours is among those since the case was settled."""
        return await self._calls(self._was_told(view), deadline_s=self._call_s)

    async def remind(self, channel_id: int, views: Sequence[CaseView], roles: Collection[int], nonce: str) -> None:
        """Tell these roles that cases have become old."""
        told = sorted(roles)
        said = case_texts.reminder(views, told, [card_link(view) for view in views])
        await self._tell_roles(channel_id, said, told, nonce)

    async def tell_paused(self, channel_id: int, refusals: int, roles: Collection[int], nonce: str) -> None:
        """Tell these roles that Klapper paused itself."""
        told = sorted(roles)
        await self._tell_roles(channel_id, pause_texts.paused_itself(refusals, told), told, nonce)

    async def _tell_roles(self, channel_id: int, said: str, roles: Sequence[int], nonce: str) -> None:
        mentions = discord.AllowedMentions(everyone=False, users=False, roles=[discord.Object(role) for role in roles])
        sending = self._channel(channel_id).send(said, nonce=nonce, allowed_mentions=mentions)
        await self._calls(sending, deadline_s=self._call_s)

    async def _post(self, view: CaseView, channel_id: int, nonce: str) -> MessageRef:
        with ExitStack() as opened:
            files = list(case_files(view, opened))
            card = build_case(view, files=[file.filename for file in files])
            sent = await self._channel(channel_id).send(
                view=card, files=files, nonce=nonce, allowed_mentions=NO_MENTIONS
            )
        return MessageRef(sent.channel.id, sent.id)

    async def _edit(self, view: CaseView, message: MessageRef) -> None:
        there = self._channel(message.channel_id).get_partial_message(message.message_id)
        with ExitStack() as opened:
            files = list(case_files(view, opened)) if view.case.is_open else []
            card = build_case(view, files=[file.filename for file in files])
            await there.edit(view=card, attachments=files, allowed_mentions=NO_MENTIONS)

    async def _tell_requester(self, view: CaseView, nonce: str) -> None:
        channel = await self._direct(view)
        guild = self._client.get_guild(view.case.guild_id)
        said = report_texts.taken_down(view, "" if guild is None else guild.name)
        await channel.send(said, nonce=nonce, allowed_mentions=NO_MENTIONS)

    async def _was_told(self, view: CaseView) -> bool:
        us, said = self._client.user, report_texts.mark(view.case.job_id)
        assert view.case.closed_at_ms is not None
        since = discord.Object(own_messages.first_id(view.case.closed_at_ms - CLOCK_SET_MS))
        history = (await self._direct(view)).history(limit=HISTORY_MESSAGES, after=since, oldest_first=True)
        async for message in history:
            if us is not None and message.author.id == us.id and message.content.startswith(said):
                return True
        return False

    async def _direct(self, view: CaseView) -> discord.DMChannel:
        user_id = view.job.job.user_id
        if user_id is None:
            raise DeliveryError("dm_closed", f"The requester of job {view.case.job_id} is forgotten.")
        return await self._client.create_dm(discord.Object(user_id))

    async def _find(self, view: CaseView, channel_id: int) -> MessageRef | None:
        us, case = self._client.user, view.case
        since = own_messages.first_id(case.opened_at_ms - CLOCK_SET_MS)
        history = self._channel(channel_id).history(
            limit=HISTORY_MESSAGES, after=discord.Object(since), oldest_first=True
        )
        found = None
        async for message in history:
            if us is not None and message.author.id == us.id and own_messages.is_case(message, case.case_id):
                found = MessageRef(message.channel.id, message.id)
        return found

    def _channel(self, channel_id: int) -> discord.PartialMessageable:
        return self._client.get_partial_messageable(channel_id)


def case_files(view: CaseView, opened: ExitStack) -> Iterator[discord.File]:
    """Images or clip as attachments for one request; what is not on disk any more is left out."""
    wanted = [(image.path, image_name(number, image.media_type)) for number, image in enumerate(view.images, start=1)]
    if view.clip is not None and not view.clip.is_too_large:
        wanted.append((view.clip.path, reported_name(view)))
    for path, name in wanted[:MOST_IMAGES]:
        try:
            file = discord.File(path, filename=name)
        except OSError:
            _log.warning("a file of a case is not on disk any more", extra={"file_name": path.name})
            continue
        opened.callback(file.close)
        yield file
