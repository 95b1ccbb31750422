"""api.spotprod.segmind.com: the account's request history (Segmind SDK 1.3.0, generations)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from aiohttp import web

from sandbox.segmind import bodies
from sandbox.segmind.admission import check_key
from sandbox.segmind.faults import Stage
from sandbox.segmind.jobs import Job
from sandbox.segmind.provider import Provider
from sandbox.segmind.refusals import Refused, malformed

DEFAULT_WINDOW = timedelta(days=7)
WIDEST_WINDOW = timedelta(days=31)
_BASE = "/inference-request/request-history"
_STATUSES = ("COMPLETED", "FAILED", "PENDING")
_SORTABLE = ("model_created", "model_name", "credits_deduction")


class History:
    """Every request of the account: a window of them, or one of any age."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(_BASE, self.list, allow_head=False),
            web.get(f"{_BASE}/{{id}}", self.get, allow_head=False),
        ]

    async def get(self, request: web.Request) -> web.StreamResponse:
        """One row, however old."""
        provider = self._provider
        check_key(provider, request, auth_surface=True)
        provider.rate_limit.spend()
        job_id = request.match_info["id"]
        job = provider.jobs.get(job_id)
        slug, prompt = (job.slug, job.prompt) if job else (None, None)
        if answer := await provider.interference.answer(request, Stage.HISTORY, slug, prompt):
            return answer
        if job is None or not self._shown(job):
            raise Refused(404, f"Request {job_id} not found")
        row = bodies.history_row(request, job)
        return provider.interference.reply(request, Stage.HISTORY, job, row)

    async def list(self, request: web.Request) -> web.StreamResponse:
        """A page of rows, newest first unless asked otherwise."""
        provider = self._provider
        check_key(provider, request, auth_surface=True)
        provider.rate_limit.spend()
        if answer := await provider.interference.answer(request, Stage.HISTORY_LIST):
            return answer
        page, per_page = _whole(request, "page", 1, 1, 1_000_000), _whole(request, "per_page", 20, 1, 100)
        first, last = _window(request, provider.clock.wall().date())
        found = [job for job in provider.jobs.all() if self._shown(job) and first <= _day(job.submitted_at) <= last]
        rows = _chosen(request, [bodies.history_row(request, job) for job in found if self._is_asked_user(request)])
        if provider.interference.rows_repeat():
            rows = [row for row in rows for _ in range(2)]
        return web.json_response(
            {
                "data": rows[(page - 1) * per_page : page * per_page],
                "page": page,
                "per_page": per_page,
                "total": len(rows),
                "total_pages": -(-len(rows) // per_page),
            }
        )

    def _shown(self, job: Job) -> bool:
        if self._provider.history_hides_unfinished and not job.finished:
            return False
        age_s = (self._provider.clock.wall() - job.submitted_at).total_seconds()
        return age_s >= self._provider.history_lag_s

    def _is_asked_user(self, request: web.Request) -> bool:
        account = self._provider.account
        return (
            request.query.get("user_id", account.user_id) == account.user_id
            and request.query.get("user_email", account.user_email) == account.user_email
        )


def _chosen(request: web.Request, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of the asked model and status, in the asked order."""
    name = request.query.get("model_name", "")
    status = _one_of(request, "status", _STATUSES, None)
    sort_by = _one_of(request, "sort_by", _SORTABLE, "model_created")
    order = _one_of(request, "sort_order", ("asc", "desc"), "desc")
    rows = [row for row in rows if name in row["model_name"] and status in {None, row["model_status"]}]
    return sorted(rows, key=lambda row: row[sort_by or ""], reverse=order == "desc")


def _window(request: web.Request, today: date) -> tuple[date, date]:
    """First and last day, both included; at most 31 days."""
    last = _date(request, "to_date") or today
    first = _date(request, "from_date") or last - DEFAULT_WINDOW
    if first > last:
        raise malformed("from_date must not be after to_date")
    if last - first > WIDEST_WINDOW:
        raise malformed("The window may span at most 31 days")
    return first, last


def _date(request: web.Request, name: str) -> date | None:
    text = request.query.get(name)
    if text is None:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        raise malformed(f"{name} must be YYYY-MM-DD") from None


def _day(moment: datetime) -> date:
    return moment.astimezone(UTC).date()


def _whole(request: web.Request, name: str, default: int, low: int, high: int) -> int:
    text = request.query.get(name, str(default))
    if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
        raise malformed(f"{name} must be between {low} and {high}")
    return int(text)


def _one_of(request: web.Request, name: str, values: tuple[str, ...], default: str | None) -> str | None:
    value = request.query.get(name, default)
    if value != default and value not in values:
        raise malformed(f"{name} must be one of {', '.join(values)}")
    return value
