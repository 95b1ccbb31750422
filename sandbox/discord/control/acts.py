"""What members do: commands, buttons, modals and messages, each checked as the client checks it."""

from __future__ import annotations

import asyncio

from sandbox.discord.board import message_view
from sandbox.discord.commands import Command, CommandType
from sandbox.discord.component_reader import SELECTS
from sandbox.discord.control.finding import Wanted
from sandbox.discord.control.names import Names
from sandbox.discord.control.picking import Picker, Uploads
from sandbox.discord.control.visibility import Visibility
from sandbox.discord.errors import ApiError, Json
from sandbox.discord.interactions import Cause, Interaction, InteractionType
from sandbox.discord.messages import REPLY, Content, Origin
from sandbox.discord.modal_answers import ModalAnswers
from sandbox.discord.options import NotPossible, OptionEntry
from sandbox.discord.people import User
from sandbox.discord.places import Channel
from sandbox.discord.services import Services


class MemberActs:
    """One method per act; each returns what the control interface answers. Raises NotPossible."""

    def __init__(self, services: Services, names: Names, uploads: Uploads) -> None:
        self._services = services
        self._world = services.world
        self._names = names
        self._uploads = uploads
        self._visible = Visibility(services, names)

    def slash(
        self, member: str, channel: str, command: str, options: Json | None = None, focused: str | None = None
    ) -> Json:
        """Sends a chat command, `command` being e.g. `jobs list`; with `focused` it asks for that option's choices."""
        user, place = self._visible.place(member, channel)
        self._enter(user, place)
        name, *path = command.removeprefix("/").split()
        found = self._visible.command(name, CommandType.CHAT_INPUT, user, place)
        entry = OptionEntry(found, self._picker(user, place))
        entered = entry.enter(path, options or {}, focused)
        data = _command_data(found) | ({"options": entered.options} if entered.options else {})
        data |= {"resolved": entered.resolved} if entered.resolved else {}
        kind = InteractionType.COMMAND if focused is None else InteractionType.AUTOCOMPLETE
        return self._send(user, place, Cause(kind, data))

    def message_menu(self, member: str, message: str, name: str) -> Json:
        """Chooses an application command from a message's menu."""
        user, target = self._visible.message(member, message)
        if target.ephemeral:
            raise NotPossible("a message that only one member sees has no menu of commands")
        self._enter(user, target.channel)
        found = self._visible.command(name, CommandType.MESSAGE, user, target.channel)
        resolved = {"messages": {str(target.id): target.payload(self._world.cdn)}}
        data = _command_data(found) | {"target_id": str(target.id), "resolved": resolved}
        return self._send(user, target.channel, Cause(InteractionType.COMMAND, data))

    def user_menu(self, member: str, channel: str, target: str, name: str) -> Json:
        """Chooses an application command from a user's menu."""
        user, place = self._visible.place(member, channel)
        found = self._visible.command(name, CommandType.USER, user, place)
        target_id, payload, guild_member = self._picker(user, place).user(target)
        resolved: Json = {"users": {target_id: payload}}
        resolved |= {"members": {target_id: guild_member}} if guild_member else {}
        data = _command_data(found) | {"target_id": target_id, "resolved": resolved}
        return self._send(user, place, Cause(InteractionType.COMMAND, data))

    def press(
        self,
        member: str,
        message: str,
        custom_id: str | None = None,
        label: str | None = None,
        beside: str | None = None,
        values: list[str] | None = None,
    ) -> Json:
        """Presses a button or, with `values`, makes a choice in a select, found by custom_id or label.

        `beside` is text of the section that the button stands beside, where several have the same label.
        """
        user, target = self._visible.message(member, message)
        component = Wanted(custom_id, label, beside).find(target)
        self._enter(user, target.channel)
        data: Json = {key: component[key] for key in ("custom_id", "id")} | {"component_type": component["type"]}
        if component["type"] in SELECTS:
            data |= self._picker(user, target.channel).selected(component, values or [])
        return self._send(user, target.channel, Cause(InteractionType.COMPONENT, data, source=target))

    def submit_modal(self, member: str, interaction: str, values: Json | None = None) -> Json:
        """Sends the modal that the interaction was answered with; `values` by custom_id."""
        opener, user = self._interaction(interaction), self._names.user(member)
        if opener.modal is None or opener.user is not user:
            raise NotPossible(f"{member} has no modal from interaction {interaction}")
        picker, attachments = self._picker(user, opener.channel), Json()

        def resolve_file(upload: str) -> str:
            snowflake, payload = picker.attachment(upload)
            attachments[snowflake] = payload
            return snowflake

        answers = ModalAnswers(opener.modal, values or {}, resolve_file, picker.picked)
        data: Json = {"custom_id": opener.modal["custom_id"], "components": answers.components()}
        resolved = answers.resolved | ({"attachments": attachments} if attachments else {})
        data |= {"resolved": resolved} if resolved else {}
        cause = Cause(InteractionType.MODAL_SUBMIT, data, source=opener.cause.source, opened_by=opener)
        return self._send(user, opener.channel, cause)

    def forge(self, member: str, kind: int, data: Json, channel: str, message: str | None = None) -> Json:
        """Sends an interaction that no client would send: whatever `data`, at whatever message. Nothing is checked."""
        user, source = self._names.user(member), self._names.message(message) if message else None
        return self._send(user, self._names.channel(channel, user), Cause(InteractionType(kind), data, source))

    def replay_interaction(self, interaction: str) -> Json:
        """Sends the same INTERACTION_CREATE once more, as a replayed gateway event does."""
        found = self._interaction(interaction)
        self._services.gateway.dispatch("INTERACTION_CREATE", found.payload, guild_id=found.channel.guild_id)
        return found.view()

    def say(
        self,
        member: str,
        channel: str,
        content: str = "",
        uploads: list[str] | None = None,
        reply_to: str | None = None,
    ) -> Json:
        """Posts a member's own message."""
        user, place = self._visible.place(member, channel)
        self._enter(user, place)
        if not self._visible.may_send(user, place):
            raise NotPossible(f"{member} may not send messages in {channel}")
        files = [self._picker(user, place).posted(one) for one in uploads or []]
        replied_to = self._names.message(reply_to) if reply_to else None
        origin = Origin(author=user, type=REPLY if replied_to else 0, replied_to=replied_to)
        message = self._services.board.post(place, origin, Content(text=content, attachments=files))
        return message_view(message, self._world)

    def delete_message(self, message: str) -> Json:
        """Takes a message away, as its author, a moderator or, for an ephemeral one, its reader may."""
        found = self._names.message(message)
        self._services.board.delete(found)
        return message_view(found, self._world)

    # Helpers

    def _send(self, user: User, channel: Channel, cause: Cause) -> Json:
        interaction = self._services.desk.open(user, channel, cause)
        self._services.gateway.dispatch("INTERACTION_CREATE", interaction.payload, guild_id=channel.guild_id)
        delay = self._world.limits.acknowledge_s
        asyncio.get_running_loop().call_later(delay, self._give_up, interaction)
        return interaction.view()

    def _give_up(self, interaction: Interaction) -> None:
        """The client's own timer: "The application did not respond"."""
        if interaction.callback is None:
            interaction.failed = True
            self._services.desk.note(interaction, "failed")

    def _enter(self, user: User, place: Channel) -> None:
        """The client wakes an archived thread first; a locked one is closed to those who may not manage threads."""
        try:
            self._services.threads.must_be_open(place, self._visible.held(user, place))
        except ApiError:
            raise NotPossible(f"the thread {place.name} is locked") from None
        self._services.threads.wake(place)

    def _picker(self, user: User, place: Channel) -> Picker:
        return Picker(self._world, self._names, self._uploads, user, place)

    def _interaction(self, interaction_id: str) -> Interaction:
        found = self._services.desk.get(int(interaction_id))
        if found is None:
            raise NotPossible(f"there is no interaction {interaction_id}")
        return found


def _command_data(command: Command) -> Json:
    data: Json = {"id": str(command.id), "name": command.name, "type": int(command.type)}
    return data | ({"guild_id": str(command.guild_id)} if command.guild_id is not None else {})
