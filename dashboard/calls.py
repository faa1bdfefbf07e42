"""Calls about people and templates, and those only an owner may make."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any
from urllib.parse import quote

import msgspec

from dashboard.transport import Transport
from sdk_contracts.wire.apps import (
    AuditEntry,
    FcmCredentials,
    KeyCreated,
    KeyRequest,
    KeyView,
    Settings,
    SettingsChange,
    SmtpCredentials,
)
from sdk_contracts.wire.audience import Audience, ExplainRequest, Explanation, Segment, SegmentRequest
from sdk_contracts.wire.common import Page
from sdk_contracts.wire.media import Media
from sdk_contracts.wire.people import ConsentSaid, Person, PersonDelivery, Trace
from sdk_contracts.wire.templates import Template, TemplateRequest


class PeopleCalls(Transport):
    def person(self, external_id: str) -> Person:
        return self._ask(Person, "GET", _person(external_id))

    def trace(self, external_id: str, campaign_id: str) -> Trace:
        return self._ask(Trace, "GET", f"{_person(external_id)}/trace", query={"campaign_id": campaign_id})

    def deliveries_of(self, external_id: str, cursor: str | None, limit: int) -> Page[PersonDelivery]:
        query = {"limit": str(limit)} | ({"cursor": cursor} if cursor else {})
        return self._ask(Page[PersonDelivery], "GET", f"{_person(external_id)}/deliveries", query=query)

    def consents_of(self, external_id: str) -> list[ConsentSaid]:
        return self._ask(Page[ConsentSaid], "GET", f"{_person(external_id)}/consents").items

    def export_person(self, external_id: str) -> bytes:
        """JSON of all that is kept of them. The API notes in its audit log that it was handed out."""
        return self._send("GET", f"{_person(external_id)}/export").content

    def erase_person(self, external_id: str) -> None:
        self._send("DELETE", _person(external_id))


class TemplateCalls(Transport):
    def templates(self) -> list[Template]:
        """The newest hundred."""
        return self._ask(Page[Template], "GET", "/v1/templates", query={"limit": "100"}).items

    def create_template(self, request: TemplateRequest, idempotency_key: str) -> Template:
        return self._ask(Template, "POST", "/v1/templates", body=request, idempotency_key=idempotency_key)

    def delete_template(self, template_id: str) -> None:
        self._send("DELETE", f"/v1/templates/{quote(template_id, safe='')}")


class SegmentCalls(Transport):
    def segments(self) -> list[Segment]:
        """The newest hundred."""
        return self._ask(Page[Segment], "GET", "/v1/segments", query={"limit": "100"}).items

    def explain(self, audience: Audience, external_id: str) -> Explanation:
        """Whether an audience means somebody, and why."""
        request = ExplainRequest(audience=audience, external_id=external_id)
        return self._ask(Explanation, "POST", "/v1/audience/explain", body=request)

    def create_segment(self, request: SegmentRequest) -> Segment:
        """The same rule under the same name is the same segment."""
        key = f"segment-{sha256(msgspec.json.encode(request)).hexdigest()[:32]}"
        return self._ask(Segment, "POST", "/v1/segments", body=request, idempotency_key=key)


class MediaCalls(Transport):
    def upload(self, content: bytes, content_type: str) -> Media:
        """Keep an image. The same bytes are the same image, so they are key enough."""
        key = f"media-{sha256(content).hexdigest()[:32]}"
        return self._ask(Media, "POST", "/v1/media", content=content, content_type=content_type, idempotency_key=key)


class OwnerCalls(Transport):
    def settings(self) -> Settings:
        return self._ask(Settings, "GET", "/v1/settings")

    def change_settings(self, change: dict[str, Any]) -> Settings:
        """`change` has fields of SettingsChange; null lifts a limit."""
        return self._ask(Settings, "PATCH", "/v1/settings", body=SettingsChange(**change))

    def put_fcm_credentials(self, service_account: dict[str, Any]) -> Settings:
        credentials = FcmCredentials(service_account=service_account)
        return self._ask(Settings, "PUT", "/v1/credentials/fcm", body=credentials)

    def put_smtp_credentials(self, credentials: SmtpCredentials) -> Settings:
        """Refused where the server does not let us in."""
        return self._ask(Settings, "PUT", "/v1/credentials/smtp", body=credentials)

    def keys(self) -> list[KeyView]:
        """All of them: an app has few."""
        found: list[KeyView] = []
        cursor: str | None = ""
        while cursor is not None:
            query = {"limit": "100"} | ({"cursor": cursor} if cursor else {})
            page = self._ask(Page[KeyView], "GET", "/v1/keys", query=query)
            found += page.items
            cursor = page.next_cursor
        return found

    def create_key(self, request: KeyRequest, idempotency_key: str) -> KeyCreated:
        return self._ask(KeyCreated, "POST", "/v1/keys", body=request, idempotency_key=idempotency_key)

    def revoke_key(self, key_id: str) -> None:
        self._send("DELETE", f"/v1/keys/{quote(key_id, safe='')}")

    def audit(
        self, limit: int, cursor: str | None, actions: Sequence[str] = (), key_id: str = "", object_id: str = ""
    ) -> Page[AuditEntry]:
        """Newest first; of these deeds, with this key (or `none`), to this object."""
        given = {"cursor": cursor or "", "key_id": key_id, "object_id": object_id}
        query: dict[str, str | list[str]] = {"limit": str(limit), "action": list(actions)}
        query |= {name: value for name, value in given.items() if value}
        return self._ask(Page[AuditEntry], "GET", "/v1/audit", query=query)


def _person(external_id: str) -> str:
    return f"/v1/people/{quote(external_id, safe='')}"
