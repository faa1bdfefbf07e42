/// Written by `python -m api.export` from the wire contracts; change those, not this.
library;

/// A field of a change: given, it is set to [value], where null clears it. Left out, it stays as it is.
class Change<T> {
  const Change(this.value);

  final T? value;
}

enum EventKind { acknowledged, clicked, converted, dismissed, displayed, opened, received }

enum Platform { android, ios, web }

sealed class Address {
  const Address();

  Map<String, Object?> toJson();
}

class ActionView {
  const ActionView({
    required this.id,
    required this.label,
    this.link,
  });

  factory ActionView.fromJson(Map<String, dynamic> json) => ActionView(
        id: json['id'] as String,
        label: json['label'] as String,
        link: json['link'] == null ? null : json['link'] as String,
      );

  final String id;
  final String label;
  final String? link;
}

/// What kind of address a device has; the address itself is never given out again.
class AddressView {
  const AddressView({
    required this.kind,
    required this.confirmedAt,
  });

  factory AddressView.fromJson(Map<String, dynamic> json) => AddressView(
        kind: json['kind'] as String,
        confirmedAt: DateTime.parse(json['confirmed_at'] as String),
      );

  final String kind;
  final DateTime confirmedAt;
}

class CategoryPreference {
  const CategoryPreference({
    this.push = true,
    this.inbox = true,
    this.email = true,
  });

  factory CategoryPreference.fromJson(Map<String, dynamic> json) => CategoryPreference(
        push: json['push'] == null ? true : json['push'] as bool,
        inbox: json['inbox'] == null ? true : json['inbox'] as bool,
        email: json['email'] == null ? true : json['email'] as bool,
      );

  final bool push;
  final bool inbox;
  final bool email;

  Map<String, Object?> toJson() => {
        'push': push,
        'inbox': inbox,
        'email': email,
      };
}

/// Whether the person agreed to promotion, since when, how they said so and to which text.
class Consent {
  const Consent({
    required this.promotion,
    required this.at,
    this.source,
    this.text,
  });

  factory Consent.fromJson(Map<String, dynamic> json) => Consent(
        promotion: json['promotion'] as bool,
        at: DateTime.parse(json['at'] as String),
        source: json['source'] == null ? null : json['source'] as String,
        text: json['text'] == null ? null : json['text'] as String,
      );

  final bool promotion;
  final DateTime at;
  final String? source;
  final String? text;

  Map<String, Object?> toJson() => {
        'promotion': promotion,
        'at': at.toUtc().toIso8601String(),
        if (source != null) 'source': source!,
        if (text != null) 'text': text!,
      };
}

class Device {
  const Device({
    required this.deviceId,
    required this.personId,
    required this.externalId,
    required this.installationId,
    required this.platform,
    required this.address,
    required this.optedIn,
    required this.locale,
    required this.timezone,
    required this.appVersion,
    required this.osVersion,
    required this.model,
    required this.tags,
    required this.topics,
    required this.createdAt,
    required this.lastSeenAt,
  });

  factory Device.fromJson(Map<String, dynamic> json) => Device(
        deviceId: json['device_id'] as String,
        personId: json['person_id'] as String,
        externalId: json['external_id'] == null ? null : json['external_id'] as String,
        installationId: json['installation_id'] as String,
        platform: json['platform'] as String,
        address: json['address'] == null ? null : AddressView.fromJson(json['address'] as Map<String, dynamic>),
        optedIn: json['opted_in'] as bool,
        locale: json['locale'] == null ? null : json['locale'] as String,
        timezone: json['timezone'] == null ? null : json['timezone'] as String,
        appVersion: json['app_version'] == null ? null : json['app_version'] as String,
        osVersion: json['os_version'] == null ? null : json['os_version'] as String,
        model: json['model'] == null ? null : json['model'] as String,
        tags: (json['tags'] as Map<String, dynamic>).map((key, it) => MapEntry(key, it as Object)),
        topics: [for (final it in json['topics'] as List<dynamic>) it as String],
        createdAt: DateTime.parse(json['created_at'] as String),
        lastSeenAt: DateTime.parse(json['last_seen_at'] as String),
      );

