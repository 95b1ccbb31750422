"""What a bot may do with an interaction: callback, @original, follow-ups (Discord docs: Receiving and responding)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.discord.board import MessageBoard
from sandbox.discord.composing import Composer, Target
from sandbox.discord.errors import ApiError, FormErrors, Json, invalid
from sandbox.discord.forms import Form
from sandbox.discord.interactions import Callback, Interaction, InteractionDesk, InteractionType
from sandbox.discord.messages import (
    EPHEMERAL,
    LOADING,
    MENU_ANSWER,
    PLAIN,
    REPLY,
    SLASH_ANSWER,
    Content,
    Message,
    Origin,
)
from sandbox.discord.modals import ModalComponents
from sandbox.discord.threads import Threads
from sandbox.discord.world import World

_ALLOWED: dict[InteractionType, frozenset[Callback]] = {
    InteractionType.COMMAND: frozenset({Callback.MESSAGE, Callback.DEFERRED_MESSAGE, Callback.MODAL}),
    InteractionType.COMPONENT: frozenset(Callback) - {Callback.CHOICES},
    InteractionType.AUTOCOMPLETE: frozenset({Callback.CHOICES}),
    InteractionType.MODAL_SUBMIT: frozenset(Callback) - {Callback.CHOICES, Callback.MODAL},
}
_ON_A_MESSAGE = frozenset({Callback.UPDATE, Callback.DEFERRED_UPDATE})
MOST_CHOICES = 25


class AnswerDesk:
    """Applies the bot's answers; raises ApiError where Discord refuses them."""

    def __init__(self, world: World, board: MessageBoard, desk: InteractionDesk, threads: Threads) -> None:
        self._world = world
        self._board = board
        self._desk = desk
        self._threads = threads
        self._composer = Composer(world)
        self._apply: dict[Callback, Callable[[Interaction, Form, Json], Message | None]] = {
            Callback.MESSAGE: self._message,
            Callback.DEFERRED_MESSAGE: self._defer,
            Callback.DEFERRED_UPDATE: self._defer_update,
            Callback.UPDATE: self._update,
            Callback.CHOICES: self._offer_choices,
            Callback.MODAL: self._show_modal,
        }

    # The callback

    def callback(self, interaction_id: int, token: str, form: Form) -> Json:
        """Acknowledges the interaction and returns the answer of `with_response=1`."""
        interaction = self._desk.to_acknowledge(interaction_id, token)
        callback = self._callback_type(interaction, form.body.get("type"))
        message = self._apply[callback](interaction, form, form.body.get("data") or {})
        # Only now: a refused body leaves the interaction unanswered, and the bot may try again.
        interaction.callback = callback
        interaction.original = message
        self._desk.note(interaction, "acknowledged")
        return self._callback_answer(interaction, message)

    @staticmethod
    def _callback_type(interaction: Interaction, raw: Any) -> Callback:
        allowed = _ALLOWED[interaction.type]
        if interaction.type is InteractionType.MODAL_SUBMIT and interaction.cause.source is None:
            allowed -= _ON_A_MESSAGE
        if raw not in allowed:
            text = f"Value must be one of {{{', '.join(str(int(one)) for one in sorted(allowed))}}}."
            raise invalid(("type",), "BASE_TYPE_CHOICES", text)
        return Callback(raw)

    def _callback_answer(self, interaction: Interaction, message: Message | None) -> Json:
        answer: Json = {"id": str(interaction.id), "type": int(interaction.type)}
        answer |= {"channel_id": str(interaction.channel.id)}
        if interaction.channel.guild_id is not None:
            answer["guild_id"] = str(interaction.channel.guild_id)
        if message is not None:
            answer["response_message_id"] = str(message.id)
            answer["response_message_loading"] = message.loading
            answer["response_message_ephemeral"] = message.ephemeral
        body: Json = {"interaction": answer}
        if message is not None and interaction.callback in (Callback.MESSAGE, Callback.UPDATE):
            body["resource"] = {"type": int(interaction.callback), "message": self._board.payload(message)}
        return body

    def _message(self, interaction: Interaction, form: Form, data: Json) -> Message:
        self._must_be_open(interaction)
        target = _target(interaction, data)
        content = self._composer.compose(form, data, target)
        return self._board.post(
            interaction.channel, self._origin(interaction, data), content, data.get("allowed_mentions")
        )

    def _defer(self, interaction: Interaction, form: Form, data: Json) -> Message:
        self._must_be_open(interaction)
        content = Content(flags=LOADING | (_flag(data) & EPHEMERAL))
        return self._board.post(interaction.channel, self._origin(interaction, data), content)

    def _defer_update(self, interaction: Interaction, form: Form, data: Json) -> Message | None:
        return interaction.cause.source

    def _update(self, interaction: Interaction, form: Form, data: Json) -> Message:
        message = interaction.cause.source
        assert message is not None, "only interactions with a message may answer 7"
        return self._edit(interaction, message, form, data)

    def _offer_choices(self, interaction: Interaction, form: Form, data: Json) -> None:
        choices = data.get("choices") or []
        if len(choices) > MOST_CHOICES:
            raise invalid(("data", "choices"), "BASE_TYPE_MAX_LENGTH", f"Must be {MOST_CHOICES} or fewer in length.")
        errors = FormErrors()
        for index, choice in enumerate(choices):
            errors.length(("data", "choices", index, "name"), str(choice.get("name", "")), 100, shortest=1)
        errors.raise_if_any()
        interaction.choices = choices

    def _show_modal(self, interaction: Interaction, form: Form, data: Json) -> None:
        errors = FormErrors()
        modal = ModalComponents(errors).read_modal(data)
        errors.raise_if_any()
        interaction.modal = modal

    # @original and follow-ups

    def original(self, interaction: Interaction) -> Message:
        """Raises 10008 when the interaction has no message, or when it was deleted."""
        message = interaction.original
        if message is None or message.deleted:
            raise ApiError.of(10008)
        return message

    def followup(self, interaction: Interaction, form: Form) -> Message:
        """A further message; right after a deferral the first one fills the placeholder instead."""
        original = interaction.original
        if original is not None and original.loading and not original.deleted:
            return self._edit(interaction, original, form, form.body)
        if len(interaction.followups) >= self._world.limits.followups:
            raise ApiError.of(40094)
        self._must_be_open(interaction)
        content = self._composer.compose(form, form.body, _target(interaction, form.body))
        origin = self._origin(interaction, form.body, replied_to=original)
        message = self._board.post(interaction.channel, origin, content, _no_reply_ping(form.body))
        interaction.followups.append(message.id)
        self._desk.note(interaction, "followup")
        return message

    def message_of(self, interaction: Interaction, message_id: int) -> Message:
        """A message that this token may edit; raises 10008."""
        message = self._world.message(message_id)
        original = interaction.original
        if message is None or (message_id not in interaction.followups and message is not original):
            raise ApiError.of(10008)
        return message

    def edit(self, interaction: Interaction, message: Message, form: Form) -> Message:
        """Changes a message that the interaction's token reaches."""
        return self._edit(interaction, message, form, form.body)

    def _edit(self, interaction: Interaction, message: Message, form: Form, data: Json) -> Message:
        if message.deleted:
            raise ApiError.of(10008)
        self._threads.must_be_active(message.channel)
        target = Target(message.channel, message.ephemeral, answered=interaction.user)
        content = self._composer.compose(form, data, target, message.content)
        return self._board.edit(message, content, data.get("allowed_mentions"))

    def _must_be_open(self, interaction: Interaction) -> None:
        self._threads.must_be_open(interaction.channel, self._world.bot_permissions(interaction.channel))

    def _origin(self, interaction: Interaction, data: Json, replied_to: Message | None = None) -> Origin:
        ephemeral = bool(_flag(data) & EPHEMERAL)
        return Origin(
            author=self._world.application.bot,
            type=REPLY if replied_to is not None else _answer_type(interaction),
            webhook_id=self._world.application.id,
            interaction_id=interaction.id,
            interaction_metadata=interaction.metadata(),
            replied_to=replied_to,
            viewer_id=interaction.user.id if ephemeral else None,
            command=interaction.command if replied_to is None else None,
        )


def _answer_type(interaction: Interaction) -> int:
    if interaction.type is not InteractionType.COMMAND:
        return PLAIN
    return SLASH_ANSWER if interaction.cause.data.get("type") == 1 else MENU_ANSWER


def _flag(data: Json) -> int:
    return int(data.get("flags") or 0)


def _target(interaction: Interaction, data: Json) -> Target:
    return Target(interaction.channel, ephemeral=bool(_flag(data) & EPHEMERAL), answered=interaction.user)


def _no_reply_ping(body: Json) -> Json:
    """A follow-up hangs under the original but does not ping its author, who is the bot itself."""
    allowed = body.get("allowed_mentions")
    return (allowed if isinstance(allowed, dict) else {"parse": ["users", "roles", "everyone"]}) | {
        "replied_user": False
    }
