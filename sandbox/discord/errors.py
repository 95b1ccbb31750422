"""Discord's way of saying no: status, JSON code and, for forms, where it hurts (Discord docs: Status codes)."""

from __future__ import annotations

from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]
Path: TypeAlias = tuple[str | int, ...]

_KNOWN: dict[int, tuple[int, str]] = {
    0: (401, "401: Unauthorized"),
    10003: (404, "Unknown Channel"),
    10004: (404, "Unknown Guild"),
    10007: (404, "Unknown Member"),
    10008: (404, "Unknown Message"),
    10013: (404, "Unknown User"),
    10015: (404, "Unknown Webhook"),
    10062: (404, "Unknown interaction"),
    10063: (404, "Unknown application command"),
    40005: (413, "Request entity too large"),
    40060: (400, "Interaction has already been acknowledged."),
    40094: (
        400,
        "This interaction has reached the maximum number of follow-up messages that can be sent.",
    ),
    50001: (403, "Missing Access"),
    50003: (403, "Cannot execute action on this channel type"),
    50005: (403, "Cannot edit a message authored by another user"),
    50006: (400, "Cannot send an empty message"),
    50007: (403, "Cannot send messages to this user"),
    50008: (400, "Cannot send messages in a non-text channel"),
    50013: (403, "Missing Permissions"),
    50027: (401, "Invalid Webhook Token"),
    50035: (400, "Invalid Form Body"),
    50083: (400, "Thread is archived"),
    50109: (400, "The request body contains invalid JSON."),
    160002: (400, "Cannot reply without permission to read message history"),
}


class ApiError(Exception):
    """An answer that is not a success; `body` is what goes over the wire."""

    def __init__(self, status: int, body: Json) -> None:
        super().__init__(f"{status} {body}")
        self.status = status
        self.body = body

    @classmethod
    def of(cls, code: int, *, errors: Json | None = None) -> ApiError:
        """The documented status and text of a JSON error code."""
        status, message = _KNOWN[code]
        return cls(status, {"message": message, "code": code} | ({"errors": errors} if errors else {}))

    @classmethod
    def route_unknown(cls) -> ApiError:
        return cls(404, {"message": "404: Not Found", "code": 0})


class FormErrors:
    """Collects what is wrong with a body, then raises all of it as one 50035."""

    def __init__(self) -> None:
        self._tree: Json = {}

    def __bool__(self) -> bool:
        return bool(self._tree)

    def add(self, path: Path, code: str, message: str) -> None:
        node = self._tree
        for key in path:
            node = node.setdefault(str(key), {})
        node.setdefault("_errors", []).append({"code": code, "message": message})

    def length(self, path: Path, text: str, longest: int, *, shortest: int = 0) -> None:
        """Notes a text whose length Discord would not take."""
        if len(text) > longest:
            self.add(path, "BASE_TYPE_MAX_LENGTH", f"Must be {longest} or fewer in length.")
        elif len(text) < shortest:
            self.add(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {shortest} and {longest} in length.")

    def required(self, path: Path) -> None:
        self.add(path, "BASE_TYPE_REQUIRED", "This field is required")

    def refusal(self) -> ApiError:
        return ApiError.of(50035, errors=self._tree)

    def raise_if_any(self) -> None:
        if self._tree:
            raise self.refusal()


def invalid(path: Path, code: str, message: str) -> ApiError:
    """A 50035 with a single complaint."""
    errors = FormErrors()
    errors.add(path, code, message)
    return errors.refusal()
