"""Keeping content to begin campaigns with."""

from typing import Any

import msgspec

from push.clock import Clock
from push.content.composing import content_of
from push.errors import BadCursor, TemplateNotFound
from push.ids import new_id
from push.templates.model import Template
from push.templates.store import TemplateStore
from sdk_contracts.wire.templates import TemplateChange, TemplateRequest


class Templates:
    def __init__(self, store: TemplateStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def create(self, app_id: str, request: TemplateRequest, template_id: str | None = None) -> Template:
        """With `template_id`, a second call answers what the first one made. Raises Invalid."""
        now = self._clock.now()
        template = Template(
            id=template_id or new_id("tpl"),
            app_id=app_id,
            name=request.name,
            content=content_of(request.content),
            created_at=now,
            changed_at=now,
        )
        return template if await self._store.add(template) else await self.get(app_id, template.id)

    async def get(self, app_id: str, template_id: str) -> Template:
        """Raises TemplateNotFound."""
        template = await self._store.get(app_id, template_id)
        if template is None:
            raise TemplateNotFound(template_id)
        return template

    async def page(self, app_id: str, limit: int, cursor: str | None) -> tuple[list[Template], str | None]:
        """Newest first, and the cursor of the next page. Raises BadCursor."""
        if cursor is not None and not cursor.startswith("tpl_"):
            raise BadCursor
        found = await self._store.page(app_id, cursor, limit + 1)
        return found[:limit], found[limit - 1].id if len(found) > limit else None

    async def change(self, app_id: str, template_id: str, change: TemplateChange) -> Template:
        """What is left out stays. Raises TemplateNotFound, Invalid."""
        fields: dict[str, Any] = {}
        if change.name is not msgspec.UNSET:
            fields["name"] = change.name
        if change.content is not msgspec.UNSET:
            fields["content"] = msgspec.to_builtins(content_of(change.content))
        if not fields:
            return await self.get(app_id, template_id)
        changed = await self._store.change(app_id, template_id, {**fields, "changed_at": self._clock.now()})
        if changed is None:
            raise TemplateNotFound(template_id)
        return changed

    async def remove(self, app_id: str, template_id: str) -> None:
        """Raises TemplateNotFound."""
        if not await self._store.remove(app_id, template_id):
            raise TemplateNotFound(template_id)
