"""The browser that tests look at pages with: the Chromium of the machine, without a window and without a network."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, async_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
# Without a window it is started anyway, with an empty profile of its own. Nothing but the page speaks to anybody.
ARGUMENTS = (
    "--no-sandbox",  # a container has no namespaces for it
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NOT_FOUND = f"needs a browser: none of {', '.join(NAMES)} is on the PATH"


def find_chromium() -> str | None:
    """Where it is, or None where the machine has none."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A browser of one's own, closed at the end. Skips the test where there is none."""
    path = find_chromium()
    if path is None:
        pytest.skip(NOT_FOUND)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=[*ARGUMENTS])
        try:
            yield browser
        finally:
            await browser.close()