  final String deviceId;
  final String personId;
  final String? externalId;
  final String installationId;
  final String platform;
  final AddressView? address;
  final bool optedIn;
  final String? locale;
  final String? timezone;
  final String? appVersion;
  final String? osVersion;
  final String? model;
  final Map<String, Object> tags;
  final List<String> topics;
  final DateTime createdAt;
  final DateTime lastSeenAt;
}

/// A part of a device to change; what is left out stays, `null` clears.
class DeviceChange {
  const DeviceChange({
    this.address,
    this.optedIn,
    this.locale,
    this.timezone,
    this.appVersion,
    this.osVersion,
    this.model,
    this.tags,
    this.topics,
  });

  final Change<Address>? address;
  final bool? optedIn;
  final Change<String>? locale;
  final Change<String>? timezone;
  final Change<String>? appVersion;
  final Change<String>? osVersion;
  final Change<String>? model;
  final Map<String, Object>? tags;
  final List<String>? topics;

  Map<String, Object?> toJson() => {
        if (address != null) 'address': address!.value?.toJson(),
        if (optedIn != null) 'opted_in': optedIn!,
        if (locale != null) 'locale': locale!.value,
        if (timezone != null) 'timezone': timezone!.value,
        if (appVersion != null) 'app_version': appVersion!.value,
        if (osVersion != null) 'os_version': osVersion!.value,
        if (model != null) 'model': model!.value,
        if (tags != null) 'tags': tags!,
        if (topics != null) 'topics': topics!,
      };
}

/// What an installation says about itself when it registers.
class DeviceRegistration {
  const DeviceRegistration({
    required this.installationId,
    required this.platform,
    this.address,
    this.optedIn = true,
    this.locale,
    this.timezone,
    this.appVersion,
    this.osVersion,
    this.model,
    this.tags = const {},
    this.topics = const [],
  });

  final String installationId;
  final Platform platform;
  final Address? address;
  final bool optedIn;
  final String? locale;
  final String? timezone;
  final String? appVersion;
  final String? osVersion;
  final String? model;
  final Map<String, Object> tags;
  final List<String> topics;

  Map<String, Object?> toJson() => {
        'installation_id': installationId,
        'platform': platform.name,
        if (address != null) 'address': address!.toJson(),
        'opted_in': optedIn,
        if (locale != null) 'locale': locale!,
        if (timezone != null) 'timezone': timezone!,
        if (appVersion != null) 'app_version': appVersion!,
        if (osVersion != null) 'os_version': osVersion!,
        if (model != null) 'model': model!,
        'tags': tags,
        'topics': topics,
      };
}

/// One thing that happened to one delivery. `receipt` stands in for the device key.

    With a `name` and neither, under a device key, a `converted` is something the person did by themselves: it sets
    campaigns off that have it in their `trigger`, and counts for campaigns with a `conversion` that had reached them.
    The name `app_open` says that they came to the app: send it once in half an hour at most.
class Event {
  const Event({
    required this.eventId,
    required this.kind,
    required this.at,
    this.deliveryId,
    this.receipt,
    this.actionId,
    this.name,
    this.value,
    this.currency,
  });

  final String eventId;
  final EventKind kind;
  final DateTime at;
  final String? deliveryId;
  final String? receipt;
  final String? actionId;
  final String? name;
  final double? value;
  final String? currency;

  Map<String, Object?> toJson() => {
        'event_id': eventId,
        'kind': kind.name,
        'at': at.toUtc().toIso8601String(),
        if (deliveryId != null) 'delivery_id': deliveryId!,
        if (receipt != null) 'receipt': receipt!,
        if (actionId != null) 'action_id': actionId!,
        if (name != null) 'name': name!,
        if (value != null) 'value': value!,
        if (currency != null) 'currency': currency!,
      };
}

class EventBatch {
  const EventBatch({
    required this.events,
  });

  final List<Event> events;

  Map<String, Object?> toJson() => {
        'events': [for (final it in events) it.toJson()],
      };
}

