"""The operator's settings: every key, its default, its range and what 0 means; TOML below environment.

`load_settings` is called once, by `bot.py`. `config.example.toml` repeats the keys for the operator, and a test keeps
the two equal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic.fields import FieldInfo

from klapper.errors import SettingsError
from klapper.setting_sources import Sources, env_name
from klapper.setting_values import (
    SQLITE_PREFIX,
    WEEKDAYS,
    Amount,
    Category,
    CheckUrl,
    Count,
    Dollars,
    GatewayUrl,
    HostName,
    Hours,
    HttpUrl,
    Score,
    Secret,
    Snowflake,
    SqliteUrl,
    Term,
    TimeZone,
    Upper,
    Usd,
    Weekday,
    Whole,
)

DEFAULT_FILE = Path("config.toml")


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True, use_attribute_docstrings=True)


class DiscordSettings(_Section):
    token: Secret = SecretStr("")
    """Bot token; needed by `run`."""
    api_url: HttpUrl = "https://discord.com/api/v10"
    """Discord's REST API; another address only for the sandbox or a proxy."""
    gateway_url: GatewayUrl = ""
    """Gateway address; empty: ask Discord."""
    guilds: tuple[Snowflake, ...] = ()
    """Ids of the guilds to serve; empty: every guild the bot is in."""


class SegmindSettings(_Section):
    api_key: Secret = SecretStr("")
    """API key; needed by `run`."""
    api_url: HttpUrl = "https://api.segmind.com"
    """Submits, status, results and the credit balance."""
    assets_url: HttpUrl = "https://workflows-api.segmind.com"
    """Image uploads."""
    history_url: HttpUrl = "https://api.spotprod.segmind.com"
    """Request history."""
    download_hosts: Annotated[tuple[HostName, ...], Field(min_length=1)] = ("images.segmind.com",)
    """The only hosts (`name` or `name:port`) that clips are downloaded from."""
    requests_per_minute: Annotated[Whole, Field(ge=1, le=10_000)] = 50
    """Requests per minute that the key allows, all kinds together."""
    max_running_jobs: Annotated[Whole, Field(ge=1, le=1_000)] = 10
    """Jobs at Segmind at a time, all guilds together."""
    warn_below_usd: Dollars = Decimal("5.0")
    """Balance in USD below which the log warns; 0: never."""
    prices: dict[str, dict[str, Usd]] = Field(default_factory=dict)
    """List prices in USD that replace the built-in ones: slug -> price cell -> USD."""


class DatabaseSettings(_Section):
    url: SqliteUrl = "sqlite:///data/klapper.db"
    """SQLite file: three slashes before a path below the working directory, four before an absolute one."""

    @property
    def path(self) -> Path:
        """The database file."""
        return Path(self.url.removeprefix(SQLITE_PREFIX))


class MediaSettings(_Section):
    directory: Path = Path("data/media")
    """Where clips are kept, in the folder outputs below it."""
    keep_days: Annotated[Whole, Field(ge=1, le=3_650)] = 7
    """Days a clip is kept, delivered or not."""


class CreditsSettings(_Section):
    usd_per_credit: Annotated[Decimal, Field(ge=Decimal("0.000001"), le=1_000)] = Decimal("0.01")
    """List price in USD that one credit stands for."""
    markup: Annotated[Decimal, Field(ge=0, le=1_000)] = Decimal("1.0")
    """Factor on members' prices; 0: everything is free for members."""
    period: Literal["day", "week", "month"] = "week"
    """How often allowances begin anew."""
    first_day: Weekday = "monday"
    """With which day a week begins."""
    time_zone: TimeZone = "UTC"
    """Where the bot's days begin, and a guild's unless it chose its own."""
    default_allowance: Amount = 500
    """Credits each member gets per period; 0: nothing."""
    confirm_above: Amount = 300
    """Credits above which a member is asked first; 0: never ask."""
    bot_budget_per_day: Amount = 5_000
    """Budget units (cents of list price) the whole bot may spend per day; 0: unlimited."""
    guild_budget: Amount = 0
    """Budget units a guild may spend per period; 0: unlimited."""

    @property
    def weekday(self) -> int:
        """`first_day` as a number, 0 for Monday (as `date.weekday`)."""
        return WEEKDAYS.index(self.first_day)


class LimitsSettings(_Section):
    running_per_member: Count = 2
    """Running jobs per member; 0: unlimited."""
    waiting_per_member: Count = 5
    """Waiting jobs per member; 0: unlimited."""
    running_per_guild: Count = 0
    """Running jobs per guild; 0: unlimited."""
    largest_job: Amount = 0
    """Most credits one job may cost; 0: unlimited."""
    undo_s: Annotated[Whole, Field(ge=0, le=300)] = 3
    """Seconds in which a member can take a request back before it is sent; 0: none."""


class JobsSettings(_Section):
    stalled_minutes: Annotated[Whole, Field(ge=1, le=44_640)] = 120
    """Minutes after the submit when an unfinished job stops counting as running."""
    hold_hours: Hours = 24
    """Hours after the submit when an unfinished job gives its credits back; Segmind's history reaches 744."""
    waiting_hours: Hours = 24
    """Hours after which a job that could not be sent expires."""

    @model_validator(mode="after")
    def _slots_go_before_the_hold(self) -> JobsSettings:
        if self.stalled_minutes > self.hold_hours * 60:
            raise ValueError("must not have stalled_minutes longer than hold_hours")
        return self


