"""One module a part of the house; `ALL` is what is served."""

from typing import Any

from api.routes import (
    apps,
    campaigns,
    devices,
    events,
    exports,
    imports,
    inbox,
    links,
    media,
    metrics,
    operations,
    people,
    placements,
    reviews,
    segments,
    streams,
    templates,
    unsubscribe,
    web,
    webhooks,
)

_MODULES = (
    devices,
    inbox,
    streams,
    people,
    imports,
    events,
    campaigns,
    reviews,
    segments,
    templates,
    media,
    placements,
    links,
    metrics,
    exports,
    apps,
    webhooks,
    operations,
    unsubscribe,
    web,
)
ALL: list[Any] = [route for module in _MODULES for route in module.ROUTES]
