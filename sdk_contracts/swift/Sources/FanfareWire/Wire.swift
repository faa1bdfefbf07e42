// Written by `python -m api.export` from the wire contracts; change those, not this.

import Foundation

/// A field of a change: given, it is set to `value`, where nil clears it. Left out, it stays as it is.
public struct Change<Value: Encodable & Sendable>: Sendable {
    public let value: Value?

    public init(_ value: Value?) { self.value = value }
}

/// The value of a tag.
public enum Scalar: Codable, Equatable, Sendable {
    case string(String)
    case integer(Int)
    case number(Double)
    case boolean(Bool)

    public init(from decoder: Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let value = try? container.decode(Bool.self) {
            self = .boolean(value)
        } else if let value = try? container.decode(Int.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else {
            self = .string(try container.decode(String.self))
        }
    }

    public func encode(to encoder: Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .string(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .boolean(let value): try container.encode(value)
        }
    }
}

/// Coders for the wire: times are RFC 3339 in UTC, with or without a fraction of a second.
public enum Wire {
    public static func decoder() -> JSONDecoder {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .custom { decoder in
            let container = try decoder.singleValueContainer()
            let text = try container.decode(String.self)
            let format = ISO8601DateFormatter()
            if let date = format.date(from: text) { return date }
            format.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
            if let date = format.date(from: text) { return date }
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "no time: \(text)")
        }
        return decoder
    }

    public static func encoder() -> JSONEncoder {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .custom { date, encoder in
            let format = ISO8601DateFormatter()
            format.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
            var container = encoder.singleValueContainer()
            try container.encode(format.string(from: date))
        }
        return encoder
    }
}

public enum EventKind: String, Codable, Sendable {
    case acknowledged, clicked, converted, dismissed, displayed, opened, received
}

public enum Platform: String, Codable, Sendable {
    case android, ios, web
}

public enum Address: Encodable, Sendable {
    case fcmToken(FcmToken)
    case fcmFid(FcmFid)
    case webPush(WebPush)

    public func encode(to encoder: Encoder) throws {
        switch self {
        case .fcmToken(let value): try value.encode(to: encoder)
        case .fcmFid(let value): try value.encode(to: encoder)
        case .webPush(let value): try value.encode(to: encoder)
        }
    }
}

public struct ActionView: Decodable, Sendable {
    public let id: String
    public let label: String
    public let link: String?

    private enum CodingKeys: String, CodingKey {
        case id
        case label
        case link
    }

    public init(id: String, label: String, link: String? = nil) {
        self.id = id
        self.label = label
        self.link = link
    }

    public init(from decoder: Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        id = try container.decode(String.self, forKey: .id)
        label = try container.decode(String.self, forKey: .label)
        link = try container.decodeIfPresent(String.self, forKey: .link)
    }
}

/// What kind of address a device has; the address itself is never given out again.
public struct AddressView: Decodable, Sendable {
    public let kind: String
    public let confirmedAt: Date

    private enum CodingKeys: String, CodingKey {
        case kind
        case confirmedAt = "confirmed_at"
    }

    public init(kind: String, confirmedAt: Date) {
        self.kind = kind
        self.confirmedAt = confirmedAt
    }

    public init(from decoder: Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        kind = try container.decode(String.self, forKey: .kind)
        confirmedAt = try container.decode(Date.self, forKey: .confirmedAt)
    }
}

public struct CategoryPreference: Encodable, Decodable, Sendable {
    public let push: Bool
    public let inbox: Bool
    public let email: Bool

    private enum CodingKeys: String, CodingKey {
        case push
        case inbox
        case email
    }

    public init(push: Bool = true, inbox: Bool = true, email: Bool = true) {
        self.push = push
        self.inbox = inbox
        self.email = email
    }