/// Stored for good. `duplicates` had been stored before and changed nothing.
class EventsAccepted {
  const EventsAccepted({
    required this.accepted,
    required this.duplicates,
    required this.rejected,
  });

  factory EventsAccepted.fromJson(Map<String, dynamic> json) => EventsAccepted(
        accepted: json['accepted'] as int,
        duplicates: json['duplicates'] as int,
        rejected: [for (final it in json['rejected'] as List<dynamic>) RejectedEvent.fromJson(it as Map<String, dynamic>)],
      );

  final int accepted;
  final int duplicates;
  final List<RejectedEvent> rejected;
}

/// A Firebase installation id, which takes over from registration tokens.
final class FcmFid extends Address {
  const FcmFid({
    required this.fid,
  });

  final String fid;

  @override
  Map<String, Object?> toJson() => {
        'kind': 'fcm_fid',
        'fid': fid,
      };
}

/// An FCM registration token.
final class FcmToken extends Address {
  const FcmToken({
    required this.token,
  });

  final String token;

  @override
  Map<String, Object?> toJson() => {
        'kind': 'fcm_token',
        'token': token,
      };
}

class FieldError {
  const FieldError({
    required this.pointer,
    required this.detail,
  });

  factory FieldError.fromJson(Map<String, dynamic> json) => FieldError(
        pointer: json['pointer'] as String,
        detail: json['detail'] as String,
      );

  final String pointer;
  final String detail;
}

/// The data of a stream's `summary`, which comes first and whenever the numbers change.
class InboxChanged {
  const InboxChanged({
    required this.unread,
    required this.unseen,
    required this.reload,
  });

  factory InboxChanged.fromJson(Map<String, dynamic> json) => InboxChanged(
        unread: json['unread'] as int,
        unseen: json['unseen'] as int,
        reload: json['reload'] as bool,
      );

  final int unread;
  final int unseen;
  final bool reload;
}

class InboxItem {
  const InboxItem({
    required this.id,
    required this.campaignId,
    required this.deliveryId,
    required this.kind,
    required this.category,
    required this.title,
    required this.body,
    required this.imageUrl,
    required this.link,
    required this.actions,
    required this.data,
    required this.createdAt,
    required this.expiresAt,
    required this.seenAt,
    required this.readAt,
    required this.archivedAt,
    required this.acknowledgedAt,
    this.highlighted = false,
  });

  factory InboxItem.fromJson(Map<String, dynamic> json) => InboxItem(
        id: json['id'] as String,
        campaignId: json['campaign_id'] as String,
        deliveryId: json['delivery_id'] as String,
        kind: json['kind'] as String,
        category: json['category'] == null ? null : json['category'] as String,
        title: json['title'] as String,
        body: json['body'] as String,
        imageUrl: json['image_url'] == null ? null : json['image_url'] as String,
        link: json['link'] == null ? null : json['link'] as String,
        actions: [for (final it in json['actions'] as List<dynamic>) ActionView.fromJson(it as Map<String, dynamic>)],
        data: (json['data'] as Map<String, dynamic>).map((key, it) => MapEntry(key, it as String)),
        createdAt: DateTime.parse(json['created_at'] as String),
        expiresAt: json['expires_at'] == null ? null : DateTime.parse(json['expires_at'] as String),
        seenAt: json['seen_at'] == null ? null : DateTime.parse(json['seen_at'] as String),
        readAt: json['read_at'] == null ? null : DateTime.parse(json['read_at'] as String),
        archivedAt: json['archived_at'] == null ? null : DateTime.parse(json['archived_at'] as String),
        acknowledgedAt: json['acknowledged_at'] == null ? null : DateTime.parse(json['acknowledged_at'] as String),
        highlighted: json['highlighted'] == null ? false : json['highlighted'] as bool,
      );

  final String id;
  final String campaignId;
  final String deliveryId;
  final String kind;
  final String? category;
  final String title;
  final String body;
  final String? imageUrl;
  final String? link;
  final List<ActionView> actions;
  final Map<String, String> data;
  final DateTime createdAt;
  final DateTime? expiresAt;
  final DateTime? seenAt;
  final DateTime? readAt;
  final DateTime? archivedAt;
  final DateTime? acknowledgedAt;
  final bool highlighted;
}

