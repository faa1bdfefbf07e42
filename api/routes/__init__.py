"""One module a part of the house; `ALL` is what is served."""

from typing import Any

from api.routes import apps, campaigns, devices, events, inbox, metrics, operations, people, web

ALL: list[Any] = [
    route
    for module in (devices, inbox, people, events, campaigns, metrics, apps, operations, web)
    for route in module.ROUTES
]
