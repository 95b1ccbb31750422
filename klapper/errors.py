"""The taxonomy of errors, sorted by what must happen next.

Every error is one sentence for the person who reads it. Errors that a member sees become text in `cogs/errors.py`
and nowhere else.
"""

from __future__ import annotations

from enum import StrEnum


class KlapperError(Exception):
    """Something Klapper knows how to name. The sentence defaults to the first line of the class docstring."""

    def __init__(self, sentence: str | None = None) -> None:
        self.sentence = sentence or (type(self).__doc__ or type(self).__name__).splitlines()[0]
        super().__init__(self.sentence)


class SettingsError(KlapperError):
    """The configuration is not usable. The operator mends it; the program exits with 2."""


class RequestRefused(KlapperError):
    """This cannot be made as asked. The member changes the request; nothing was charged.

    code: stable reason code, e.g. `duration_not_taken`; for tests, metrics and moderation rows. appeal: the decision
    that the member can have moderators look at, None where there is none.
    """

    def __init__(self, code: str, sentence: str, *, appeal: int | None = None) -> None:
        super().__init__(sentence)
        self.code = code
        self.appeal = appeal

    def saying(self, sentence: str) -> RequestRefused:
        """The same refusal in other words."""
        return RequestRefused(self.code, sentence, appeal=self.appeal)


class ProviderError(KlapperError):
    """Segmind did not do what was asked."""


class PauseScope(StrEnum):
    """What stops being submitted after an answer of Segmind."""

    NONE = "none"
    MODEL = "model"  # this slug only
    ALL = "all"


class NotTaken(ProviderError):
    """Segmind provably did not take the job, or an image of it. It goes back to waiting and may be sent again.

    reason: rate_limited | bad_key | forbidden | no_credits | team_limit | unreachable | upload_failed.
    retry_after_s: seconds to leave it alone, None when Segmind did not say.
    """

    def __init__(
        self,
        reason: str,
        sentence: str,
        *,
        pause: PauseScope = PauseScope.NONE,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(sentence)
        self.reason = reason
        self.pause = pause
        self.retry_after_s = retry_after_s


class ProviderRejected(ProviderError):
    """Segmind refused the job for good. It is failed and its hold released.

    reason: bad_request | unknown_model | bad_parameter | retired | image_refused. text: Segmind's own words, cut.
    """

    def __init__(self, reason: str, sentence: str, *, text: str = "", pause: PauseScope = PauseScope.NONE) -> None:
        super().__init__(sentence)
        self.reason = reason
        self.text = text
        self.pause = pause


class OutcomeUnknown(ProviderError):
    """It is not known whether Segmind took the job. It is never sent again; its history settles the question."""

    def __init__(self, reason: str, sentence: str | None = None) -> None:
        super().__init__(sentence)
        self.reason = reason


class LedgerError(KlapperError):
    """The books refused a movement. Nothing of it was written."""


class InsufficientCredits(LedgerError):
    """An account has less available than the movement takes.

    account: text id of the account; available, needed: in that account's unit (credits or budget units).
    """

    def __init__(self, account: str, *, available: int, needed: int) -> None:
        super().__init__(f"{account} has {available} available and {needed} is needed.")
        self.account = account
        self.available = available
        self.needed = needed


class CheckUnavailable(KlapperError):
    """The automatic check of a request gave no answer that can be used. Without one it is refused.

    reason: timeout | unreachable | bad_key | rate_limited | server_error | redirect | not_taken | too_large |
    unreadable | no_score | image_lost | image_too_large.
    """

    def __init__(self, reason: str, sentence: str | None = None) -> None:
        super().__init__(sentence)
        self.reason = reason


class JobConflict(KlapperError):
    """Somebody else moved this job in the meantime. Look at it again."""


class DeliveryError(KlapperError):
    """The clip could not be brought to its requester this way. The delivery goes on with its next step.

    reason: media_gone | media_broken | media_host | too_large | copy_too_long | copy_too_slow | copy_failed |
    card_deleted | channel_gone | forbidden | dm_closed | archived | too_old | try_later.
    """

    def __init__(self, reason: str, sentence: str | None = None) -> None:
        super().__init__(sentence)
        self.reason = reason


class ChartsNotDrawn(KlapperError):
    """The pictures could not be drawn. The numbers are there all the same.

    reason: busy | too_slow | failed.
    """

    def __init__(self, reason: str, sentence: str | None = None) -> None:
        super().__init__(sentence)
        self.reason = reason
