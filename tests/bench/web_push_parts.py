"""Fanfare's own steps of a Web Push, without ledger and database."""

import asyncio
from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from push.apps.model import VapidKey
from push.senders.model import Accepted, Notification
from push.senders.opening import web_push_sender, web_push_transport
from push.senders.web_push.client import CHUNK
from push.senders.web_push.encryptor import Encryptor
from tests.bench.limits import BATCH, SUBJECT, in_batches, sealed_of, watch_with, with_helpers
from tests.bench.sends import Sent
from tests.bench.stand import Stand

ENCRYPTOR = "Fanfare's encryption, off the event loop"
SENDER = "Fanfare's sender, no ledger"


async def web_push_parts(stand: Stand, notifications: Sequence[Notification]) -> list[Sent]:
    """The encryptor alone, and the whole sender: prepare, encrypt, carry, read the answers."""
    encryptor = Encryptor()
    try:
        await encryptor.warm()
        return [await _encryptor(stand, encryptor, notifications), await _sender(stand, encryptor, notifications)]
    finally:
        await encryptor.close()


async def _encryptor(stand: Stand, encryptor: Encryptor, notifications: Sequence[Notification]) -> Sent:
    sealed = sealed_of(notifications)

    async def encrypt(start: int, stop: int) -> None:
        chunks = [sealed[at : min(at + CHUNK, stop)] for at in range(start, min(stop, len(sealed)), CHUNK)]
        await asyncio.gather(*(encryptor.encrypt(chunk) for chunk in chunks))

    watch = watch_with(stand, await encryptor.warm())
    await in_batches(sealed, BATCH, encrypt)
    return Sent(ENCRYPTOR, len(sealed), with_helpers(watch.stop()))


async def _sender(stand: Stand, encryptor: Encryptor, notifications: Sequence[Notification]) -> Sent:
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    hosts = stand.settings.web_push_hosts
    transport = web_push_transport(hosts, stand.settings.ca_file)
    sender = web_push_sender(transport, VapidKey(pem, "", SUBJECT), hosts, encryptor)

    async def send(start: int, stop: int) -> None:
        outcomes = await sender.send(notifications[start:stop])
        assert all(isinstance(each, Accepted) for each in outcomes), outcomes[0]

    try:
        await send(0, BATCH)
        watch = watch_with(stand, await encryptor.warm())
        await in_batches(notifications, BATCH, send)
        return Sent(SENDER, len(notifications), with_helpers(watch.stop()))
    finally:
        await transport.close()
