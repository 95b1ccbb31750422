"""No secret survives the redactor, wherever it stands and however it is written."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from klapper.ops.redaction import REDACTED, Redactor

BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
BOT_TOKEN = "MTA0NTY3ODkwMTIzNDU2Nzg5MA.GabcDE.abcdefghijklmnopqrstuvwxyz-0123456789_A"
SEGMIND_KEY = "SG_0123456789abcdef"
INTERACTION_TOKEN = "aW50ZXJhY3Rpb246MTIzNDU2Nzg5OmFiY2RlZg=="

KNOWN_BY_SHAPE = [BOT_TOKEN, SEGMIND_KEY, INTERACTION_TOKEN]

LINES = [
    ("key SG_0123456789abcdef refused", f"key {REDACTED} refused"),
    (f"using {BOT_TOKEN}.", f"using {REDACTED}."),
    ("POST /interactions/12/abc-DEF_1/callback", f"POST /interactions/12/{REDACTED}/callback"),
    ("PATCH /webhooks/12/abc-DEF_1/messages/@original", f"PATCH /webhooks/12/{REDACTED}/messages/@original"),
    ("https://h/api/webhooks/12/abc?wait=true", f"https://h/api/webhooks/12/{REDACTED}?wait=true"),
    ("/webhooks/{webhook_id}/{webhook_token}", "/webhooks/{webhook_id}/{webhook_token}"),
    ("{'token': 'abc', 'type': 2}", f"{{'token': '{REDACTED}', 'type': 2}}"),
    ('{"token": "abc", "type": 2}', f'{{"token": "{REDACTED}", "type": 2}}'),
    (r'"{\"token\": \"abc\"}"', rf'"{{\"token\": \"{REDACTED}\"}}"'),
    ("{'token': b'abc'}", f"{{'token': b'{REDACTED}'}}"),
    ("interaction_token=abc&x=1", f"interaction_token={REDACTED}&x=1"),
    ("Job(token='abc', id=1)", f"Job(token='{REDACTED}', id=1)"),
    ("Authorization: Bot abc", f"Authorization: Bot {REDACTED}"),
    ("{'authorization': 'Bearer a b'}", f"{{'authorization': 'Bearer {REDACTED}'}}"),
    ("(b'Authorization', b'Bot abc')", f"(b'Authorization', b'Bot {REDACTED}')"),
    ("X-Api-Key: abc", f"X-Api-Key: {REDACTED}"),
    ("('x-api-key', 'abc')", f"('x-api-key', '{REDACTED}')"),
    ("api_key=abc", f"api_key={REDACTED}"),
    ("a.png?ex=65ab&is=12cd&hm=99ff&", f"a.png?ex={REDACTED}&is={REDACTED}&hm={REDACTED}&"),
    (r"a.png?ex=65ab\u0026is=12cd", rf"a.png?ex={REDACTED}\u0026is={REDACTED}"),
    ("a?X-Amz-Signature=ab%2F&b=1", f"a?X-Amz-Signature={REDACTED}&b=1"),
    ("<data:image/png;base64,AA+/=>", f"<data:image/png;base64,{REDACTED}>"),
    ('["data:image/jpeg;base64,AAAA", "b"]', f'["data:image/jpeg;base64,{REDACTED}", "b"]'),
]

INNOCENT = [
    "Improper token has been passed.",
    "logging in using static token",
    "requests_per_minute: 50 tokens, 3 left",
    '{"token": null, "authorization": 3}',
    "job job_id=7 from=waiting to=sending this=1a axis=2b",
    "data: hello, world",
    "discord.client.ConnectionClosed: Shard ID None WebSocket closed with 4004",
    "klapper.services.submission",
]


@pytest.mark.parametrize(("line", "expected"), LINES)
def test_a_secret_is_known_by_its_shape_or_place(line: str, expected: str) -> None:
    assert Redactor().text(line) == expected


@pytest.mark.parametrize("line", INNOCENT)
def test_text_without_a_secret_stays_as_it_is(line: str) -> None:
    assert Redactor(["hunter2hunter2"]).text(line) == line


@given(st.text(), st.sampled_from(KNOWN_BY_SHAPE), st.text())
def test_a_secret_known_by_shape_never_survives(before: str, secret: str, after: str) -> None:
    assert secret not in Redactor().text(before + secret + after)


@given(st.text(), st.text(alphabet=BASE64URL, min_size=12), st.text())
def test_a_token_in_a_callback_address_never_survives(before: str, token: str, after: str) -> None:
    line = f"{before}/interactions/123456789012345678/{token}/callback{after}"
    assert f"/{token}/" not in Redactor().text(line)


@given(st.text(), st.text(alphabet=BASE64URL, min_size=12), st.sampled_from([json.dumps, repr, str]))
def test_a_token_in_a_payload_never_survives(name: str, token: str, write: type[str]) -> None:
    assume(token not in name)
    payload = {"d": {"member": {"nick": name}, "token": token}, "op": 0}
    line = Redactor().text(write(payload))
    assert f'"{token}"' not in line
    assert f"'{token}'" not in line


PRINTABLE = st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), min_size=6, max_size=80)


@given(st.text(), PRINTABLE, st.text(), st.sampled_from([json.dumps, repr, str]))
def test_a_configured_secret_never_survives(before: str, secret: str, after: str, write: type[str]) -> None:
    line = Redactor([secret]).text(write(f"{before}{secret}{after}"))
    assert secret not in line.replace(REDACTED, "")
    assert write(secret).strip("\"'") not in line.replace(REDACTED, "")


def test_a_secret_that_contains_another_is_taken_out_whole() -> None:
    assert Redactor(["secret-one", "secret-one-and-two"]).text("a secret-one-and-two") == f"a {REDACTED}"


def test_an_empty_secret_changes_nothing() -> None:
    assert Redactor(["", "abc"]).text("abc is short") == "abc is short"


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from([line for line, _ in LINES]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.just("token"), inner, max_size=3),
    max_leaves=8,
)


@given(JSON_VALUES)
def test_json_stays_json(value: object) -> None:
    json.loads(Redactor(["hunter2hunter2"]).text(json.dumps(value)))


@given(st.text() | st.sampled_from([line for line, _ in LINES]))
def test_redacting_twice_changes_nothing(text: str) -> None:
    redactor = Redactor(["hunter2hunter2"])
    assert redactor.text(redactor.text(text)) == redactor.text(text)


@pytest.mark.parametrize("unit", ["M", "token:", "data:a/b;", "ex=", "x-amz-", "/webhooks/1", "\\", "SG_", "M.M"])
def test_a_long_hostile_line_takes_time_in_proportion(unit: str) -> None:
    text = unit * (400_000 // len(unit))
    started = time.process_time()
    Redactor().text(text)
    assert time.process_time() - started < 5
