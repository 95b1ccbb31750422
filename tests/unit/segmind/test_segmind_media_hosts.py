"""Where clips may come from."""

from __future__ import annotations

import pytest
from yarl import URL

from klapper.segmind.media import MediaHosts

ROWS = [
    ("images.segmind.com", "https://images.segmind.com/generations/a.mp4", True),
    ("images.segmind.com", "https://images.segmind.com:443/a.mp4", True),
    ("images.segmind.com", "https://IMAGES.segmind.com/a.mp4", True),
    ("images.segmind.com", "https://images.segmind.com:8443/a.mp4", False),
    ("images.segmind.com:8443", "https://images.segmind.com:8443/a.mp4", True),
    ("images.segmind.com:8443", "https://images.segmind.com/a.mp4", False),
    ("images.segmind.com", "http://images.segmind.com/a.mp4", False),
    ("images.segmind.com", "ftp://images.segmind.com/a.mp4", False),
    ("images.segmind.com", "https://images.segmind.com.evil.example/a.mp4", False),
    ("images.segmind.com", "https://evil-images.segmind.com/a.mp4", False),
    ("images.segmind.com", "https://segmind.com/a.mp4", False),
    ("images.segmind.com", "https://images.segmind.com@evil.example/a.mp4", False),
    ("images.segmind.com", "https://user:word@images.segmind.com/a.mp4", False),
    ("images.segmind.com", "/a.mp4", False),
    ("images.segmind.com", "//images.segmind.com/a.mp4", False),
    ("images.segmind.com", "https://127.0.0.1/a.mp4", False),
    ("127.0.0.1", "http://127.0.0.1:8080/a.mp4", True),
    ("127.0.0.1:8080", "http://127.0.0.1:8080/a.mp4", True),
    ("127.0.0.1:8080", "http://127.0.0.1:8081/a.mp4", False),
    ("127.0.0.1", "http://localhost:8080/a.mp4", False),
    ("localhost:8080", "http://localhost:8080/a.mp4", True),
    ("[::1]:8080", "http://[::1]:8080/a.mp4", True),
    ("10.0.0.1", "http://10.0.0.1/a.mp4", False),
]


@pytest.mark.parametrize(("entry", "url", "allowed"), ROWS)
def test_a_clip_is_fetched_from_named_hosts_only(entry: str, url: str, allowed: bool) -> None:
    assert MediaHosts((entry,)).allow(URL(url)) is allowed