class InboxPage {
  const InboxPage({
    required this.items,
    required this.nextCursor,
    required this.unread,
  });

  factory InboxPage.fromJson(Map<String, dynamic> json) => InboxPage(
        items: [for (final it in json['items'] as List<dynamic>) InboxItem.fromJson(it as Map<String, dynamic>)],
        nextCursor: json['next_cursor'] == null ? null : json['next_cursor'] as String,
        unread: json['unread'] as int,
      );

  final List<InboxItem> items;
  final String? nextCursor;
  final int unread;
}

/// The data of a stream's `removed`: deleted, expired or withdrawn. `item` and `changed` carry the whole item.
class InboxRemoved {
  const InboxRemoved({
    required this.id,
  });

  factory InboxRemoved.fromJson(Map<String, dynamic> json) => InboxRemoved(
        id: json['id'] as String,
      );

  final String id;
}

class InboxSummary {
  const InboxSummary({
    required this.unread,
    required this.unseen,
  });

  factory InboxSummary.fromJson(Map<String, dynamic> json) => InboxSummary(
        unread: json['unread'] as int,
        unseen: json['unseen'] as int,
      );

  final int unread;
  final int unseen;
}

class LoggedIn {
  const LoggedIn({
    required this.personId,
    required this.externalId,
  });

  factory LoggedIn.fromJson(Map<String, dynamic> json) => LoggedIn(
        personId: json['person_id'] as String,
        externalId: json['external_id'] == null ? null : json['external_id'] as String,
      );

  final String personId;
  final String? externalId;
}

/// Who uses this installation. `signature` is hex HMAC-SHA256(identity secret, external_id).
class Login {
  const Login({
    required this.externalId,
    this.signature,
  });

  final String externalId;
  final String? signature;

  Map<String, Object?> toJson() => {
        'external_id': externalId,
        if (signature != null) 'signature': signature!,
      };
}

/// A person's preferences. A category that is absent is not muted anywhere.
class Preferences {
  const Preferences({
    required this.categories,
    required this.consent,
    required this.quietHours,
  });

  factory Preferences.fromJson(Map<String, dynamic> json) => Preferences(
        categories: (json['categories'] as Map<String, dynamic>).map((key, it) => MapEntry(key, CategoryPreference.fromJson(it as Map<String, dynamic>))),
        consent: json['consent'] == null ? null : Consent.fromJson(json['consent'] as Map<String, dynamic>),
        quietHours: json['quiet_hours'] == null ? null : QuietHours.fromJson(json['quiet_hours'] as Map<String, dynamic>),
      );

  final Map<String, CategoryPreference> categories;
  final Consent? consent;
  final QuietHours? quietHours;
}

/// What to change; categories that are not named stay as they are.
class PreferencesChange {
  const PreferencesChange({
    this.categories = const {},
    this.consent,
    this.quietHours,
  });

  final Map<String, CategoryPreference> categories;
  final Consent? consent;
  final QuietHours? quietHours;

  Map<String, Object?> toJson() => {
        'categories': categories.map((key, it) => MapEntry(key, it.toJson())),
        if (consent != null) 'consent': consent!.toJson(),
        if (quietHours != null) 'quiet_hours': quietHours!.toJson(),
      };
}

/// RFC 9457 problem details, served as `application/problem+json`.
class Problem {
  const Problem({
    required this.type,
    required this.title,
    required this.status,
    this.detail = '',
    this.errors = const [],
  });

  factory Problem.fromJson(Map<String, dynamic> json) => Problem(
        type: json['type'] as String,
        title: json['title'] as String,
        status: json['status'] as int,
        detail: json['detail'] == null ? '' : json['detail'] as String,
        errors: json['errors'] == null ? const [] : [for (final it in json['errors'] as List<dynamic>) FieldError.fromJson(it as Map<String, dynamic>)],
      );

  final String type;
  final String title;
  final int status;
  final String detail;
  final List<FieldError> errors;
}

class PublicSettings {
  const PublicSettings({
    required this.appId,
    required this.name,
    required this.vapidPublicKey,
    required this.categories,
  });