    public init(from decoder: Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        push = try container.decodeIfPresent(Bool.self, forKey: .push) ?? true
        inbox = try container.decodeIfPresent(Bool.self, forKey: .inbox) ?? true
        email = try container.decodeIfPresent(Bool.self, forKey: .email) ?? true
    }

    public func encode(to encoder: Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(push, forKey: .push)
        try container.encode(inbox, forKey: .inbox)
        try container.encode(email, forKey: .email)
    }
}

/// Whether the person agreed to promotion, since when, how they said so and to which text.
public struct Consent: Encodable, Decodable, Sendable {
    public let promotion: Bool
    public let at: Date
    public let source: String?
    public let text: String?

    private enum CodingKeys: String, CodingKey {
        case promotion
        case at
        case source
        case text
    }

    public init(promotion: Bool, at: Date, source: String? = nil, text: String? = nil) {
        self.promotion = promotion
        self.at = at
        self.source = source
        self.text = text
    }

    public init(from decoder: Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        promotion = try container.decode(Bool.self, forKey: .promotion)
        at = try container.decode(Date.self, forKey: .at)
        source = try container.decodeIfPresent(String.self, forKey: .source)
        text = try container.decodeIfPresent(String.self, forKey: .text)
    }

    public func encode(to encoder: Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(promotion, forKey: .promotion)
        try container.encode(at, forKey: .at)
        try container.encodeIfPresent(source, forKey: .source)
        try container.encodeIfPresent(text, forKey: .text)
    }
}

public struct Device: Decodable, Sendable {
    public let deviceId: String
    public let personId: String
    public let externalId: String?
    public let installationId: String
    public let platform: String
    public let address: AddressView?
    public let optedIn: Bool
    public let locale: String?
    public let timezone: String?
    public let appVersion: String?
    public let osVersion: String?
    public let model: String?
    public let tags: [String: Scalar]
    public let topics: [String]
    public let createdAt: Date
    public let lastSeenAt: Date

    private enum CodingKeys: String, CodingKey {
        case deviceId = "device_id"
        case personId = "person_id"
        case externalId = "external_id"
        case installationId = "installation_id"
        case platform
        case address
        case optedIn = "opted_in"
        case locale
        case timezone
        case appVersion = "app_version"
        case osVersion = "os_version"
        case model
        case tags
        case topics
        case createdAt = "created_at"
        case lastSeenAt = "last_seen_at"
    }

    public init(deviceId: String, personId: String, externalId: String?, installationId: String, platform: String, address: AddressView?, optedIn: Bool, locale: String?, timezone: String?, appVersion: String?, osVersion: String?, model: String?, tags: [String: Scalar], topics: [String], createdAt: Date, lastSeenAt: Date) {
        self.deviceId = deviceId
        self.personId = personId
        self.externalId = externalId
        self.installationId = installationId
        self.platform = platform
        self.address = address
        self.optedIn = optedIn
        self.locale = locale
        self.timezone = timezone
        self.appVersion = appVersion
        self.osVersion = osVersion
        self.model = model
        self.tags = tags
        self.topics = topics
        self.createdAt = createdAt
        self.lastSeenAt = lastSeenAt
    }

    public init(from decoder: Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        deviceId = try container.decode(String.self, forKey: .deviceId)
        personId = try container.decode(String.self, forKey: .personId)
        externalId = try container.decodeIfPresent(String.self, forKey: .externalId)
        installationId = try container.decode(String.self, forKey: .installationId)
        platform = try container.decode(String.self, forKey: .platform)
        address = try container.decodeIfPresent(AddressView.self, forKey: .address)
        optedIn = try container.decode(Bool.self, forKey: .optedIn)
        locale = try container.decodeIfPresent(String.self, forKey: .locale)
        timezone = try container.decodeIfPresent(String.self, forKey: .timezone)
        appVersion = try container.decodeIfPresent(String.self, forKey: .appVersion)
        osVersion = try container.decodeIfPresent(String.self, forKey: .osVersion)
        model = try container.decodeIfPresent(String.self, forKey: .model)
        tags = try container.decode([String: Scalar].self, forKey: .tags)
        topics = try container.decode([String].self, forKey: .topics)
        createdAt = try container.decode(Date.self, forKey: .createdAt)
        lastSeenAt = try container.decode(Date.self, forKey: .lastSeenAt)
    }
}

