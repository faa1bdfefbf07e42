"""Post what is due: claim → sign → post → settle. Every worker does; what one dies with, another posts."""

import asyncio
import contextlib
import random
import secrets
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from cryptography.exceptions import InvalidTag

from push.apps.service import Apps
from push.clock import Clock
from push.database import DATABASE_AWAY
from push.errors import Invalid
from push.senders.exchange import Answer, Failure, Request, TransportSettings
from push.senders.libcurl.transport import CurlTransport
from push.senders.retry_after import capped
from push.settings import Settings
from push.webhooks.addresses import check_address, may_connect
from push.webhooks.model import MOST_TRIES, TIMEOUT_SECONDS, Delivery, Webhook, delay_seconds
from push.webhooks.service import Webhooks
from push.webhooks.signing import headers
from push.webhooks.store import OutboxStore, WebhookStore

log = structlog.get_logger()
AT_ONCE = 64
"""Webhooks that one worker posts to at the same time, one post each: a slow receiver holds up itself."""
GRACE_SECONDS = 5.0
"""What is under way when the worker stops may take so long; then it is handed back."""
_POLL_SECONDS = 1.0
_REST_SECONDS = 5.0
"""How often an app is looked at that has no webhooks."""
_GONE = 410


class Posting:
    def __init__(
        self,
        apps: Apps,
        webhooks: Webhooks,
        store: WebhookStore,
        deliveries: OutboxStore,
        transport: CurlTransport,
        named_hosts: frozenset[str],
        clock: Clock,
    ) -> None:
        self._apps = apps
        self._webhooks = webhooks
        self._store = store
        self._deliveries = deliveries
        self._transport = transport
        self._named_hosts = named_hosts
        self._clock = clock
        self._owner = f"wrk_{secrets.token_hex(6)}"
        self._random = random.SystemRandom()
        self._room = asyncio.Semaphore(AT_ONCE)
        self._busy: dict[str, asyncio.Task[None]] = {}
        """Webhooks that are being posted to."""
        self._stopping = False

    async def run(self) -> None:
        """Until cancelled. What fails is looked at again a second later."""
        rests: dict[str, float] = {}
        try:
            while True:
                try:
                    for app in await self._apps.all():
                        if time.monotonic() < rests.get(app.id, 0.0):
                            continue
                        if not await self.look(app.id):
                            rests[app.id] = time.monotonic() + _REST_SECONDS
                except DATABASE_AWAY as error:
                    log.warning("webhooks_put_off", error=type(error).__name__)
                except Exception:
                    log.exception("webhooks_failed")
                await asyncio.sleep(_POLL_SECONDS)
        finally:
            self._stopping = True
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(GRACE_SECONDS):
                    await self.idle()

    async def look(self, app_id: str) -> bool:
        """Begin with what is due in this app. False when it has no webhook that may be posted to."""
        active = [webhook for webhook in await self._store.all(app_id) if webhook.active]
        for webhook in active:
            if webhook.id not in self._busy:
                task = asyncio.create_task(self._empty(webhook.app_id, webhook.id))
                self._busy[webhook.id] = task
                task.add_done_callback(partial(self._done, webhook.id))
        return bool(active)

    def _done(self, webhook_id: str, _: asyncio.Task[None]) -> None:
        del self._busy[webhook_id]

    async def idle(self) -> None:
        """Once nothing is under way that was begun before."""
        await asyncio.gather(*self._busy.values(), return_exceptions=True)

    async def _empty(self, app_id: str, webhook_id: str) -> None:
        """Post one after the other until nothing is due; the webhook may be changed meanwhile."""
        try:
            async with self._room:
                while not self._stopping:
                    webhook = await self._store.get(app_id, webhook_id)
                    if webhook is None or not webhook.active:
                        return
                    delivery = await self._deliveries.claim(app_id, webhook_id, self._owner, self._clock.now())
                    if delivery is None:
                        return
                    await self._settle(webhook, delivery, await self._post(webhook, delivery))
        except DATABASE_AWAY as error:
            log.warning("webhook_put_off", webhook_id=webhook_id, error=type(error).__name__)
        except Exception:
            log.exception("webhook_failed", webhook_id=webhook_id)

    async def _post(self, webhook: Webhook, delivery: Delivery) -> Answer:
        try:
            origin, secret = check_address(webhook.url, self._named_hosts), self._webhooks.secret(webhook)
        except Invalid:
            return Failure("address_refused")
        except InvalidTag:
            return Failure("sealed_under_another_secret_key")
        body = delivery.body()
        head = [
            "content-type: application/json",
            "user-agent: Fanfare-Webhooks",
            *headers(secret, delivery.id, self._clock.now(), body),
        ]
        try:
            return (await self._transport.exchange([Request(origin.url, webhook.url, head, body)]))[0]
        except asyncio.CancelledError:
            # This worker is about to stop; another need not wait for the end of its lease.
            with contextlib.suppress(*DATABASE_AWAY):
                await self._deliveries.hand_back(delivery, self._clock.now())
            raise

    async def _settle(self, webhook: Webhook, delivery: Delivery, answer: Answer) -> None:
        """Taken, to be tried again, or given up."""
        now, tries = self._clock.now(), delivery.tries + 1
        status = None if isinstance(answer, Failure) else answer.status
        reason = answer.kind if isinstance(answer, Failure) else f"http_{answer.status}"
        fields: dict[str, Any] = {"tries": tries, "status": status, "reason": reason}
        if status is not None and 200 <= status < 300:
            fields |= {"state": "sent", "reason": None, "settled_at": now}
        elif status == _GONE or tries >= MOST_TRIES:
            fields |= {"state": "dead", "settled_at": now}
        else:
            asked = None if isinstance(answer, Failure) else capped(answer.retry_after)
            fields["due_at"] = now + timedelta(seconds=delay_seconds(tries, self._random, asked))
        if status == _GONE:
            stopped = {"active": False, "stopped_by": reason}
            await self._store.change(webhook.app_id, webhook.id, stopped)
        await self._deliveries.settle(delivery, fields)
        log.info(
            "webhook_posted",
            app_id=delivery.app_id,
            webhook_id=webhook.id,
            delivery_id=delivery.id,
            state=fields.get("state", "pending"),
            reason=fields["reason"],
            tries=tries,
        )


@contextlib.asynccontextmanager
async def open_transport(settings: Settings) -> AsyncIterator[CurlTransport]:
    """Connects to public addresses only, except for the hosts named."""
    made = TransportSettings(
        timeout_seconds=TIMEOUT_SECONDS,
        ca_file=settings.ca_file,
        plain=bool(settings.webhook_hosts),
        plain_http2=False,
    )
    transport = CurlTransport(made, partial(may_connect, settings.webhook_hosts))
    try:
        yield transport
    finally:
        await transport.close()
