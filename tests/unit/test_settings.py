"""Settings: TOML below environment, and one sentence for everything that can be wrong with them."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import chdir
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klapper.errors import SettingsError
from klapper.settings import DiscordSettings, SegmindSettings, Settings, keys, load_settings, sections

Load = Callable[..., Settings]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Settings of a config.toml with this text, below these variables."""

    def loader(text: str = "", **environ: str) -> Settings:
        file = tmp_path / "config.toml"
        file.write_text(text, encoding="utf-8")
        return load_settings(file, environ)

    return loader


@pytest.fixture
def complaint(load: Load, tmp_path: Path) -> Callable[..., str]:
    """The sentence that these settings are refused with."""

    def sentence(text: str = "", **environ: str) -> str:
        with pytest.raises(SettingsError) as refused:
            load(text, **environ)
        return str(refused.value).replace(f"{tmp_path}/", "")

    return sentence


Complaint = Callable[..., str]


def test_an_empty_file_gives_the_defaults(load: Load) -> None:
    assert load() == Settings()


def test_the_file_overrides_a_default(load: Load) -> None:
    assert load("[limits]\nundo_s = 0").limits.undo_s == 0


def test_the_environment_overrides_the_file(load: Load) -> None:
    settings = load("[ops]\nport = 1\nhost = '::1'", KLAPPER_OPS__PORT="2")
    assert (settings.ops.port, settings.ops.host) == (2, "::1")


def test_other_variables_are_nobodys_business(load: Load) -> None:
    assert load(PATH="/bin", klapper_ops__port="x", XKLAPPER_OPS__PORT="x") == Settings()


def test_settings_without_a_file_come_from_the_environment_alone(tmp_path: Path) -> None:
    with chdir(tmp_path):
        assert load_settings(None, {"KLAPPER_OPS__PORT": "9"}).ops.port == 9


def test_a_config_toml_in_the_working_directory_is_found(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[ops]\nport = 9")
    with chdir(tmp_path):
        assert load_settings(None, {}).ops.port == 9


def test_a_byte_order_mark_is_not_an_error(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(b"\xef\xbb\xbf[ops]\r\nport = 9\r\n")
    assert load_settings(file, {}).ops.port == 9


@pytest.mark.parametrize("text", ["1,2", " 1 , 2 ", "[1, 2]", '["1","2"]'])
def test_a_list_in_a_variable_is_separated_by_commas_or_json(load: Load, text: str) -> None:
    assert load(KLAPPER_DISCORD__GUILDS=text).discord.guilds == (1, 2)


def test_an_empty_variable_is_an_empty_list(load: Load) -> None:
    assert load("[discord]\nguilds = [1]", KLAPPER_DISCORD__GUILDS="").discord.guilds == ()


def test_prices_are_the_same_decimals_from_file_and_environment(load: Load) -> None:
    file = load("[segmind.prices.kling-text2video]\n'std 5' = 0.28").segmind.prices
    environ = load(KLAPPER_SEGMIND__PRICES='{"kling-text2video": {"std 5": 0.28}}').segmind.prices
    assert file == environ == {"kling-text2video": {"std 5": Decimal("0.28")}}


@given(st.decimals(min_value=0, max_value=1000, places=6))
def test_a_decimal_arrives_digit_by_digit(value: Decimal) -> None:
    with TemporaryDirectory() as directory:
        file = Path(directory, "config.toml")
        file.write_text(f"[credits]\nmarkup = {value:f}", encoding="utf-8")
        assert str(load_settings(file, {}).credits.markup) == f"{value:f}"


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///data/klapper.db", "data/klapper.db"),
        ("sqlite:////data/klapper.db", "/data/klapper.db"),
        ("sqlite:///klapper with space.db", "klapper with space.db"),
    ],
)
def test_the_database_path_follows_from_its_url(load: Load, url: str, path: str) -> None:
    assert load(KLAPPER_DATABASE__URL=url).database.path == Path(path)


UNKNOWN = [
    ("[segmind]\napi_kee = ''", "config.toml: segmind.api_kee is not a setting; did you mean segmind.api_key?"),
    ("[sgmind]\napi_key = ''", "config.toml: [sgmind] is not a section; did you mean [segmind]?"),
    ("[discord]\napi_key = ''", "config.toml: discord.api_key is not a setting; did you mean segmind.api_key?"),
    ("undo_s = 3", "config.toml: undo_s is not a setting; did you mean limits.undo_s?"),
    ("[jobs]\nzzz = 1", "config.toml: jobs.zzz is not a setting; the keys of [jobs] are stalled_minutes, "),
    ("[moderation]\nurl = ''", "config.toml: moderation.url is not a setting; did you mean moderation.remote.url?"),
    ("[moderation.remote]\ntimeout = 5", "config.toml: moderation.remote.timeout is not a setting; did you mean "),
    (
        "[moderation.remote]\nzzz = 5",
        "config.toml: moderation.remote.zzz is not a setting; the keys of [mod",
    ),
    ("[moderation.remot]", "config.toml: moderation.remot is not a setting; did you mean [moderation.remote]?"),
    (
        "[moderation]\nzzz = 5",
        "config.toml: moderation.zzz is not a setting; the keys of [moderation] are ",
    ),
    ("[zzz]", "config.toml: [zzz] is not a section; the sections are discord, segmind, database, "),
]