/// A part of a device to change; what is left out stays, `null` clears.
public struct DeviceChange: Encodable, Sendable {
    public let address: Change<Address>?
    public let optedIn: Bool?
    public let locale: Change<String>?
    public let timezone: Change<String>?
    public let appVersion: Change<String>?
    public let osVersion: Change<String>?
    public let model: Change<String>?
    public let tags: [String: Scalar]?
    public let topics: [String]?

    private enum CodingKeys: String, CodingKey {
        case address
        case optedIn = "opted_in"
        case locale
        case timezone
        case appVersion = "app_version"
        case osVersion = "os_version"
        case model
        case tags
        case topics
    }

    public init(address: Change<Address>? = nil, optedIn: Bool? = nil, locale: Change<String>? = nil, timezone: Change<String>? = nil, appVersion: Change<String>? = nil, osVersion: Change<String>? = nil, model: Change<String>? = nil, tags: [String: Scalar]? = nil, topics: [String]? = nil) {
        self.address = address
        self.optedIn = optedIn
        self.locale = locale
        self.timezone = timezone
        self.appVersion = appVersion
        self.osVersion = osVersion
        self.model = model
        self.tags = tags
        self.topics = topics
    }

    public func encode(to encoder: Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        if let address { try container.encode(address.value, forKey: .address) }
        try container.encodeIfPresent(optedIn, forKey: .optedIn)
        if let locale { try container.encode(locale.value, forKey: .locale) }
        if let timezone { try container.encode(timezone.value, forKey: .timezone) }
        if let appVersion { try container.encode(appVersion.value, forKey: .appVersion) }
        if let osVersion { try container.encode(osVersion.value, forKey: .osVersion) }
        if let model { try container.encode(model.value, forKey: .model) }
        try container.encodeIfPresent(tags, forKey: .tags)
        try container.encodeIfPresent(topics, forKey: .topics)
    }
}

/// What an installation says about itself when it registers.
public struct DeviceRegistration: Encodable, Sendable {
    public let installationId: String
    public let platform: Platform
    public let address: Address?
    public let optedIn: Bool
    public let locale: String?
    public let timezone: String?
    public let appVersion: String?
    public let osVersion: String?
    public let model: String?
    public let tags: [String: Scalar]
    public let topics: [String]

    private enum CodingKeys: String, CodingKey {
        case installationId = "installation_id"
        case platform
        case address
        case optedIn = "opted_in"
        case locale
        case timezone
        case appVersion = "app_version"
        case osVersion = "os_version"
        case model
        case tags
        case topics
    }

    public init(installationId: String, platform: Platform, address: Address? = nil, optedIn: Bool = true, locale: String? = nil, timezone: String? = nil, appVersion: String? = nil, osVersion: String? = nil, model: String? = nil, tags: [String: Scalar] = [:], topics: [String] = []) {
        self.installationId = installationId
        self.platform = platform
        self.address = address
        self.optedIn = optedIn
        self.locale = locale
        self.timezone = timezone
        self.appVersion = appVersion
        self.osVersion = osVersion
        self.model = model
        self.tags = tags
        self.topics = topics
    }

    public func encode(to encoder: Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(installationId, forKey: .installationId)
        try container.encode(platform, forKey: .platform)
        try container.encodeIfPresent(address, forKey: .address)
        try container.encode(optedIn, forKey: .optedIn)
        try container.encodeIfPresent(locale, forKey: .locale)
        try container.encodeIfPresent(timezone, forKey: .timezone)
        try container.encodeIfPresent(appVersion, forKey: .appVersion)
        try container.encodeIfPresent(osVersion, forKey: .osVersion)
        try container.encodeIfPresent(model, forKey: .model)
        try container.encode(tags, forKey: .tags)
        try container.encode(topics, forKey: .topics)
    }
}

