"""All that is kept of a person, piece by piece, so that it never lies in memory as a whole."""

from collections.abc import AsyncIterator
from datetime import datetime

import msgspec

from push.database import Document
from push.privacy.store import PrivacyStore

SECTIONS = ("people", "devices", "consents", "mailboxes", "promotions", "inbox", "deliveries", "events", "doings")


class Exporting:
    def __init__(self, store: PrivacyStore) -> None:
        self._store = store

    async def export(self, app_id: str, person_id: str, at: datetime) -> AsyncIterator[bytes]:
        """One JSON object: `exported_at`, and for each of SECTIONS a list of documents as they are stored."""
        yield b'{"exported_at":' + msgspec.json.encode(at)
        for section in SECTIONS:
            yield f',"{section}":['.encode()
            first = True
            async for document in self._documents(app_id, person_id, section):
                yield (b"" if first else b",") + msgspec.json.encode(_shown(document))
                first = False
            yield b"]"
        yield b"}"

    def _documents(self, app_id: str, person_id: str, section: str) -> AsyncIterator[Document]:
        if section == "events":
            return self._store.events(app_id, person_id)
        return self._store.documents(app_id, person_id, section)


def _shown(document: Document) -> Document:
    return {"id": document["_id"], **{name: value for name, value in document.items() if name not in ("_id", "app_id")}}
