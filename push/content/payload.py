"""What of a message travels to the phone: one shape for every provider, `sdk_contracts.wire.inbox.PushPayload`."""

from collections.abc import Iterator
from typing import Any

import msgspec

from push.content.model import Rendered
from sdk_contracts.wire.inbox import ActionView, PushPayload

OURS = frozenset({"delivery_id", "receipt", "link", "actions", "silent", "badge"})
"""Data fields that we fill in ourselves when sending through FCM."""


def push_payload(rendered: Rendered, delivery_id: str, receipt: str, badge: int | None = None) -> PushPayload:
    """The body of a Web Push, before it is JSON."""
    return PushPayload(
        delivery_id=delivery_id,
        receipt=receipt,
        title=rendered.title,
        body=rendered.body,
        image_url=rendered.image_url,
        link=rendered.link,
        actions=_actions(rendered),
        data=rendered.data,
        collapse_key=rendered.collapse_key,
        silent=rendered.silent,
        badge=badge,
        **_on_web(rendered),
    )


def fcm_data(rendered: Rendered, delivery_id: str, receipt: str, badge: int | None = None) -> dict[str, str]:
    """FCM's `data`: all strings, the app's own first, ours on top. `actions` is JSON."""
    data = {**rendered.data, "delivery_id": delivery_id, "receipt": receipt}
    if rendered.link is not None:
        data["link"] = rendered.link
    if rendered.actions:
        data["actions"] = msgspec.json.encode(_actions(rendered)).decode()
    if rendered.silent:
        data["silent"] = "true"
    if badge is not None:
        data["badge"] = str(badge)
    return data


def fcm_notification(rendered: Rendered) -> dict[str, str]:
    """FCM's `notification`: empty when nothing is to be shown."""
    if rendered.silent:
        return {}
    shown = {"title": rendered.title, "body": rendered.body, "image": rendered.image_url or ""}
    return {name: text for name, text in shown.items() if text}


def fcm_forms(rendered: Rendered) -> Iterator[tuple[str, str]]:
    """Names and values of what is said to Android or to iOS beside that."""
    if rendered.silent:
        return
    for form in (rendered.android, rendered.ios):
        if form is not None:
            for name, value in msgspec.structs.asdict(form).items():
                if value is not None and name != "image_url":
                    yield name, str(value)


def _on_web(rendered: Rendered) -> dict[str, Any]:
    web = rendered.web
    if web is None:
        return {}
    return {"icon_url": web.icon_url, "badge_url": web.badge_url, "require_interaction": web.require_interaction}


def _actions(rendered: Rendered) -> list[ActionView]:
    return [ActionView(id=action.id, label=action.label, link=action.link) for action in rendered.actions]