/// One thing that happened to one delivery. `receipt` stands in for the device key.

    With a `name` and neither, under a device key, a `converted` is something the person did by themselves: it sets
    campaigns off that have it in their `trigger`, and counts for campaigns with a `conversion` that had reached them.
    The name `app_open` says that they came to the app: send it once in half an hour at most.
public struct Event: Encodable, Sendable {
    public let eventId: String
    public let kind: EventKind
    public let at: Date
    public let deliveryId: String?
    public let receipt: String?
    public let actionId: String?
    public let name: String?
    public let value: Double?
    public let currency: String?

    private enum CodingKeys: String, CodingKey {
        case eventId = "event_id"
        case kind
        case at
        case deliveryId = "delivery_id"
        case receipt
        case actionId = "action_id"
        case name
        case value
        case currency
    }

    public init(eventId: String, kind: EventKind, at: Date, deliveryId: String? = nil, receipt: String? = nil, actionId: String? = nil, name: String? = nil, value: Double? = nil, currency: String? = nil) {
        self.eventId = eventId
        self.kind = kind
        self.at = at
        self.deliveryId = deliveryId
        self.receipt = receipt
        self.actionId = actionId
        self.name = name
        self.value = value
        self.currency = currency
    }

    public func encode(to encoder: Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(eventId, forKey: .eventId)
        try container.encode(kind, forKey: .kind)
        try container.encode(at, forKey: .at)
        try container.encodeIfPresent(deliveryId, forKey: .deliveryId)
        try container.encodeIfPresent(receipt, forKey: .receipt)
        try container.encodeIfPresent(actionId, forKey: .actionId)
        try container.encodeIfPresent(name, forKey: .name)
        try container.encodeIfPresent(value, forKey: .value)
        try container.encodeIfPresent(currency, forKey: .currency)
    }
}

public struct EventBatch: Encodable, Sendable {
    public let events: [Event]

    private enum CodingKeys: String, CodingKey {
        case events
    }

    public init(events: [Event]) {
        self.events = events
    }

    public func encode(to encoder: Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(events, forKey: .events)
    }
}

/// Stored for good. `duplicates` had been stored before and changed nothing.
public struct EventsAccepted: Decodable, Sendable {
    public let accepted: Int
    public let duplicates: Int
    public let rejected: [RejectedEvent]

    private enum CodingKeys: String, CodingKey {
        case accepted
        case duplicates
        case rejected
    }

    public init(accepted: Int, duplicates: Int, rejected: [RejectedEvent]) {
        self.accepted = accepted
        self.duplicates = duplicates
        self.rejected = rejected
    }

    public init(from decoder: Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        accepted = try container.decode(Int.self, forKey: .accepted)
        duplicates = try container.decode(Int.self, forKey: .duplicates)
        rejected = try container.decode([RejectedEvent].self, forKey: .rejected)
    }
}

/// A Firebase installation id, which takes over from registration tokens.
public struct FcmFid: Encodable, Sendable {
    public let fid: String

    private enum CodingKeys: String, CodingKey {
        case kind
        case fid
    }

    public init(fid: String) {
        self.fid = fid
    }

    public func encode(to encoder: Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode("fcm_fid", forKey: .kind)
        try container.encode(fid, forKey: .fid)
    }
}

/// An FCM registration token.
public struct FcmToken: Encodable, Sendable {
    public let token: String

    private enum CodingKeys: String, CodingKey {
        case kind
        case token
    }

    public init(token: String) {
        self.token = token
    }

    public func encode(to encoder: Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode("fcm_token", forKey: .kind)
        try container.encode(token, forKey: .token)
    }
}

