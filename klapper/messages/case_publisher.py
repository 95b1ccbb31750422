"""Cards of cases in the channels of moderators, over REST. Implements the port `CaseMessenger`."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack

import discord

from klapper.clock import MINUTE_MS
from klapper.messages import case_texts, own_messages
from klapper.messages.case_card import MOST_IMAGES, build_case, card_link, image_name
from klapper.messages.rest_calls import RestCalls
from klapper.services.case_views import CaseImage, CaseView
from klapper.services.messenger import MessageRef

CALL_S = 30.0
UPLOAD_S = 120.0
HISTORY_MESSAGES = 1000
CLOCK_SET_MS = 10 * MINUTE_MS  # our clock may be fast by so much

NO_MENTIONS = discord.AllowedMentions.none()

_log = logging.getLogger(__name__)


class CasePublisher:
    """Keeps: nobody is pinged but by a reminder, and by that only the roles that review."""

    def __init__(self, client: discord.Client, *, call_s: float = CALL_S, upload_s: float = UPLOAD_S) -> None:
        self._client = client
        self._calls = RestCalls()
        self._call_s = call_s
        self._upload_s = upload_s

    async def post_case(self, view: CaseView, channel_id: int, nonce: str) -> MessageRef:
        """Post the case's card with its images as spoilers."""
        return await self._calls(self._post(view, channel_id, nonce), deadline_s=self._upload_s)

    async def find_case(self, view: CaseView, channel_id: int) -> MessageRef | None:
        """Our newest message there with this case's buttons."""
        return await self._calls(self._find(view, channel_id), deadline_s=self._call_s)

    async def edit_case(self, view: CaseView, message: MessageRef) -> None:
        """Show the view; a settled case has no images any more."""
        there = self._channel(message.channel_id).get_partial_message(message.message_id)
        editing = there.edit(view=build_case(view), attachments=[], allowed_mentions=NO_MENTIONS)
        await self._calls(editing, deadline_s=self._call_s, edits=message.message_id)

    async def remind(self, channel_id: int, views: Sequence[CaseView], roles: Collection[int], nonce: str) -> None:
        """Tell these roles that cases have become old."""
        told = sorted(roles)
        mentions = discord.AllowedMentions(everyone=False, users=False, roles=[discord.Object(role) for role in told])
        said = case_texts.reminder(views, told, [card_link(view) for view in views])
        sending = self._channel(channel_id).send(said, nonce=nonce, allowed_mentions=mentions)
        await self._calls(sending, deadline_s=self._call_s)

    async def _post(self, view: CaseView, channel_id: int, nonce: str) -> MessageRef:
        with ExitStack() as opened:
            files = list(case_files(view.images, opened))
            card = build_case(view, images=[file.filename for file in files])
            sent = await self._channel(channel_id).send(
                view=card, files=files, nonce=nonce, allowed_mentions=NO_MENTIONS
            )
        return MessageRef(sent.channel.id, sent.id)

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


def case_files(images: Sequence[CaseImage], opened: ExitStack) -> Iterator[discord.File]:
    """The images as attachments for one request; one that is not on disk any more is left out."""
    for number, image in enumerate(images[:MOST_IMAGES], start=1):
        try:
            file = discord.File(image.path, filename=image_name(number, image.media_type))
        except OSError:
            _log.warning("an image of a case is not on disk any more", extra={"image": image.path.name})
            continue
        opened.callback(file.close)
        yield file