class RemoteSettings(_Section):
    """A check of texts and images by somebody else's model, for any endpoint that speaks OpenAI's moderation API."""

    url: CheckUrl = ""
    """Where texts and images are judged; empty: no such check, and nothing leaves for it."""
    api_key: Secret = SecretStr("")
    """Key for that endpoint; empty: it asks for none."""
    model: Annotated[str, Field(min_length=1, max_length=200)] = "omni-moderation-latest"
    """The endpoint's name of the model that judges."""
    timeout_s: Annotated[Whole, Field(ge=1, le=60)] = 5
    """Seconds for all answers about one request; without them the request is refused."""
    cache_hours: Annotated[Whole, Field(ge=0, le=744)] = 24
    """Hours in which the same text or image is not asked about again; 0: it always is."""
    thresholds: dict[Category, Score] = Field(default_factory=dict)
    """Category -> score above which it objects; the endpoint's own judgement counts for the others."""
    review: tuple[Category, ...] = ()
    """Categories that lead to a review by moderators; all others refuse the request."""


class ModerationSettings(_Section):
    blocked_terms: tuple[Term, ...] = ()
    """Words or phrases that no prompt may contain, whole words, any case."""
    review_hours: Hours = 24
    """Hours after which an unanswered review expires."""
    remind_hours: Annotated[Whole, Field(ge=0, le=744)] = 4
    """Hours after which moderators are reminded of a request that waits for them; 0: never."""
    words_days: Annotated[Whole, Field(ge=0, le=3_650)] = 90
    """Days after which what people wrote to moderators is forgotten; 0: never."""
    refusals_to_review: Count = 2
    """Refusals by Segmind's content check from which a member's requests are reviewed first; 0: never."""
    refusals_to_pause: Count = 4
    """Refusals by it that pause the member; 0: never."""
    pause_hours: Hours = 24
    """Hours that such a pause lasts."""
    guild_refusals_to_pause: Count = 20
    """Refusals by it that pause the whole guild, until a manager resumes it; 0: never."""
    remote: RemoteSettings = Field(default_factory=RemoteSettings)
    """The check by somebody else's model."""


class PrivacySettings(_Section):
    prompts_days: Annotated[Whole, Field(ge=0, le=3_650)] = 0
    """Days after which the texts of an ended job are deleted from the database; 0: never."""


class OpsSettings(_Section):
    host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    """Address that /healthz, /readyz and /metrics listen on."""
    port: Annotated[Whole, Field(ge=0, le=65_535)] = 8080
    """Their port; 0: any free one, logged at the start."""
    log_format: Literal["console", "json"] = "console"
    """Lines for people or for machines."""
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], Upper] = "INFO"
    """Least severity that is logged."""


class Settings(_Section):
    """Everything the operator decides. Frozen; built by `load_settings`."""

    discord: DiscordSettings = Field(default_factory=DiscordSettings)
    segmind: SegmindSettings = Field(default_factory=SegmindSettings)
    database: DatabaseSettings = Field(default_factory=DatabaseSettings)
    media: MediaSettings = Field(default_factory=MediaSettings)
    credits: CreditsSettings = Field(default_factory=CreditsSettings)
    limits: LimitsSettings = Field(default_factory=LimitsSettings)
    jobs: JobsSettings = Field(default_factory=JobsSettings)
    moderation: ModerationSettings = Field(default_factory=ModerationSettings)
    privacy: PrivacySettings = Field(default_factory=PrivacySettings)
    ops: OpsSettings = Field(default_factory=OpsSettings)

    def require_run(self) -> None:
        """Return if the bot can start; raise SettingsError naming the missing key and where to get it."""
        for key, secret, origin in (
            ("discord.token", self.discord.token, "Discord's developer portal, your application, Bot, Reset Token"),
            ("segmind.api_key", self.segmind.api_key, "Segmind's console, API keys"),
        ):
            if not secret.get_secret_value():
                raise SettingsError(f"{key} is empty: set it in config.toml or as {env_name(key)} ({origin}).")

    def secrets(self) -> tuple[str, ...]:
        """The configured secrets themselves, for the log filter."""
        secrets = (self.discord.token, self.segmind.api_key, self.moderation.remote.api_key)
        return tuple(value for secret in secrets if (value := secret.get_secret_value()))


def load_settings(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """The settings of one TOML file below the `KLAPPER_…` variables of `environ`.

    path: None takes ./config.toml if it exists. Raises SettingsError, one line: file or variable, key, what is wrong,
    the nearest valid key.
    """
    sources = Sources.read(_file(path), environ, _known_keys())
    try:
        settings = Settings.model_validate(sources.values)
    except ValidationError as error:
        raise SettingsError(sources.sentence(error.errors(include_url=False))) from None
    if sources.problems:
        raise SettingsError(sources.sentence([]))
    return settings


def _file(path: Path | None) -> Path | None:
    return path or (DEFAULT_FILE if DEFAULT_FILE.exists() else None)


def _known_keys() -> dict[str, object]:
    """Every dotted key with its type."""
    return {
        f"{section}.{key}": field.annotation
        for section, model in sections().items()
        for key, field in keys(model).items()
    }


def sections() -> dict[str, type[BaseModel]]:
    """Dotted name of each section -> its model, in the order of the example file."""
    return dict(_sections(Settings, ""))


def keys(section: type[BaseModel]) -> dict[str, FieldInfo]:
    """The section's own keys, without the sections in it."""
    return {name: field for name, field in section.model_fields.items() if _model(field) is None}


def _sections(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, type[BaseModel]]]:
    for name, field in model.model_fields.items():
        if (section := _model(field)) is not None:
            yield f"{prefix}{name}", section
            yield from _sections(section, f"{prefix}{name}.")


def _model(field: FieldInfo) -> type[BaseModel] | None:
    """The section that a field is; None for a key."""
    kind = field.annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None
