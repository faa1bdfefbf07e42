"""Taking in images, giving them out, and throwing them away."""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from msgspec import Struct

from push.apps.model import Principal
from push.audit.model import Details
from push.audit.service import Audit
from push.clock import Clock
from push.database import Database, Session
from push.errors import BadCursor, Invalid, MediaInUse, MediaNotFound
from push.ids import new_id
from push.media.formats import BadImage, format_of
from push.media.model import MOST_BYTES, Media, app_of, media_id
from push.media.store import MediaStore

_REMEMBERED_BYTES = 16 * 1024 * 1024
_REMEMBERED_SECONDS = 60.0
InUse = Callable[[str, str], Awaitable[list[str]]]
"""(app, image) → the names of what shows it."""


class Image(Struct, frozen=True):
    type: str
    content: bytes


class Images:
    def __init__(self, database: Database, store: MediaStore, audit: Audit, public_url: str, clock: Clock) -> None:
        self._database = database
        self._store = store
        self._audit = audit
        self._base = f"{public_url}/media/"
        self._clock = clock
        self._remembered: OrderedDict[str, tuple[float, Image]] = OrderedDict()
        self.in_use: list[InUse] = []
        """Asked before an image is thrown away."""

    def url(self, media: Media) -> str:
        return self._base + media.id

    async def upload(self, actor: Principal, content: bytes, attempt_id: str | None = None) -> Media:
        """The image, kept; one that is here already stays as it was. Raises Invalid for what is no image."""
        if len(content) > MOST_BYTES:
            raise Invalid("", f"An image has at most {MOST_BYTES:,} bytes.")
        try:
            found = format_of(content)
        except BadImage as error:
            raise Invalid("", str(error)) from None
        media = Media(
            id=media_id(actor.app_id, content),
            app_id=actor.app_id,
            place=new_id("med"),
            type=found.type,
            bytes=len(content),
            width=found.width,
            height=found.height,
            created_at=self._clock.now(),
        )
        if (known := await self._store.get(actor.app_id, media.id)) is not None:
            return known

        async def store(session: Session) -> None:
            if not await self._store.add(media, content, session):
                return
            details: Details = {"type": media.type, "bytes": media.bytes}
            await self._audit.record(actor, "media.uploaded", media.id, details, session=session)

        await self._database.transaction(store)
        return await self.get(actor.app_id, media.id)

    async def get(self, app_id: str, media_id: str) -> Media:
        """Raises MediaNotFound."""
        media = await self._store.get(app_id, media_id)
        if media is None:
            raise MediaNotFound(media_id)
        return media

    async def page(self, app_id: str, limit: int, cursor: str | None) -> tuple[list[Media], str | None]:
        """Newest first, and the cursor of the next page. Raises BadCursor."""
        if cursor is not None and not cursor.startswith("med_"):
            raise BadCursor
        found = await self._store.page(app_id, cursor, limit + 1)
        return found[:limit], found[limit - 1].place if len(found) > limit else None

    async def image(self, media_id: str) -> Image:
        """For whoever knows its id. One that was thrown away is shown for a minute more. Raises MediaNotFound."""
        until, known = self._remembered.get(media_id, (0.0, None))
        if known is not None and time.monotonic() < until:
            self._remembered.move_to_end(media_id)
            return known
        app_id = app_of(media_id)
        content = await self._store.content(app_id, media_id) if app_id else None
        if content is None:
            self._remembered.pop(media_id, None)
            raise MediaNotFound(media_id)
        image = Image(format_of(content).type, content)
        self._remember(media_id, image)
        return image

    async def remove(self, actor: Principal, media_id: str) -> None:
        """Raises MediaNotFound, and MediaInUse while something that is still to go out shows it."""
        media = await self.get(actor.app_id, media_id)
        used_by = [name for ask in self.in_use for name in await ask(actor.app_id, media.id)]
        if used_by:
            raise MediaInUse(used_by)

        async def remove(session: Session) -> None:
            if await self._store.remove(actor.app_id, media.id, session):
                await self._audit.record(actor, "media.deleted", media.id, session=session)

        await self._database.transaction(remove)
        self._remembered.pop(media.id, None)

    async def is_gone(self, app_id: str, media_id: str) -> bool:
        """Nothing would be shown of it to this app's people."""
        return await self._store.get(app_id, media_id) is None

    def _remember(self, media_id: str, image: Image) -> None:
        self._remembered[media_id] = time.monotonic() + _REMEMBERED_SECONDS, image
        self._remembered.move_to_end(media_id)
        while sum(len(each.content) for _, each in self._remembered.values()) > _REMEMBERED_BYTES:
            self._remembered.popitem(last=False)