public struct FieldError: Decodable, Sendable {
    public let pointer: String
    public let detail: String

    private enum CodingKeys: String, CodingKey {
        case pointer
        case detail
    }

    public init(pointer: String, detail: String) {
        self.pointer = pointer
        self.detail = detail
    }

    public init(from decoder: Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        pointer = try container.decode(String.self, forKey: .pointer)
        detail = try container.decode(String.self, forKey: .detail)
    }
}

/// The data of a stream's `summary`, which comes first and whenever the numbers change.
public struct InboxChanged: Decodable, Sendable {
    public let unread: Int
    public let unseen: Int
    public let reload: Bool

    private enum CodingKeys: String, CodingKey {
        case unread
        case unseen
        case reload
    }

    public init(unread: Int, unseen: Int, reload: Bool) {
        self.unread = unread
        self.unseen = unseen
        self.reload = reload
    }

    public init(from decoder: Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        unread = try container.decode(Int.self, forKey: .unread)
        unseen = try container.decode(Int.self, forKey: .unseen)
        reload = try container.decode(Bool.self, forKey: .reload)
    }
}

public struct InboxItem: Decodable, Sendable {
    public let id: String
    public let campaignId: String
    public let deliveryId: String
    public let kind: String
    public let category: String?
    public let title: String
    public let body: String
    public let imageUrl: String?
    public let link: String?
    public let actions: [ActionView]
    public let data: [String: String]
    public let createdAt: Date
    public let expiresAt: Date?
    public let seenAt: Date?
    public let readAt: Date?
    public let archivedAt: Date?
    public let acknowledgedAt: Date?
    public let highlighted: Bool

    private enum CodingKeys: String, CodingKey {
        case id
        case campaignId = "campaign_id"
        case deliveryId = "delivery_id"
        case kind
        case category
        case title
        case body
        case imageUrl = "image_url"
        case link
        case actions
        case data
        case createdAt = "created_at"
        case expiresAt = "expires_at"
        case seenAt = "seen_at"
        case readAt = "read_at"
        case archivedAt = "archived_at"
        case acknowledgedAt = "acknowledged_at"
        case highlighted
    }

    public init(id: String, campaignId: String, deliveryId: String, kind: String, category: String?, title: String, body: String, imageUrl: String?, link: String?, actions: [ActionView], data: [String: String], createdAt: Date, expiresAt: Date?, seenAt: Date?, readAt: Date?, archivedAt: Date?, acknowledgedAt: Date?, highlighted: Bool = false) {
        self.id = id
        self.campaignId = campaignId
        self.deliveryId = deliveryId
        self.kind = kind
        self.category = category
        self.title = title
        self.body = body
        self.imageUrl = imageUrl
        self.link = link
        self.actions = actions
        self.data = data
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.seenAt = seenAt
        self.readAt = readAt
        self.archivedAt = archivedAt
        self.acknowledgedAt = acknowledgedAt
        self.highlighted = highlighted
    }

    public init(from decoder: Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        id = try container.decode(String.self, forKey: .id)
        campaignId = try container.decode(String.self, forKey: .campaignId)
        deliveryId = try container.decode(String.self, forKey: .deliveryId)
        kind = try container.decode(String.self, forKey: .kind)
        category = try container.decodeIfPresent(String.self, forKey: .category)
        title = try container.decode(String.self, forKey: .title)
        body = try container.decode(String.self, forKey: .body)
        imageUrl = try container.decodeIfPresent(String.self, forKey: .imageUrl)
        link = try container.decodeIfPresent(String.self, forKey: .link)
        actions = try container.decode([ActionView].self, forKey: .actions)
        data = try container.decode([String: String].self, forKey: .data)
        createdAt = try container.decode(Date.self, forKey: .createdAt)
        expiresAt = try container.decodeIfPresent(Date.self, forKey: .expiresAt)
        seenAt = try container.decodeIfPresent(Date.self, forKey: .seenAt)
        readAt = try container.decodeIfPresent(Date.self, forKey: .readAt)
        archivedAt = try container.decodeIfPresent(Date.self, forKey: .archivedAt)
        acknowledgedAt = try container.decodeIfPresent(Date.self, forKey: .acknowledgedAt)
        highlighted = try container.decodeIfPresent(Bool.self, forKey: .highlighted) ?? false
    }
}

