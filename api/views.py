"""What the engine knows, as the contracts that callers may rely on."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from push.apps.model import App, KeyRecord
from push.audience.explaining import Explained
from push.audience.segments.model import Segment, Uses
from push.audit.model import Entry
from push.campaigns.model import Campaign
from push.checking.previewing import Look
from push.devices.model import Device
from push.imports.model import Import
from push.inbox.model import InboxItem
from push.ledger.model import Row
from push.media.model import Media
from push.people.model import Person, Preferences, Value
from push.templates.model import Template
from push.tracing.history import Past
from push.webhooks.model import Delivery, Webhook
from sdk_contracts.wire import apps, audience, campaigns, devices, inbox, people, templates, webhooks
from sdk_contracts.wire import media as media_wire

T = TypeVar("T", bound=msgspec.Struct)


def convert(thing: msgspec.Struct, contract: type[T]) -> T:
    """A contract from a domain object that carries the same field names; others are left out."""
    return msgspec.convert(msgspec.to_builtins(thing, builtin_types=(datetime,)), contract)


def public_settings(app: App) -> apps.PublicSettings:
    return apps.PublicSettings(
        app_id=app.id, name=app.name, vapid_public_key=app.vapid_public_key, categories=list(app.categories)
    )


def settings(app: App) -> apps.Settings:
    return apps.Settings(
        app_id=app.id,
        name=app.name,
        vapid_public_key=app.vapid_public_key,
        vapid_subject=app.vapid_subject,
        categories=list(app.categories),
        identity_verification=app.identity_verification,
        attributes=app.attributes,
        fcm_project_id=app.fcm_project_id,
        smtp_host=app.smtp_host,
        email_from=app.email_from,
        timezone=app.timezone,
        quiet_hours=people.QuietHours(from_=app.quiet_hours.from_, to=app.quiet_hours.to) if app.quiet_hours else None,
        promotions_per_day=app.promotions_per_day,
        badge=app.badge,
        inbox_days=app.inbox_days,
        events_days=app.events_days,
        promotion_label=app.promotion_label,
        sender_name=app.sender_name,
        four_eyes_above=app.four_eyes_above,
        created_at=utc(app.created_at),
    )


def key(record: KeyRecord) -> apps.KeyView:
    return convert(record, apps.KeyView)


def audit_entry(entry: Entry) -> apps.AuditEntry:
    return convert(entry, apps.AuditEntry)


def webhook(webhook: Webhook) -> webhooks.Webhook:
    return convert(webhook, webhooks.Webhook)


def webhook_created(webhook: Webhook, secret: str) -> webhooks.WebhookCreated:
    return webhooks.WebhookCreated(
        id=webhook.id,
        url=webhook.url,
        events=list(webhook.events),
        active=webhook.active,
        secret=secret,
        created_at=utc(webhook.created_at),
    )


def webhook_delivery(delivery: Delivery) -> webhooks.WebhookDelivery:
    return webhooks.WebhookDelivery(
        id=delivery.id,
        event=delivery.event,
        state=delivery.state,
        tries=delivery.tries,
        status=delivery.status,
        reason=delivery.reason,
        not_before=_utc(delivery.due_at),
        settled_at=_utc(delivery.settled_at),
        payload=msgspec.json.decode(delivery.body()),
        created_at=utc(delivery.at),
    )


def device(device: Device) -> devices.Device:
    return devices.Device(
        device_id=device.id,
        person_id=device.person_id,
        external_id=device.external_id,
        installation_id=device.installation_id or "",
        platform=device.platform,  # type: ignore[arg-type]
        address=_address(device),
        opted_in=device.opted_in,
        locale=device.locale,
        timezone=device.timezone,
        app_version=device.app_version,
        os_version=device.os_version,
        model=device.model,
        tags=device.tags,
        topics=list(device.topics),
        created_at=utc(device.created_at),
        last_seen_at=utc(device.last_seen_at),
    )


def _address(device: Device) -> devices.AddressView | None:
    if device.address is None:
        return None
    kind: Any = type(device.address).__struct_config__.tag
    return devices.AddressView(kind=kind, confirmed_at=utc(device.confirmed_at or device.last_seen_at))


def logged_in(person: Person) -> devices.LoggedIn:
    return devices.LoggedIn(person_id=person.id, external_id=person.external_id)


def person(person: Person, used: Sequence[Device]) -> people.Person:
    """Times among the attributes are written as text, like all times."""
    given = preferences(person.preferences)
    return people.Person(
        person_id=person.id,
        external_id=person.external_id or "",
        attributes=msgspec.to_builtins({name: _plain(value) for name, value in person.attributes.items()}),
        relations=list(person.relations),
        categories=given.categories,
        consent=given.consent,
        quiet_hours=given.quiet_hours,
        devices=[device(each) for each in used],
        created_at=utc(person.created_at),
    )


def imported(taken: Import, now: datetime) -> people.Import:
    view = msgspec.to_builtins(taken, builtin_types=(datetime,))
    if taken.state == "running" and taken.until <= now:
        view["state"] = "interrupted"
    return msgspec.convert(view, people.Import)


def _plain(value: Value) -> Value:
    return utc(value) if isinstance(value, datetime) else value


def preferences(preferences: Preferences) -> people.Preferences:
    return convert(preferences, people.Preferences)


def campaign(campaign: Campaign) -> campaigns.Campaign:
    """Times inside `limits` came from outside and may carry another offset, so they are made UTC here."""
    given = msgspec.to_builtins(campaign, builtin_types=(datetime,))
    given["starts_at"] = campaign.start.at if campaign.start else campaign.follows_at
    view = msgspec.convert(given, campaigns.Campaign)
    ends = view.limits.expires_at
    return msgspec.structs.replace(
        view, limits=msgspec.structs.replace(view.limits, expires_at=utc(ends) if ends else None)
    )


def segment(segment: Segment, uses: Uses) -> audience.Segment:
    return audience.Segment(
        id=segment.id,
        name=segment.name,
        rule=convert(segment.rule, audience.Rule),
        created_at=utc(segment.created_at),
        changed_at=utc(segment.changed_at),
        last_used_at=_utc(segment.last_used_at),
        campaigns=uses.campaigns,
        segments=uses.segments,
    )


def explanation(external_id: str, explained: Explained) -> audience.Explanation:
    return audience.Explanation(
        external_id=external_id,
        meant=explained.meant,
        words=explained.words,
        device_id=explained.device_id,
        devices=list(explained.devices),
        reasons=[convert(reason, audience.Reason) for reason in explained.reasons],
    )


def template(template: Template) -> templates.Template:
    return convert(template, templates.Template)


def media(media: Media, url: Callable[[Media], str]) -> media_wire.Media:
    return media_wire.Media(
        media_id=media.id,
        url=url(media),
        type=media.type,  # type: ignore[arg-type]
        bytes=media.bytes,
        width=media.width,
        height=media.height,
        created_at=utc(media.created_at),
    )


def preview(variant: str | None, looks: Mapping[str, Look]) -> campaigns.Preview:
    shown: dict[Any, campaigns.Look] = {}
    for place, look in looks.items():
        rendered = msgspec.to_builtins(look.rendered)
        shown[place] = msgspec.convert(
            {
                **rendered,
                "actions": rendered["actions"][: look.buttons],
                "locale": look.locale,
                "translation": look.translation,
                "bytes": look.size,
                "bytes_most": look.largest,
            },
            campaigns.Look,
        )
    return campaigns.Preview(variant=variant, looks=shown)


def item(item: InboxItem) -> inbox.InboxItem:
    return inbox.InboxItem(
        id=item.id,
        campaign_id=item.campaign_id,
        delivery_id=item.delivery_id,
        kind=item.kind,
        category=item.category,
        title=item.title,
        body=item.body,
        image_url=item.image_url,
        link=item.link,
        actions=[inbox.ActionView(id=each.id, label=each.label, link=each.link) for each in item.actions],
        data=item.data,
        created_at=utc(item.created_at),
        expires_at=_utc(item.expires_at),
        seen_at=_utc(item.seen_at),
        read_at=_utc(item.read_at),
        archived_at=_utc(item.archived_at),
        acknowledged_at=_utc(item.acknowledged_at),
        highlighted=item.highlighted,
    )


def recipient(row: Row, external_id: str | None) -> campaigns.Recipient:
    return campaigns.Recipient(
        external_id=external_id,
        delivery_id=row.id,
        channel=row.channel,
        person_id=row.person_id,
        device_id=row.device_id,
        state=row.state,
        reason=row.reason,
        variant=row.variant,
        not_before=utc(row.not_before) if row.not_before and row.state == "planned" else None,
        died_of=row.died_of,
        steps={step: utc(at) for step, at in row.steps().items()},
    )


def past(found: Past) -> people.PersonDelivery:
    row, campaign = found.row, found.campaign
    return people.PersonDelivery(
        delivery_id=row.id,
        campaign_id=row.campaign_id,
        campaign_name=campaign.name if campaign else None,
        campaign_type=campaign.type if campaign else None,
        channel=row.channel,
        device_id=row.device_id,
        state=row.state,
        reason=row.reason,
        variant=row.variant,
        not_before=utc(row.not_before) if row.not_before and row.state == "planned" else None,
        steps={step: utc(at) for step, at in row.steps().items()},
    )


def consent_said(found: Mapping[str, Any]) -> people.ConsentSaid:
    return people.ConsentSaid(
        promotion=found["promotion"],
        at=utc(found["at"]),
        recorded_at=utc(found["recorded_at"]),
        source=found.get("source"),
        text=found.get("text"),
    )


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else utc(moment)


def utc(moment: datetime) -> datetime:
    """The same moment, written with `Z`."""
    return moment.astimezone(UTC)
