"""Logs: one line per record, for people or for machines, without secrets.

Structured fields come with `extra`: `logger.info("job", extra={"job_id": 7, "from": "waiting", "to": "sending"})`.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Literal, TextIO

from pythonjsonlogger.json import JsonFormatter

from klapper.ops.redaction import Redactor

_TIME_FORMAT = "%Y-%m-%dT%H:%M:%S"
_OWN_FIELDS = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
_CONTROL = {code: f"\\x{code:02x}" for code in (*range(32), 127) if code not in (9, 10)} | {10: "\\n"}


def configure_logging(
    *,
    log_format: Literal["console", "json"],
    log_level: str,
    secrets: Iterable[str] = (),
    stream: TextIO | None = None,
    logger: logging.Logger | None = None,
) -> None:
    """Send every record of `logger` (default: the root, so of every library) to `stream` (default: stderr), redacted.

    Calling it again replaces its own handler and leaves others alone.
    """
    target = logger or logging.getLogger()
    for handler in [handler for handler in target.handlers if isinstance(handler, RedactingHandler)]:
        target.removeHandler(handler)
    handler = RedactingHandler(stream or sys.stderr, Redactor(secrets))
    handler.setFormatter(_json_formatter() if log_format == "json" else ConsoleFormatter())
    target.addHandler(handler)
    target.setLevel(log_level)


class RedactingHandler(logging.StreamHandler[TextIO]):
    """Writes records with every secret taken out.

    The finished line is redacted, not the record: message, arguments, exception, stack and extra fields are all in it,
    and other handlers keep the record as it was.
    """

    def __init__(self, stream: TextIO, redactor: Redactor) -> None:
        super().__init__(stream)
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        return self._redactor.text(super().format(record))

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the standard library's name
        """One line; the standard library would print message and arguments as they are."""
        cause = sys.exc_info()[1]
        lost = logging.LogRecord(
            record.name, logging.ERROR, record.pathname, record.lineno, "record lost: %r", (cause,), None
        )
        with suppress(OSError, ValueError):  # the stream itself may be what failed
            self.stream.write(self.format(lost) + self.terminator)


class ConsoleFormatter(logging.Formatter):
    """`2026-03-01T12:00:00.000Z INFO klapper.services.tracker: job job_id=7 from=waiting to=sending`."""

    default_time_format = _TIME_FORMAT
    default_msec_format = "%s.%03dZ"

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self.converter = time.gmtime

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the standard library's name
        # A line break in foreign text must not look like a record of ours.
        record.message = record.message.translate(_CONTROL)
        fields = {name: value for name, value in record.__dict__.items() if name not in _OWN_FIELDS}
        return " ".join([super().formatMessage(record), *(f"{name}={_plain(value)}" for name, value in fields.items())])


def _plain(value: object) -> str:
    text = str(value)
    simple = text and text.isprintable() and not any(character in ' "=' for character in text)
    return text if simple else json.dumps(text, ensure_ascii=False)


def _json_formatter() -> logging.Formatter:
    formatter = JsonFormatter(
        ["asctime", "levelname", "name", "message"],
        rename_fields={"asctime": "time", "levelname": "level", "name": "logger", "exc_info": "exception"},
        json_default=str,
    )
    formatter.converter = time.gmtime
    formatter.default_time_format = _TIME_FORMAT
    formatter.default_msec_format = "%s.%03dZ"
    return formatter
