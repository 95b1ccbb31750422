"""Callbacks, @original and follow-ups: everything a bot does with an interaction token."""

from __future__ import annotations

from sandbox.discord.api.call import Call, Reply, Route
from sandbox.discord.interactions import Interaction
from sandbox.discord.messages import Message
from sandbox.discord.services import Services

ORIGINAL = "@original"


class InteractionRoutes:
    """/interactions/{id}/{token}/callback and /webhooks/{application}/{token}/…"""

    def __init__(self, services: Services) -> None:
        self._desk = services.desk
        self._answers = services.answers
        self._board = services.board

    def routes(self) -> list[Route]:
        webhook = "/webhooks/{application_id}/{token}"
        one = webhook + "/messages/{message_id}"
        return [
            Route("POST", "/interactions/{interaction_id}/{token}/callback", self._callback, token_in_path=True),
            Route("POST", webhook, self._followup, token_in_path=True),
            Route("GET", one, self._get, token_in_path=True),
            Route("PATCH", one, self._edit, token_in_path=True),
            Route("DELETE", one, self._delete, token_in_path=True),
        ]

    def _callback(self, call: Call) -> Reply:
        answer = self._answers.callback(call.id("interaction_id"), call.params["token"], call.form)
        wanted = call.query.get("with_response", "").lower() in ("1", "true")
        return Reply(answer if wanted else None)

    def _followup(self, call: Call) -> Reply:
        # Interaction webhooks always answer with the message, whatever `wait` says.
        return Reply(self._board.payload(self._answers.followup(self._interaction(call), call.form)))

    def _get(self, call: Call) -> Reply:
        return Reply(self._board.payload(self._message(self._interaction(call), call)))

    def _edit(self, call: Call) -> Reply:
        interaction = self._interaction(call)
        return Reply(self._board.payload(self._answers.edit(interaction, self._message(interaction, call), call.form)))

    def _delete(self, call: Call) -> Reply:
        self._board.delete(self._message(self._interaction(call), call))
        return Reply()

    def _interaction(self, call: Call) -> Interaction:
        return self._desk.by_token(call.id("application_id"), call.params["token"])

    def _message(self, interaction: Interaction, call: Call) -> Message:
        if call.params["message_id"] == ORIGINAL:
            return self._answers.original(interaction)
        return self._answers.message_of(interaction, call.id("message_id"))
