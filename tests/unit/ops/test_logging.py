"""Log lines: for people, for machines, and without secrets even when something goes wrong."""

from __future__ import annotations

import io
import json
import logging
import sys
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klapper.ops.logging import RedactingHandler, configure_logging
from klapper.ops.redaction import REDACTED

SECRET = "hunter2-hunter2-hunter2"
KEY = "SG_0123456789abcdef"

Format = Literal["console", "json"]
FORMATS: tuple[Format, ...] = ("console", "json")


class Log:
    """A logger of its own, configured as the root would be, and what it wrote."""

    def __init__(self, log_format: Format, log_level: str = "DEBUG") -> None:
        self.stream = io.StringIO()
        self.logger = logging.Logger("klapper.services.tracker")
        configure_logging(
            log_format=log_format, log_level=log_level, secrets=[SECRET], stream=self.stream, logger=self.logger
        )

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def record(self) -> dict[str, object]:
        parsed = json.loads(self.text)
        assert isinstance(parsed, dict)
        return parsed


def test_the_console_shows_extra_fields_as_key_and_value() -> None:
    log = Log("console")
    log.logger.info("job", extra={"job_id": 7, "from": "waiting", "to": "sending", "note": "a b"})
    assert log.text.endswith('Z INFO klapper.services.tracker: job job_id=7 from=waiting to=sending note="a b"\n')


def test_json_shows_extra_fields_beside_the_message() -> None:
    log = Log("json")
    log.logger.info("job %d", 7, extra={"from": "waiting", "to": "sending"})
    fields = {key: value for key, value in log.record.items() if key != "time"}
    assert fields == {
        "level": "INFO",
        "logger": "klapper.services.tracker",
        "message": "job 7",
        "from": "waiting",
        "to": "sending",
    }


@pytest.mark.parametrize("log_format", FORMATS)
def test_times_are_utc(log_format: Format) -> None:
    log = Log(log_format)
    record = logging.makeLogRecord({"created": 0.25, "msecs": 250.0, "levelno": 20, "levelname": "INFO", "msg": "x"})
    log.logger.handle(record)
    assert "1970-01-01T00:00:00.250Z" in log.text


@pytest.mark.parametrize("log_format", FORMATS)
def test_less_severe_records_are_left_out(log_format: Format) -> None:
    log = Log(log_format, "WARNING")
    log.logger.info("x")
    assert log.text == ""


def test_a_line_break_in_foreign_text_cannot_fake_a_record() -> None:
    log = Log("console")
    log.logger.info("prompt %s", "a\n2026-01-01 INFO all is well\x1b[2J\x7f")
    assert log.text.splitlines() == [log.text[:-1]]
    assert "\x1b" not in log.text


@pytest.mark.parametrize("log_format", FORMATS)
@given(before=st.text(), secret=st.sampled_from([SECRET, KEY]), after=st.text())
def test_a_secret_survives_nowhere_in_a_record(log_format: Format, before: str, secret: str, after: str) -> None:
    log = Log(log_format)
    text = before + secret + after
    cause = ValueError(text)
    cause.__cause__ = KeyError(text)
    extra = {"field": text, "nested": {text: [text]}, "raw": text.encode()}
    log.logger.error("%s and {", text, exc_info=cause, stack_info=True, extra=extra)
    log.logger.info(text)
    assert secret not in log.text
    assert REDACTED in log.text


@pytest.mark.parametrize("log_format", FORMATS)
@given(text=st.text())
def test_every_record_is_written_whatever_it_contains(log_format: Format, text: str) -> None:
    log = Log(log_format)
    log.logger.info("x", extra={"field": text})
    assert log.text.count("klapper.services.tracker") == 1
    assert "record lost" not in log.text


@pytest.mark.parametrize("log_format", FORMATS)
def test_a_record_that_cannot_be_formatted_loses_its_secret_too(
    log_format: Format, capsys: pytest.CaptureFixture[str]
) -> None:
    log = Log(log_format)
    log.logger.info("%d", SECRET)
    assert "record lost: TypeError" in log.text
    assert SECRET not in log.text + "".join(capsys.readouterr())


def test_a_closed_stream_does_not_stop_the_program() -> None:
    log = Log("console")
    log.stream.close()
    log.logger.info("x")
    assert log.stream.closed


def test_configuring_again_does_not_write_lines_twice() -> None:
    log = Log("console")
    configure_logging(log_format="console", log_level="INFO", stream=log.stream, logger=log.logger)
    log.logger.info("x")
    assert len(log.text.splitlines()) == 1


def test_other_handlers_stay_and_get_the_record_as_it_was() -> None:
    log = Log("console")
    other = logging.StreamHandler(io.StringIO())
    log.logger.addHandler(other)
    configure_logging(log_format="console", log_level="INFO", secrets=[SECRET], stream=log.stream, logger=log.logger)
    log.logger.info("x %s", SECRET)
    assert other.stream.getvalue() == f"x {SECRET}\n"


THIRD_PARTY = [
    (
        "discord.gateway",
        "For Shard ID %s: WebSocket Event: %s",
        (None, {"t": "INTERACTION_CREATE", "d": {"token": KEY}}),
    ),
    ("discord.http", "%s %s with %s has returned %s", ("POST", f"https://h/interactions/1/{KEY}/callback", "{}", 204)),
    ("aiosqlite", "executing %s", (f"functools.partial(execute, 'INSERT', ('{KEY}',))",)),
    ("aiohttp.client", "headers %s", ({"x-api-key": KEY, "Authorization": f"Bot {KEY}"},)),
    ("asyncio", "poll %r", (ValueError(KEY),)),
]


@pytest.mark.parametrize(("name", "message", "arguments"), THIRD_PARTY)
def test_the_root_handler_redacts_third_party_loggers_at_debug(
    name: str, message: str, arguments: tuple[object, ...]
) -> None:
    stream = io.StringIO()
    root = logging.RootLogger(logging.WARNING)
    configure_logging(log_format="console", log_level="DEBUG", stream=stream, logger=root)
    child = logging.Logger(name)
    child.parent = root
    child.debug(message, *arguments)
    assert REDACTED in stream.getvalue()
    assert KEY not in stream.getvalue()


def test_without_a_logger_the_root_is_configured() -> None:
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    configure_logging(log_format="console", log_level="INFO")
    added = [handler for handler in root.handlers if handler not in handlers]
    for handler in added:
        root.removeHandler(handler)
    root.setLevel(level)
    assert [type(handler) for handler in added] == [RedactingHandler]
    assert isinstance(added[0], RedactingHandler)
    assert added[0].stream is sys.stderr
