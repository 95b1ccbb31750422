"""What goes wrong in a seed. Each seed has few of these and has them often: many at once hide each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

# Name -> the usual chance per occasion, where the seed has it. Sources: reference documents of Segmind and Discord.
SUBMIT = {
    "submit_429": 0.3,
    "submit_429_headers": 0.3,
    "submit_403": 0.1,
    "submit_404": 0.1,
    "submit_405": 0.1,
    "submit_406_type": 0.1,
    "submit_406_credits": 0.15,
    "submit_406_team": 0.1,
    "submit_406_parameter": 0.15,
    "submit_410": 0.06,
    "submit_400": 0.15,
    "submit_5xx_before": 0.25,
    "submit_5xx_after": 0.25,
    "submit_drop_before": 0.25,
    "submit_drop_after": 0.25,
    "submit_timeout_before": 0.25,
    "submit_timeout_after": 0.25,
    "submit_late": 0.25,
    "submit_unreachable": 0.3,
    "submit_html": 0.2,
    "submit_empty": 0.2,
    "submit_truncated": 0.2,
    "submit_shape": 0.2,
    "submit_bad_id": 0.2,
    "submit_id_under_5xx": 0.2,
}
QUESTIONS = {
    "ask_429": 0.2,
    "ask_429_headers": 0.2,
    "ask_5xx": 0.3,
    "ask_drop": 0.3,
    "ask_timeout": 0.2,
    "ask_html": 0.3,
    "ask_empty": 0.3,
    "ask_truncated": 0.3,
    "ask_shape": 0.3,
    "ask_other_id": 0.3,
    "ask_lagging": 0.3,
    "ask_404": 0.3,
    "history_5xx": 0.5,
    "history_404": 0.3,
    "history_401": 0.3,
    "history_repeats": 0.5,
}
# How this account's history is, for as long as the seed lasts; rows without their inputs until all faults end.
HISTORY = {
    "history_bare_ids": 1.0,
    "history_other_zone": 1.0,
    "history_no_inputs": 0.3,
}
JOBS = {
    "job_failed": 0.3,
    "job_failed_200": 0.3,
    "job_refused": 0.3,
    "job_stuck": 0.15,
    "job_slow": 0.3,
    "job_unnamed": 0.2,
    "job_named_late": 0.3,
    "clip_foreign": 0.2,
    "clip_gone": 0.2,
    "clip_huge": 0.2,
    "clip_large": 0.4,
    "clip_codec": 0.5,
}
MEDIA = {
    "media_404": 0.3,
    "media_5xx": 0.4,
    "media_cut": 0.4,
    "media_truncated": 0.4,
    "media_stalled": 0.3,
    "media_refused": 0.3,
}
COPIES = {"copy_failed": 0.4}
UPLOADS = {
    "upload_5xx": 0.4,
    "upload_drop": 0.3,
    "upload_refused": 0.2,
    "upload_urls": 0.5,
    "upload_empty": 0.3,
    "upload_429": 0.3,
}
DISCORD = {
    "discord_5xx": 0.2,
    "discord_lost": 0.25,
    "discord_deadline": 0.1,
    "discord_deadline_lost": 0.15,
    "discord_old_edits": 0.5,
    "discord_limit": 0.5,
    "answer_lost": 0.4,
    "answer_refused": 0.3,
    "answer_found": 0.3,
}
# Things that happen at some time rather than at an occasion; where the seed has them, they happen a few times.
PLACES = {
    "permission_lost": 1.0,
    "channel_gone": 1.0,
    "thread_archived": 1.0,
    "dm_closed": 1.0,
    "guild_left": 1.0,
    "message_deleted": 1.0,
}
PROVIDER = {
    "outage": 1.0,
    "history_outage": 1.0,
    "plan_lower": 1.0,
    "credits_out": 1.0,
    "key_revoked": 1.0,
    "history_lag": 1.0,
    "others_use_the_key": 1.0,
}
MACHINE = {
    "disk_full": 1.0,
    "clock_back": 1.0,
    "clock_ahead": 1.0,
    "discord_outage": 1.0,
    "guild_paused": 1.0,
}
NETWORK = {"slow_network": 0.4}
HAPPENINGS: Mapping[str, float] = PLACES | PROVIDER | MACHINE
THEMES: tuple[Mapping[str, float], ...] = (
    SUBMIT,
    QUESTIONS | HISTORY,
    JOBS,
    MEDIA | COPIES,
    UPLOADS,
    DISCORD,
    PLACES,
    PROVIDER,
    MACHINE | NETWORK,
)
ALL: Mapping[str, float] = {kind: rate for theme in THEMES for kind, rate in theme.items()}
MOST_THEMES, MOST_KINDS = 4, 4  # of a theme


@dataclass(slots=True)
class Faults:
    """The faults of one seed. Each occasion draws; after `heal` nothing goes wrong any more."""

    chance: Random
    rates: Mapping[str, float]
    healed: bool = False
    struck: dict[str, int] = field(default_factory=dict)

    @classmethod
    def drawn(cls, chance: Random) -> Faults:
        """A few kinds of a few themes, each more or less often than usual."""
        kinds: list[str] = []
        for theme in chance.sample(THEMES, chance.randint(0, MOST_THEMES)):
            kinds += chance.sample(sorted(theme), min(len(theme), chance.randint(1, MOST_KINDS)))
        return cls(chance, {kind: min(0.9, ALL[kind] * chance.choice((0.3, 1.0, 1.0, 2.5))) for kind in kinds})

    def has(self, kind: str) -> bool:
        """Whether this seed knows it."""
        return kind in self.rates and not self.healed

    def strikes(self, kind: str) -> bool:
        """Whether it goes wrong this time."""
        assert kind in ALL, kind
        if self.healed or kind not in self.rates or self.chance.random() >= self.rates[kind]:
            return False
        self.struck[kind] = self.struck.get(kind, 0) + 1
        return True

    def first(self, kinds: Mapping[str, float]) -> str | None:
        """The one of these kinds that strikes now, None when all goes well."""
        return next((kind for kind in kinds if kind in self.rates and self.strikes(kind)), None)

    def heal(self) -> None:
        self.healed = True