@pytest.mark.parametrize(("text", "expected"), UNKNOWN)
def test_an_unknown_key_is_named_with_the_nearest_known_one(complaint: Complaint, text: str, expected: str) -> None:
    assert complaint(text).startswith(expected)


UNKNOWN_VARIABLES = [
    ("KLAPPER_OPS__PROT", "KLAPPER_OPS__PORT"),
    ("KLAPPER_MODERATION__REMOTE__KEY", "KLAPPER_MODERATION__REMOTE__API_KEY"),
    ("KLAPPER_MODERATION__API_KEY", "KLAPPER_MODERATION__REMOTE__API_KEY"),
    ("KLAPPER_DISCORD_TOKEN", "KLAPPER_DISCORD__TOKEN"),
    ("KLAPPER_TOKEN", "KLAPPER_DISCORD__TOKEN"),
    ("KLAPPER_ops__port", "KLAPPER_OPS__PORT"),
    ("KLAPPER_DISCORD__API_KEY", "KLAPPER_SEGMIND__API_KEY"),
]


@pytest.mark.parametrize(("name", "near"), UNKNOWN_VARIABLES)
def test_an_unknown_variable_is_named_with_the_nearest_known_one(complaint: Complaint, name: str, near: str) -> None:
    assert complaint(**{name: "x"}) == f"environment: {name} is not a setting; did you mean {near}?"


WRONG = [
    ("[limits]\nundo_s = 1.5", "limits.undo_s = 1.5 must be a whole number."),
    ("[limits]\nundo_s = -1", "limits.undo_s = -1 must be at least 0."),
    ("[limits]\nundo_s = 301", "limits.undo_s = 301 must be at most 300."),
    ("[limits]\nundo_s = true", "limits.undo_s = true must be a number."),
    ("[credits]\nmarkup = 'x'", 'credits.markup = "x" must be a number.'),
    ("[credits]\nmarkup = nan", "credits.markup = NaN must be a number."),
    ("[credits]\nusd_per_credit = 0", "credits.usd_per_credit = 0 must be at least 0.000001."),
    ("[credits]\nperiod = 'weekly'", "credits.period = \"weekly\" must be 'day', 'week' or 'month'."),
    ("[credits]\ntime_zone = 'Europe/Berlim'", 'credits.time_zone = "Europe/Berlim" must be a time zone name; '),
    ("[credits]\ntime_zone = '../../etc/passwd'", 'credits.time_zone = "../../etc/passwd" must be a time zone name; '),
    ("[credits]\ntime_zone = 'Europe'", 'credits.time_zone = "Europe" must be a time zone name; '),
    ("[database]\nurl = 'klapper.db'", 'database.url = "klapper.db" must be sqlite:///relative/file.db or '),
    ("[database]\nurl = 'sqlite://klapper.db'", 'database.url = "sqlite://klapper.db" must be sqlite:///'),
    ("[database]\nurl = 'sqlite:///:memory:'", 'database.url = "sqlite:///:memory:" must be sqlite:///'),
    ("[database]\nurl = 'sqlite:///'", 'database.url = "sqlite:///" must be sqlite:///'),
    ("[discord]\napi_url = 'discord.com'", 'discord.api_url = "discord.com" must be a URL like https://host/path.'),
    ("[discord]\napi_url = 'http://[::1'", 'discord.api_url = "http://[::1" must be a URL like https://host/path.'),
    ("[discord]\napi_url = 'http://a:b/'", 'discord.api_url = "http://a:b/" must be a URL like https://host/path.'),
    ("[discord]\ngateway_url = 'https://a'", 'discord.gateway_url = "https://a" must be a URL like wss://host/path.'),
    ("[segmind]\napi_url = 'http://a.com/'", 'segmind.api_url = "http://a.com/" must begin with https:// because '),
    ("[segmind]\napi_url = 'https://a?b'", 'segmind.api_url = "https://a?b" must be a URL without user name, '),
    ("[segmind]\ndownload_hosts = []", "segmind.download_hosts must not be empty."),
    ("[segmind]\ndownload_hosts = ['https://a']", 'segmind.download_hosts[0] = "https://a" must be a host name '),
    ("[segmind]\ndownload_hosts = ['a:b']", 'segmind.download_hosts[0] = "a:b" must be a host name '),
    ("[segmind]\ndownload_hosts = ['a/b']", 'segmind.download_hosts[0] = "a/b" must be a host name '),
    ("[segmind]\ndownload_hosts = 'a'", 'segmind.download_hosts = "a" must be a list like ["a", "b"].'),
    ("[segmind]\nprices = 3", "segmind.prices = 3 must be a table."),
    ("[segmind.prices.v3]\n'std 5' = -1", "segmind.prices.v3.std 5 = -1 must be at least 0."),
    ("[discord]\nguilds = ['here']", 'discord.guilds[0] = "here" must be a whole number.'),
    ("[discord]\nguilds = [0]", "discord.guilds[0] = 0 must be more than 0."),
    ("[moderation]\nblocked_terms = [' ']", 'moderation.blocked_terms[0] = " " must not be empty: it would block '),
    ("[moderation]\nremote = 3", "moderation.remote = 3 must be a section: write its name in square brackets "),
    ("[moderation.remote]\nurl = 'http://a.com'", 'moderation.remote.url = "http://a.com" must begin with https:// '),
    ("[moderation.remote]\nurl = 'ftp://a.com'", 'moderation.remote.url = "ftp://a.com" must be a URL like https://'),
    (
        "[moderation.remote]\nurl = 'https://me:x@a.com'",
        "moderation.remote.url must be a URL without user name, ",
    ),
    ("[moderation.remote]\ntimeout_s = 0", "moderation.remote.timeout_s = 0 must be at least 1."),
    ("[moderation.remote]\nthresholds = {x = 1.1}", "moderation.remote.thresholds.x = 1.1 must be at most 1."),
    ("[moderation.remote]\nthresholds = {'' = 1}", "moderation.remote.thresholds..[key]"),
    ("[moderation.remote]\nreview = ['*']", 'moderation.remote.review[0] = "*" must be a category like "violence"'),
    ("[media]\ndirectory = 3", "media.directory = 3 must be a path in quotes."),
    ("[jobs]\nhold_hours = 1", "jobs must not have stalled_minutes longer than hold_hours."),
    ("[ops]\nlog_format = 'yaml'", "ops.log_format = \"yaml\" must be 'console' or 'json'."),
    ("[ops]\nport = 65536", "ops.port = 65536 must be at most 65535."),
    ("[ops]\nhost = ''", 'ops.host = "" must not be empty.'),
    ("discord = 3", "discord = 3 must be a section: write its name in square brackets on a line above its keys."),
]


