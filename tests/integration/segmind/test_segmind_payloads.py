"""What Klapper sends is what a strict Segmind takes: two independent readings of the same pages."""

from __future__ import annotations

from typing import Any

import pytest

from klapper.clock import SystemClock
from klapper.kling.catalogue import CATALOGUE
from klapper.kling.payload import payload
from klapper.kling.prices import PRICES
from klapper.kling.pricing import Tariff, quote
from klapper.kling.request import Element, Shot, VideoRequest
from klapper.kling.resolution import resolve
from klapper.segmind.budget import RequestBudget
from klapper.segmind.client import Endpoints, SegmindClient
from sandbox.segmind import SandboxSegmind

FIRST, LAST, FACE, SIDE = "a" * 64, "b" * 64, "c" * 64, "d" * 64
URLS = {digest: f"https://images.segmind.com/assets/{digest}.png" for digest in (FIRST, LAST, FACE, SIDE)}
SPOKEN = {"prompt": "<<<voice_1>>> says hi", "generate_audio": True, "voice_ids": ("voice-1",)}
SHOTS = (Shot("wakes", 3), Shot("runs", 4))
TEXTS = {"negative_prompt": "fog", "cfg_scale": 0.7}

REQUESTS: dict[str, dict[str, Any]] = {
    "v3": {},
    "v3 with every option": TEXTS | {"duration_s": 15, "aspect_ratio": "9:16", "generate_audio": True},
    "v3 with shots": {"shots": SHOTS},
    "v3 with a voice": SPOKEN,
    "v3 with an image": {"start_image": FIRST},
    "v3 with two images": TEXTS | {"start_image": FIRST, "end_image": LAST, "aspect_ratio": "1:1"},
    "v3 with elements": {"prompt": "@Element1", "start_image": FIRST, "elements": (Element(FACE, (SIDE,)),)},
    "v3 with a bare element": {"prompt": "@Element1", "start_image": FIRST, "elements": (Element(FACE),)},
    "o3": {"model": "o3"},
    "o3 with every option": TEXTS | {"model": "o3", "duration_s": 3, "mode": "pro", "generate_audio": True},
    "o3 with shots": {"model": "o3", "shots": SHOTS},
    "o3 with a voice": SPOKEN | {"model": "o3"},
    "o3 with an image": {"model": "o3", "start_image": FIRST},
    "o3 with two images": {"model": "o3", "start_image": FIRST, "end_image": LAST, "mode": "pro"},
    "v1": {"model": "v1"},
    "v1 with every option": TEXTS | {"model": "v1", "duration_s": 10, "mode": "pro", "aspect_ratio": "1:1"},
    "v1 with a camera": {"model": "v1", "camera": "simple", "camera_axis": "pan", "camera_amount": -3},
    "v1 with a camera preset": {"model": "v1", "camera": "down_back"},
}


@pytest.mark.parametrize("options", REQUESTS.values(), ids=REQUESTS.keys())
async def test_a_strict_provider_takes_it_at_the_quoted_price(options: dict[str, Any]) -> None:
    resolved = resolve(VideoRequest(**{"prompt": "a fox", **options}), CATALOGUE)
    body = payload(resolved, URLS)
    clock = SystemClock()
    async with (
        SandboxSegmind(run_time_s=30) as segmind,
        SegmindClient(
            api_key=segmind.api_key,
            endpoints=Endpoints(segmind.url, segmind.url, segmind.url),
            download_hosts=("127.0.0.1",),
            budget=RequestBudget(5000, clock),
            clock=clock,
        ) as client,
    ):
        submitted = await client.submit(resolved.slug, body)
        job = await segmind.control.job(submitted.request_id)
    assert job.parameters == body
    assert round(job.price_usd * 1_000_000) == quote(resolved, Tariff(PRICES)).provider_cost_micro_usd
