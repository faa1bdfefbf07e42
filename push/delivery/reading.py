"""The audience as planning reads it: in pages, one page ahead."""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, AsyncIterator
from typing import TypeVar

from push.delivery.model import BATCH_SIZE
from push.devices.model import Device

T = TypeVar("T")
Page = tuple[list[Device], float]
"""Devices, and when the first of them was read, by `time.monotonic`."""
PAGE_SIZE = 2 * BATCH_SIZE
"""Devices that are planned in one transaction: what it costs beside its rows is shared by two batches."""
_GATHER_SECONDS = 0.25
"""How long devices are kept waiting for more to make up a batch."""


async def gathered(pages: AsyncIterator[list[Device]]) -> AsyncGenerator[Page, None]:
    """Few of many may be meant: their pages are put together. The first is half as large, to be sent the sooner."""
    devices: list[Device] = []
    since, size = 0.0, BATCH_SIZE
    async for page in pages:
        if devices and len(devices) + len(page) > size:
            yield devices, since
            devices, size = [], PAGE_SIZE
        since = since if devices else time.monotonic()
        devices = [*devices, *page]
        if devices and (2 * len(devices) > size or time.monotonic() - since > _GATHER_SECONDS):
            yield devices, since
            devices, size = [], PAGE_SIZE
    if devices:
        yield devices, since


async def read_ahead(pages: AsyncGenerator[T, None]) -> AsyncGenerator[T, None]:
    """The next one is on its way while one is worked on."""
    coming = asyncio.ensure_future(anext(pages, None))
    try:
        while (page := await coming) is not None:
            coming = asyncio.ensure_future(anext(pages, None))
            yield page
    finally:
        coming.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await coming
        await pages.aclose()