@pytest.mark.parametrize(("text", "expected"), WRONG)
def test_a_wrong_value_is_named_with_what_it_must_be(complaint: Complaint, text: str, expected: str) -> None:
    assert complaint(text).startswith(f"config.toml: {expected}")


def test_a_section_in_a_section_comes_from_file_and_environment(load: Load) -> None:
    remote = load(
        "[moderation.remote]\nurl = 'https://a.com/v1/moderations/'\nthresholds = {violence = 0.8}",
        KLAPPER_MODERATION__REMOTE__API_KEY=SECRET,
        KLAPPER_MODERATION__REMOTE__REVIEW="violence, self-harm/intent",
        KLAPPER_MODERATION__REMOTE__TIMEOUT_S="3",
    ).moderation.remote
    assert (remote.url, remote.timeout_s) == ("https://a.com/v1/moderations", 3)
    assert remote.thresholds == {"violence": Decimal("0.8")}
    assert remote.review == ("violence", "self-harm/intent")
    assert remote.api_key.get_secret_value() == SECRET


def test_every_configured_secret_is_known_to_the_log_filter(load: Load) -> None:
    settings = load(
        KLAPPER_DISCORD__TOKEN="token-1",
        KLAPPER_SEGMIND__API_KEY="key-2",
        KLAPPER_MODERATION__REMOTE__API_KEY="key-3",
    )
    assert settings.secrets() == ("token-1", "key-2", "key-3")


def test_a_misspelt_time_zone_is_answered_with_the_right_one(complaint: Complaint) -> None:
    assert complaint("[credits]\ntime_zone = 'Europe/Berlim'").endswith("did you mean Europe/Berlin?")


def test_a_wrong_variable_is_named_as_a_variable(complaint: Complaint) -> None:
    sentence = complaint("[ops]\nport = 1", KLAPPER_OPS__PORT="http")
    assert sentence == 'environment: KLAPPER_OPS__PORT = "http" must be a whole number.'