  factory PublicSettings.fromJson(Map<String, dynamic> json) => PublicSettings(
        appId: json['app_id'] as String,
        name: json['name'] as String,
        vapidPublicKey: json['vapid_public_key'] as String,
        categories: [for (final it in json['categories'] as List<dynamic>) it as String],
      );

  final String appId;
  final String name;
  final String vapidPublicKey;
  final List<String> categories;
}

/// What a push carries to the SDK, as JSON (Web Push) or as string data values (FCM).
class PushPayload {
  const PushPayload({
    required this.deliveryId,
    required this.receipt,
    required this.title,
    this.body = '',
    this.imageUrl,
    this.link,
    this.actions = const [],
    this.data = const {},
    this.collapseKey,
    this.silent = false,
    this.iconUrl,
    this.badgeUrl,
    this.requireInteraction = false,
    this.badge,
  });

  factory PushPayload.fromJson(Map<String, dynamic> json) => PushPayload(
        deliveryId: json['delivery_id'] as String,
        receipt: json['receipt'] as String,
        title: json['title'] as String,
        body: json['body'] == null ? '' : json['body'] as String,
        imageUrl: json['image_url'] == null ? null : json['image_url'] as String,
        link: json['link'] == null ? null : json['link'] as String,
        actions: json['actions'] == null ? const [] : [for (final it in json['actions'] as List<dynamic>) ActionView.fromJson(it as Map<String, dynamic>)],
        data: json['data'] == null ? const {} : (json['data'] as Map<String, dynamic>).map((key, it) => MapEntry(key, it as String)),
        collapseKey: json['collapse_key'] == null ? null : json['collapse_key'] as String,
        silent: json['silent'] == null ? false : json['silent'] as bool,
        iconUrl: json['icon_url'] == null ? null : json['icon_url'] as String,
        badgeUrl: json['badge_url'] == null ? null : json['badge_url'] as String,
        requireInteraction: json['require_interaction'] == null ? false : json['require_interaction'] as bool,
        badge: json['badge'] == null ? null : json['badge'] as int,
      );

  final String deliveryId;
  final String receipt;
  final String title;
  final String body;
  final String? imageUrl;
  final String? link;
  final List<ActionView> actions;
  final Map<String, String> data;
  final String? collapseKey;
  final bool silent;
  final String? iconUrl;
  final String? badgeUrl;
  final bool requireInteraction;
  final int? badge;
}

/// Wall-clock hours, in the person's own time zone, in which promotion waits.
class QuietHours {
  const QuietHours({
    required this.from,
    required this.to,
  });

  factory QuietHours.fromJson(Map<String, dynamic> json) => QuietHours(
        from: json['from'] as String,
        to: json['to'] as String,
      );

  final String from;
  final String to;

  Map<String, Object?> toJson() => {
        'from': from,
        'to': to,
      };
}

/// The answer to a registration. `device_token` is the device key, shown this once.
class Registered {
  const Registered({
    required this.deviceId,
    required this.deviceToken,
    required this.personId,
  });

  factory Registered.fromJson(Map<String, dynamic> json) => Registered(
        deviceId: json['device_id'] as String,
        deviceToken: json['device_token'] as String,
        personId: json['person_id'] as String,
      );

  final String deviceId;
  final String deviceToken;
  final String personId;
}

class RejectedEvent {
  const RejectedEvent({
    required this.index,
    required this.detail,
  });

  factory RejectedEvent.fromJson(Map<String, dynamic> json) => RejectedEvent(
        index: json['index'] as int,
        detail: json['detail'] as String,
      );

  final int index;
  final String detail;
}

/// A PushSubscription (W3C Push API): where to send and how to encrypt (RFC 8291).
final class WebPush extends Address {
  const WebPush({
    required this.endpoint,
    required this.p256dh,
    required this.auth,
  });

  final String endpoint;
  final String p256dh;
  final String auth;

  @override
  Map<String, Object?> toJson() => {
        'kind': 'web_push',
        'endpoint': endpoint,
        'p256dh': p256dh,
        'auth': auth,
      };
}