public struct InboxPage: Decodable, Sendable {
    public let items: [InboxItem]
    public let nextCursor: String?
    public let unread: Int

    private enum CodingKeys: String, CodingKey {
        case items
        case nextCursor = "next_cursor"
        case unread
    }

    public init(items: [InboxItem], nextCursor: String?, unread: Int) {
        self.items = items
        self.nextCursor = nextCursor
        self.unread = unread
    }

    public init(from decoder: Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        items = try container.decode([InboxItem].self, forKey: .items)
        nextCursor = try container.decodeIfPresent(String.self, forKey: .nextCursor)
        unread = try container.decode(Int.self, forKey: .unread)
    }
}

/// The data of a stream's `removed`: deleted, expired or withdrawn. `item` and `changed` carry the whole item.
public struct InboxRemoved: Decodable, Sendable {
    public let id: String

    private enum CodingKeys: String, CodingKey {
        case id
    }

    public init(id: String) {
        self.id = id
    }

    public init(from decoder: Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        id = try container.decode(String.self, forKey: .id)
    }
}

public struct InboxSummary: Decodable, Sendable {
    public let unread: Int
    public let unseen: Int

    private enum CodingKeys: String, CodingKey {
        case unread
        case unseen
    }

    public init(unread: Int, unseen: Int) {
        self.unread = unread
        self.unseen = unseen
    }

    public init(from decoder: Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        unread = try container.decode(Int.self, forKey: .unread)
        unseen = try container.decode(Int.self, forKey: .unseen)
    }
}

public struct LoggedIn: Decodable, Sendable {
    public let personId: String
    public let externalId: String?

    private enum CodingKeys: String, CodingKey {
        case personId = "person_id"
        case externalId = "external_id"
    }

    public init(personId: String, externalId: String?) {
        self.personId = personId
        self.externalId = externalId
    }

    public init(from decoder: Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        personId = try container.decode(String.self, forKey: .personId)
        externalId = try container.decodeIfPresent(String.self, forKey: .externalId)
    }
}

/// Who uses this installation. `signature` is hex HMAC-SHA256(identity secret, external_id).
public struct Login: Encodable, Sendable {
    public let externalId: String
    public let signature: String?

    private enum CodingKeys: String, CodingKey {
        case externalId = "external_id"
        case signature
    }

    public init(externalId: String, signature: String? = nil) {
        self.externalId = externalId
        self.signature = signature
    }

    public func encode(to encoder: Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(externalId, forKey: .externalId)
        try container.encodeIfPresent(signature, forKey: .signature)
    }
}

/// A person's preferences. A category that is absent is not muted anywhere.
public struct Preferences: Decodable, Sendable {
    public let categories: [String: CategoryPreference]
    public let consent: Consent?
    public let quietHours: QuietHours?

    private enum CodingKeys: String, CodingKey {
        case categories
        case consent
        case quietHours = "quiet_hours"
    }

    public init(categories: [String: CategoryPreference], consent: Consent?, quietHours: QuietHours?) {
        self.categories = categories
        self.consent = consent
        self.quietHours = quietHours
    }

    public init(from decoder: Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        categories = try container.decode([String: CategoryPreference].self, forKey: .categories)
        consent = try container.decodeIfPresent(Consent.self, forKey: .consent)
        quietHours = try container.decodeIfPresent(QuietHours.self, forKey: .quietHours)
    }
}

