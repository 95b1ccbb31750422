"""Who asks: a program, the sandbox's own page, or some web site that is open in the same browser."""

from __future__ import annotations

import yarl
from aiohttp import web

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def is_own(request: web.Request) -> bool:
    """Programs send no Origin. A name that is no loopback one was made to lead here (DNS rebinding)."""
    host = request.headers.get("Host", "")
    try:
        name = yarl.URL(f"http://{host}").host
    except ValueError:
        return False
    return name in _LOOPBACK and request.headers.get("Origin") in (None, f"http://{host}")
