"""Opening the page for those who sit in front of this machine."""

from __future__ import annotations

import threading
import webbrowser
from collections.abc import Mapping


def has_display(environ: Mapping[str, str], platform: str) -> bool:
    """Whether a browser would have a window. platform: as in sys.platform."""
    return platform == "darwin" or bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))


def open_browser(url: str) -> None:
    """Show the page in the browser of this desktop, if there is one; nobody waits for it."""
    threading.Thread(target=_open, args=(url,), daemon=True).start()


def _open(url: str) -> None:
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return
    # Exactly this class runs in the terminal, as lynx does, and would take it from the demo.
    if type(browser) is not webbrowser.GenericBrowser:
        browser.open(url)