/// What to change; categories that are not named stay as they are.
public struct PreferencesChange: Encodable, Sendable {
    public let categories: [String: CategoryPreference]
    public let consent: Consent?
    public let quietHours: QuietHours?

    private enum CodingKeys: String, CodingKey {
        case categories
        case consent
        case quietHours = "quiet_hours"
    }

    public init(categories: [String: CategoryPreference] = [:], consent: Consent? = nil, quietHours: QuietHours? = nil) {
        self.categories = categories
        self.consent = consent
        self.quietHours = quietHours
    }

    public func encode(to encoder: Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(categories, forKey: .categories)
        try container.encodeIfPresent(consent, forKey: .consent)
        try container.encodeIfPresent(quietHours, forKey: .quietHours)
    }
}

/// RFC 9457 problem details, served as `application/problem+json`.
public struct Problem: Decodable, Sendable {
    public let type: String
    public let title: String
    public let status: Int
    public let detail: String
    public let errors: [FieldError]

    private enum CodingKeys: String, CodingKey {
        case type
        case title
        case status
        case detail
        case errors
    }

    public init(type: String, title: String, status: Int, detail: String = "", errors: [FieldError] = []) {
        self.type = type
        self.title = title
        self.status = status
        self.detail = detail
        self.errors = errors
    }

    public init(from decoder: Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        type = try container.decode(String.self, forKey: .type)
        title = try container.decode(String.self, forKey: .title)
        status = try container.decode(Int.self, forKey: .status)
        detail = try container.decodeIfPresent(String.self, forKey: .detail) ?? ""
        errors = try container.decodeIfPresent([FieldError].self, forKey: .errors) ?? []
    }
}

public struct PublicSettings: Decodable, Sendable {
    public let appId: String
    public let name: String
    public let vapidPublicKey: String
    public let categories: [String]

    private enum CodingKeys: String, CodingKey {
        case appId = "app_id"
        case name
        case vapidPublicKey = "vapid_public_key"
        case categories
    }

    public init(appId: String, name: String, vapidPublicKey: String, categories: [String]) {
        self.appId = appId
        self.name = name
        self.vapidPublicKey = vapidPublicKey
        self.categories = categories
    }

    public init(from decoder: Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        appId = try container.decode(String.self, forKey: .appId)
        name = try container.decode(String.self, forKey: .name)
        vapidPublicKey = try container.decode(String.self, forKey: .vapidPublicKey)
        categories = try container.decode([String].self, forKey: .categories)
    }
}

/// What a push carries to the SDK, as JSON (Web Push) or as string data values (FCM).
public struct PushPayload: Decodable, Sendable {
    public let deliveryId: String
    public let receipt: String
    public let title: String
    public let body: String
    public let imageUrl: String?
    public let link: String?
    public let actions: [ActionView]
    public let data: [String: String]
    public let collapseKey: String?
    public let silent: Bool
    public let iconUrl: String?
    public let badgeUrl: String?
    public let requireInteraction: Bool
    public let badge: Int?

    private enum CodingKeys: String, CodingKey {
        case deliveryId = "delivery_id"
        case receipt
        case title
        case body
        case imageUrl = "image_url"
        case link
        case actions
        case data
        case collapseKey = "collapse_key"
        case silent
        case iconUrl = "icon_url"
        case badgeUrl = "badge_url"
        case requireInteraction = "require_interaction"
        case badge
    }

    public init(deliveryId: String, receipt: String, title: String, body: String = "", imageUrl: String? = nil, link: String? = nil, actions: [ActionView] = [], data: [String: String] = [:], collapseKey: String? = nil, silent: Bool = false, iconUrl: String? = nil, badgeUrl: String? = nil, requireInteraction: Bool = false, badge: Int? = nil) {
        self.deliveryId = deliveryId
        self.receipt = receipt
        self.title = title
        self.body = body
        self.imageUrl = imageUrl
        self.link = link
        self.actions = actions
        self.data = data
        self.collapseKey = collapseKey
        self.silent = silent
        self.iconUrl = iconUrl
        self.badgeUrl = badgeUrl
        self.requireInteraction = requireInteraction
        self.badge = badge
    }