def test_a_variable_that_is_not_json_is_named(complaint: Complaint) -> None:
    assert complaint(KLAPPER_DISCORD__GUILDS="[1") == "environment: KLAPPER_DISCORD__GUILDS is not valid JSON."


def test_several_mistakes_are_one_line_and_a_count(complaint: Complaint) -> None:
    sentence = complaint("[ops]\nport = -1\nhots = ''\n[limits]\nundo_s = -1", KLAPPER_X="")
    assert sentence.endswith("(and 3 more).")
    assert len(sentence.splitlines()) == 1


def test_a_key_with_a_line_break_still_makes_one_line(complaint: Complaint) -> None:
    assert len(complaint('[ops]\n"po\\nrt" = 1').splitlines()) == 1


def test_a_syntax_error_names_file_and_line(complaint: Complaint) -> None:
    sentence = complaint("[ops]\nport = \nhost = 'a'")
    assert re.match(r"config\.toml: .*at line 2, column \d+", sentence)


def test_a_missing_file_says_what_to_copy(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"there is no such file; copy config\.example\.toml there"):
        load_settings(tmp_path / "absent.toml", {})


def test_a_directory_is_not_a_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings(tmp_path, {})


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes("# schön".encode("latin-1"))
    with pytest.raises(SettingsError, match="is not UTF-8 text"):
        load_settings(file, {})


SECRET = "MTA0.abcdef.0123456789"


@pytest.mark.parametrize(
    ("text", "environ"),
    [
        (f"[discord]\ntoken = ['{SECRET}']", {}),
        (f"[discord]\ntoken = '{SECRET} {SECRET}'", {}),
        ("", {"KLAPPER_SEGMIND__API_KEY": f"{SECRET}\n{SECRET}"}),
        ("", {"KLAPPER_MODERATION__REMOTE__API_KEY": "MTA0.abcdef 123"}),
        ("[moderation.remote]\napi_key = 'MTA0.abcdef 123'", {}),
        ("[moderation.remote]\napi_key = 104123", {}),
        (f"[moderation.remote]\nurl = 'https://me:{SECRET}@a.com/v1'", {}),
        ("[discord]\napi_url = 'SG_0123456789abcdef'", {}),
        (f"[discord]\napi_url = 'https://me:{SECRET}@discord.com/api/v10'", {}),
    ],
)
def test_no_complaint_repeats_a_secret(complaint: Complaint, text: str, environ: dict[str, str]) -> None:
    sentence = complaint(text, **environ)
    assert SECRET not in sentence
    assert not re.search(r"SG_0|abcdef|104", sentence)


def test_a_printed_setting_hides_its_secrets() -> None:
    settings = Settings(discord=DiscordSettings.model_validate({"token": SECRET}))
    assert SECRET not in f"{settings!r} {settings} {settings.model_dump_json()}"


def test_a_pasted_token_loses_the_space_around_it(load: Load) -> None:
    assert load(KLAPPER_DISCORD__TOKEN=f" {SECRET}\n").secrets() == (SECRET,)


@pytest.mark.parametrize(
    ("settings", "missing"),
    [
        ({}, "discord.token is empty: set it in config.toml or as KLAPPER_DISCORD__TOKEN"),
        ({"discord": {"token": SECRET}}, "segmind.api_key is empty: set it in config.toml or as KLAPPER_SEGMIND__"),
    ],
)
def test_only_run_needs_the_keys(settings: dict[str, object], missing: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(missing)):
        Settings.model_validate(settings).require_run()


def test_with_both_keys_the_bot_can_run() -> None:
    segmind = SegmindSettings.model_validate({"api_key": "SG_0123456789abcdef"})
    Settings(discord=DiscordSettings.model_validate({"token": SECRET}), segmind=segmind).require_run()


PRIVATE = ["http://127.0.0.1:9001", "http://[::1]:9001", "http://localhost", "http://proxy:80/api", "http://10.0.0.2"]


@pytest.mark.parametrize("url", PRIVATE)
def test_http_is_taken_on_private_ground(load: Load, url: str) -> None:
    assert load(KLAPPER_SEGMIND__API_URL=f"{url}/").segmind.api_url == url


def test_every_key_has_a_description() -> None:
    undescribed = [
        f"{section}.{key}"
        for section, model in sections().items()
        for key, field in keys(model).items()
        if not field.description
    ]
    assert undescribed == []


def test_what_0_means_is_said_wherever_0_is_taken() -> None:
    silent = [
        f"{section}.{key}"
        for section, model in sections().items()
        for key, field in keys(model).items()
        if _takes_zero(model, key) and "0: " not in (field.description or "")
    ]
    assert silent == []


def _takes_zero(model: type, key: str) -> bool:
    try:
        model(**{key: 0})
    except ValueError:
        return False
    return True