    public init(from decoder: Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        deliveryId = try container.decode(String.self, forKey: .deliveryId)
        receipt = try container.decode(String.self, forKey: .receipt)
        title = try container.decode(String.self, forKey: .title)
        body = try container.decodeIfPresent(String.self, forKey: .body) ?? ""
        imageUrl = try container.decodeIfPresent(String.self, forKey: .imageUrl)
        link = try container.decodeIfPresent(String.self, forKey: .link)
        actions = try container.decodeIfPresent([ActionView].self, forKey: .actions) ?? []
        data = try container.decodeIfPresent([String: String].self, forKey: .data) ?? [:]
        collapseKey = try container.decodeIfPresent(String.self, forKey: .collapseKey)
        silent = try container.decodeIfPresent(Bool.self, forKey: .silent) ?? false
        iconUrl = try container.decodeIfPresent(String.self, forKey: .iconUrl)
        badgeUrl = try container.decodeIfPresent(String.self, forKey: .badgeUrl)
        requireInteraction = try container.decodeIfPresent(Bool.self, forKey: .requireInteraction) ?? false
        badge = try container.decodeIfPresent(Int.self, forKey: .badge)
    }
}

/// Wall-clock hours, in the person's own time zone, in which promotion waits.
public struct QuietHours: Encodable, Decodable, Sendable {
    public let from: String
    public let to: String

    private enum CodingKeys: String, CodingKey {
        case from
        case to
    }

    public init(from: String, to: String) {
        self.from = from
        self.to = to
    }

    public init(from decoder: Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        from = try container.decode(String.self, forKey: .from)
        to = try container.decode(String.self, forKey: .to)
    }

    public func encode(to encoder: Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(from, forKey: .from)
        try container.encode(to, forKey: .to)
    }
}

/// The answer to a registration. `device_token` is the device key, shown this once.
public struct Registered: Decodable, Sendable {
    public let deviceId: String
    public let deviceToken: String
    public let personId: String

    private enum CodingKeys: String, CodingKey {
        case deviceId = "device_id"
        case deviceToken = "device_token"
        case personId = "person_id"
    }

    public init(deviceId: String, deviceToken: String, personId: String) {
        self.deviceId = deviceId
        self.deviceToken = deviceToken
        self.personId = personId
    }

    public init(from decoder: Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        deviceId = try container.decode(String.self, forKey: .deviceId)
        deviceToken = try container.decode(String.self, forKey: .deviceToken)
        personId = try container.decode(String.self, forKey: .personId)
    }
}

public struct RejectedEvent: Decodable, Sendable {
    public let index: Int
    public let detail: String

    private enum CodingKeys: String, CodingKey {
        case index
        case detail
    }

    public init(index: Int, detail: String) {
        self.index = index
        self.detail = detail
    }

    public init(from decoder: Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        index = try container.decode(Int.self, forKey: .index)
        detail = try container.decode(String.self, forKey: .detail)
    }
}

/// A PushSubscription (W3C Push API): where to send and how to encrypt (RFC 8291).
public struct WebPush: Encodable, Sendable {
    public let endpoint: String
    public let p256dh: String
    public let auth: String

    private enum CodingKeys: String, CodingKey {
        case kind
        case endpoint
        case p256dh
        case auth
    }

    public init(endpoint: String, p256dh: String, auth: String) {
        self.endpoint = endpoint
        self.p256dh = p256dh
        self.auth = auth
    }

    public func encode(to encoder: Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode("web_push", forKey: .kind)
        try container.encode(endpoint, forKey: .endpoint)
        try container.encode(p256dh, forKey: .p256dh)
        try container.encode(auth, forKey: .auth)
    }
}
