// Written by `python -m api.export` from the wire contracts; change those, not this.
@file:Suppress("RedundantVisibilityModifier")

package dev.fanfare.wire

import java.time.Instant
import java.time.OffsetDateTime
import kotlinx.serialization.json.*

/** A field of a change: given, it is set to [value], where null clears it. Left out, it stays as it is. */
public data class Change<T : Any>(val value: T?)

private fun JsonObject.given(name: String): JsonElement? = this[name].takeUnless { it is JsonNull }

public enum class EventKind(val wire: String) {
    ACKNOWLEDGED("acknowledged"), CLICKED("clicked"), CONVERTED("converted"), DISMISSED("dismissed"), DISPLAYED("displayed"), OPENED("opened"), RECEIVED("received")
}

public enum class Platform(val wire: String) {
    ANDROID("android"), IOS("ios"), WEB("web")
}

public sealed interface Address {
    fun toJson(): JsonObject
}

public data class ActionView(
    val id: String,
    val label: String,
    val link: String? = null,
) {
    public companion object {
        fun fromJson(json: JsonObject): ActionView = ActionView(
            id = json.getValue("id").jsonPrimitive.content,
            label = json.getValue("label").jsonPrimitive.content,
            link = json.given("link")?.let { it.jsonPrimitive.content },
        )
    }
}

/** What kind of address a device has; the address itself is never given out again. */
public data class AddressView(
    val kind: String,
    val confirmedAt: Instant,
) {
    public companion object {
        fun fromJson(json: JsonObject): AddressView = AddressView(
            kind = json.getValue("kind").jsonPrimitive.content,
            confirmedAt = json.getValue("confirmed_at").jsonPrimitive.content.let { OffsetDateTime.parse(it).toInstant() },
        )
    }
}

public data class CategoryPreference(
    val push: Boolean = true,
    val inbox: Boolean = true,
    val email: Boolean = true,
) {
    fun toJson(): JsonObject = buildJsonObject {
        put("push", JsonPrimitive(push))
        put("inbox", JsonPrimitive(inbox))
        put("email", JsonPrimitive(email))
    }

    public companion object {
        fun fromJson(json: JsonObject): CategoryPreference = CategoryPreference(
            push = json.given("push")?.let { it.jsonPrimitive.boolean } ?: true,
            inbox = json.given("inbox")?.let { it.jsonPrimitive.boolean } ?: true,
            email = json.given("email")?.let { it.jsonPrimitive.boolean } ?: true,
        )
    }
}

/** Whether the person agreed to promotion, since when, how they said so and to which text. */
public data class Consent(
    val promotion: Boolean,
    val at: Instant,
    val source: String? = null,
    val text: String? = null,
) {
    fun toJson(): JsonObject = buildJsonObject {
        put("promotion", JsonPrimitive(promotion))
        put("at", JsonPrimitive(at.toString()))
        source?.let { put("source", JsonPrimitive(it)) }
        text?.let { put("text", JsonPrimitive(it)) }
    }

    public companion object {
        fun fromJson(json: JsonObject): Consent = Consent(
            promotion = json.getValue("promotion").jsonPrimitive.boolean,
            at = json.getValue("at").jsonPrimitive.content.let { OffsetDateTime.parse(it).toInstant() },
            source = json.given("source")?.let { it.jsonPrimitive.content },
            text = json.given("text")?.let { it.jsonPrimitive.content },
        )
    }
}

public data class Device(
    val deviceId: String,
    val personId: String,
    val externalId: String?,
    val installationId: String,
    val platform: String,
    val address: AddressView?,
    val optedIn: Boolean,
    val locale: String?,
    val timezone: String?,
    val appVersion: String?,
    val osVersion: String?,
    val model: String?,
    val tags: Map<String, JsonPrimitive>,
    val topics: List<String>,
    val createdAt: Instant,
    val lastSeenAt: Instant,
) {
    public companion object {
        fun fromJson(json: JsonObject): Device = Device(
            deviceId = json.getValue("device_id").jsonPrimitive.content,
            personId = json.getValue("person_id").jsonPrimitive.content,
            externalId = json.given("external_id")?.let { it.jsonPrimitive.content },
            installationId = json.getValue("installation_id").jsonPrimitive.content,
            platform = json.getValue("platform").jsonPrimitive.content,
            address = json.given("address")?.let { AddressView.fromJson(it.jsonObject) },
            optedIn = json.getValue("opted_in").jsonPrimitive.boolean,
            locale = json.given("locale")?.let { it.jsonPrimitive.content },
            timezone = json.given("timezone")?.let { it.jsonPrimitive.content },
            appVersion = json.given("app_version")?.let { it.jsonPrimitive.content },
            osVersion = json.given("os_version")?.let { it.jsonPrimitive.content },
            model = json.given("model")?.let { it.jsonPrimitive.content },
            tags = json.getValue("tags").jsonObject.mapValues { it.value.jsonPrimitive },
            topics = json.getValue("topics").jsonArray.map { it.jsonPrimitive.content },
            createdAt = json.getValue("created_at").jsonPrimitive.content.let { OffsetDateTime.parse(it).toInstant() },
            lastSeenAt = json.getValue("last_seen_at").jsonPrimitive.content.let { OffsetDateTime.parse(it).toInstant() },
        )
    }
}

/** A part of a device to change; what is left out stays, `null` clears. */
public data class DeviceChange(
    val address: Change<Address>? = null,
    val optedIn: Boolean? = null,
    val locale: Change<String>? = null,
    val timezone: Change<String>? = null,
    val appVersion: Change<String>? = null,
    val osVersion: Change<String>? = null,
    val model: Change<String>? = null,
    val tags: Map<String, JsonPrimitive>? = null,
    val topics: List<String>? = null,
) {
    fun toJson(): JsonObject = buildJsonObject {
        address?.let { change -> put("address", change.value?.let { it.toJson() } ?: JsonNull) }
        optedIn?.let { put("opted_in", JsonPrimitive(it)) }
        locale?.let { change -> put("locale", change.value?.let { JsonPrimitive(it) } ?: JsonNull) }
        timezone?.let { change -> put("timezone", change.value?.let { JsonPrimitive(it) } ?: JsonNull) }
        appVersion?.let { change -> put("app_version", change.value?.let { JsonPrimitive(it) } ?: JsonNull) }
        osVersion?.let { change -> put("os_version", change.value?.let { JsonPrimitive(it) } ?: JsonNull) }
        model?.let { change -> put("model", change.value?.let { JsonPrimitive(it) } ?: JsonNull) }
        tags?.let { put("tags", JsonObject(it.mapValues { it.value })) }
        topics?.let { put("topics", JsonArray(it.map { JsonPrimitive(it) })) }
    }
}

/** What an installation says about itself when it registers. */
public data class DeviceRegistration(
    val installationId: String,
    val platform: Platform,
    val address: Address? = null,
    val optedIn: Boolean = true,
    val locale: String? = null,
    val timezone: String? = null,
    val appVersion: String? = null,
    val osVersion: String? = null,
    val model: String? = null,
    val tags: Map<String, JsonPrimitive> = emptyMap(),
    val topics: List<String> = emptyList(),
) {
    fun toJson(): JsonObject = buildJsonObject {
        put("installation_id", JsonPrimitive(installationId))
        put("platform", JsonPrimitive(platform.wire))
        address?.let { put("address", it.toJson()) }
        put("opted_in", JsonPrimitive(optedIn))
        locale?.let { put("locale", JsonPrimitive(it)) }
        timezone?.let { put("timezone", JsonPrimitive(it)) }
        appVersion?.let { put("app_version", JsonPrimitive(it)) }
        osVersion?.let { put("os_version", JsonPrimitive(it)) }
        model?.let { put("model", JsonPrimitive(it)) }
        put("tags", JsonObject(tags.mapValues { it.value }))
        put("topics", JsonArray(topics.map { JsonPrimitive(it) }))
    }
}

/** One thing that happened to one delivery. `receipt` stands in for the device key.

    With a `name` and neither, under a device key, a `converted` is something the person did by themselves: it sets
    campaigns off that have it in their `trigger`, and counts for campaigns with a `conversion` that had reached them.
    The name `app_open` says that they came to the app: send it once in half an hour at most. */
public data class Event(
    val eventId: String,
    val kind: EventKind,
    val at: Instant,
    val deliveryId: String? = null,
    val receipt: String? = null,
    val actionId: String? = null,
    val name: String? = null,
    val value: Double? = null,
    val currency: String? = null,
) {
    fun toJson(): JsonObject = buildJsonObject {
        put("event_id", JsonPrimitive(eventId))
        put("kind", JsonPrimitive(kind.wire))
        put("at", JsonPrimitive(at.toString()))
        deliveryId?.let { put("delivery_id", JsonPrimitive(it)) }
        receipt?.let { put("receipt", JsonPrimitive(it)) }
        actionId?.let { put("action_id", JsonPrimitive(it)) }
        name?.let { put("name", JsonPrimitive(it)) }
        value?.let { put("value", JsonPrimitive(it)) }
        currency?.let { put("currency", JsonPrimitive(it)) }
    }
}

public data class EventBatch(
    val events: List<Event>,
) {
    fun toJson(): JsonObject = buildJsonObject {
        put("events", JsonArray(events.map { it.toJson() }))
    }
}

/** Stored for good. `duplicates` had been stored before and changed nothing. */
public data class EventsAccepted(
    val accepted: Long,
    val duplicates: Long,
    val rejected: List<RejectedEvent>,
) {
    public companion object {
        fun fromJson(json: JsonObject): EventsAccepted = EventsAccepted(
            accepted = json.getValue("accepted").jsonPrimitive.long,
            duplicates = json.getValue("duplicates").jsonPrimitive.long,
            rejected = json.getValue("rejected").jsonArray.map { RejectedEvent.fromJson(it.jsonObject) },
        )
    }
}

/** A Firebase installation id, which takes over from registration tokens. */
public data class FcmFid(
    val fid: String,
) : Address {
    override fun toJson(): JsonObject = buildJsonObject {
        put("kind", "fcm_fid")
        put("fid", JsonPrimitive(fid))
    }
}

/** An FCM registration token. */
public data class FcmToken(
    val token: String,
) : Address {
    override fun toJson(): JsonObject = buildJsonObject {
        put("kind", "fcm_token")
        put("token", JsonPrimitive(token))
    }
}

public data class FieldError(
    val pointer: String,
    val detail: String,
) {
    public companion object {
        fun fromJson(json: JsonObject): FieldError = FieldError(
            pointer = json.getValue("pointer").jsonPrimitive.content,
            detail = json.getValue("detail").jsonPrimitive.content,
        )
    }
}

/** The data of a stream's `summary`, which comes first and whenever the numbers change. */
public data class InboxChanged(
    val unread: Long,
    val unseen: Long,
    val reload: Boolean,
) {
    public companion object {
        fun fromJson(json: JsonObject): InboxChanged = InboxChanged(
            unread = json.getValue("unread").jsonPrimitive.long,
            unseen = json.getValue("unseen").jsonPrimitive.long,
            reload = json.getValue("reload").jsonPrimitive.boolean,
        )
    }
}

public data class InboxItem(
    val id: String,
    val campaignId: String,
    val deliveryId: String,
    val kind: String,
    val category: String?,
    val title: String,
    val body: String,
    val imageUrl: String?,
    val link: String?,
    val actions: List<ActionView>,
    val data: Map<String, String>,
    val createdAt: Instant,
    val expiresAt: Instant?,
    val seenAt: Instant?,
    val readAt: Instant?,
    val archivedAt: Instant?,
    val acknowledgedAt: Instant?,
    val highlighted: Boolean = false,
) {
    public companion object {
        fun fromJson(json: JsonObject): InboxItem = InboxItem(
            id = json.getValue("id").jsonPrimitive.content,
            campaignId = json.getValue("campaign_id").jsonPrimitive.content,
            deliveryId = json.getValue("delivery_id").jsonPrimitive.content,
            kind = json.getValue("kind").jsonPrimitive.content,
            category = json.given("category")?.let { it.jsonPrimitive.content },
            title = json.getValue("title").jsonPrimitive.content,
            body = json.getValue("body").jsonPrimitive.content,
            imageUrl = json.given("image_url")?.let { it.jsonPrimitive.content },
            link = json.given("link")?.let { it.jsonPrimitive.content },
            actions = json.getValue("actions").jsonArray.map { ActionView.fromJson(it.jsonObject) },
            data = json.getValue("data").jsonObject.mapValues { it.value.jsonPrimitive.content },
            createdAt = json.getValue("created_at").jsonPrimitive.content.let { OffsetDateTime.parse(it).toInstant() },
            expiresAt = json.given("expires_at")?.let { it.jsonPrimitive.content.let { OffsetDateTime.parse(it).toInstant() } },
            seenAt = json.given("seen_at")?.let { it.jsonPrimitive.content.let { OffsetDateTime.parse(it).toInstant() } },
            readAt = json.given("read_at")?.let { it.jsonPrimitive.content.let { OffsetDateTime.parse(it).toInstant() } },
            archivedAt = json.given("archived_at")?.let { it.jsonPrimitive.content.let { OffsetDateTime.parse(it).toInstant() } },
            acknowledgedAt = json.given("acknowledged_at")?.let { it.jsonPrimitive.content.let { OffsetDateTime.parse(it).toInstant() } },
            highlighted = json.given("highlighted")?.let { it.jsonPrimitive.boolean } ?: false,
        )
    }
}

public data class InboxPage(
    val items: List<InboxItem>,
    val nextCursor: String?,
    val unread: Long,
) {
    public companion object {
        fun fromJson(json: JsonObject): InboxPage = InboxPage(
            items = json.getValue("items").jsonArray.map { InboxItem.fromJson(it.jsonObject) },
            nextCursor = json.given("next_cursor")?.let { it.jsonPrimitive.content },
            unread = json.getValue("unread").jsonPrimitive.long,
        )
    }
}

/** The data of a stream's `removed`: deleted, expired or withdrawn. `item` and `changed` carry the whole item. */
public data class InboxRemoved(
    val id: String,
) {
    public companion object {
        fun fromJson(json: JsonObject): InboxRemoved = InboxRemoved(
            id = json.getValue("id").jsonPrimitive.content,
        )
    }
}

public data class InboxSummary(
    val unread: Long,
    val unseen: Long,
) {
    public companion object {
        fun fromJson(json: JsonObject): InboxSummary = InboxSummary(
            unread = json.getValue("unread").jsonPrimitive.long,
            unseen = json.getValue("unseen").jsonPrimitive.long,
        )
    }
}

public data class LoggedIn(
    val personId: String,
    val externalId: String?,
) {
    public companion object {
        fun fromJson(json: JsonObject): LoggedIn = LoggedIn(
            personId = json.getValue("person_id").jsonPrimitive.content,
            externalId = json.given("external_id")?.let { it.jsonPrimitive.content },
        )
    }
}

/** Who uses this installation. `signature` is hex HMAC-SHA256(identity secret, external_id). */
public data class Login(
    val externalId: String,
    val signature: String? = null,
) {
    fun toJson(): JsonObject = buildJsonObject {
        put("external_id", JsonPrimitive(externalId))
        signature?.let { put("signature", JsonPrimitive(it)) }
    }
}

/** A person's preferences. A category that is absent is not muted anywhere. */
public data class Preferences(
    val categories: Map<String, CategoryPreference>,
    val consent: Consent?,
    val quietHours: QuietHours?,
) {
    public companion object {
        fun fromJson(json: JsonObject): Preferences = Preferences(
            categories = json.getValue("categories").jsonObject.mapValues { CategoryPreference.fromJson(it.value.jsonObject) },
            consent = json.given("consent")?.let { Consent.fromJson(it.jsonObject) },
            quietHours = json.given("quiet_hours")?.let { QuietHours.fromJson(it.jsonObject) },
        )
    }
}

/** What to change; categories that are not named stay as they are. */
public data class PreferencesChange(
    val categories: Map<String, CategoryPreference> = emptyMap(),
    val consent: Consent? = null,
    val quietHours: QuietHours? = null,
) {
    fun toJson(): JsonObject = buildJsonObject {
        put("categories", JsonObject(categories.mapValues { it.value.toJson() }))
        consent?.let { put("consent", it.toJson()) }
        quietHours?.let { put("quiet_hours", it.toJson()) }
    }
}

/** RFC 9457 problem details, served as `application/problem+json`. */
public data class Problem(
    val type: String,
    val title: String,
    val status: Long,
    val detail: String = "",
    val errors: List<FieldError> = emptyList(),
) {
    public companion object {
        fun fromJson(json: JsonObject): Problem = Problem(
            type = json.getValue("type").jsonPrimitive.content,
            title = json.getValue("title").jsonPrimitive.content,
            status = json.getValue("status").jsonPrimitive.long,
            detail = json.given("detail")?.let { it.jsonPrimitive.content } ?: "",
            errors = json.given("errors")?.let { it.jsonArray.map { FieldError.fromJson(it.jsonObject) } } ?: emptyList(),
        )
    }
}

public data class PublicSettings(
    val appId: String,
    val name: String,
    val vapidPublicKey: String,
    val categories: List<String>,
) {
    public companion object {
        fun fromJson(json: JsonObject): PublicSettings = PublicSettings(
            appId = json.getValue("app_id").jsonPrimitive.content,
            name = json.getValue("name").jsonPrimitive.content,
            vapidPublicKey = json.getValue("vapid_public_key").jsonPrimitive.content,
            categories = json.getValue("categories").jsonArray.map { it.jsonPrimitive.content },
        )
    }
}

/** What a push carries to the SDK, as JSON (Web Push) or as string data values (FCM). */
public data class PushPayload(
    val deliveryId: String,
    val receipt: String,
    val title: String,
    val body: String = "",
    val imageUrl: String? = null,
    val link: String? = null,
    val actions: List<ActionView> = emptyList(),
    val data: Map<String, String> = emptyMap(),
    val collapseKey: String? = null,
    val silent: Boolean = false,
    val iconUrl: String? = null,
    val badgeUrl: String? = null,
    val requireInteraction: Boolean = false,
    val badge: Long? = null,
) {
    public companion object {
        fun fromJson(json: JsonObject): PushPayload = PushPayload(
            deliveryId = json.getValue("delivery_id").jsonPrimitive.content,
            receipt = json.getValue("receipt").jsonPrimitive.content,
            title = json.getValue("title").jsonPrimitive.content,
            body = json.given("body")?.let { it.jsonPrimitive.content } ?: "",
            imageUrl = json.given("image_url")?.let { it.jsonPrimitive.content },
            link = json.given("link")?.let { it.jsonPrimitive.content },
            actions = json.given("actions")?.let { it.jsonArray.map { ActionView.fromJson(it.jsonObject) } } ?: emptyList(),
            data = json.given("data")?.let { it.jsonObject.mapValues { it.value.jsonPrimitive.content } } ?: emptyMap(),
            collapseKey = json.given("collapse_key")?.let { it.jsonPrimitive.content },
            silent = json.given("silent")?.let { it.jsonPrimitive.boolean } ?: false,
            iconUrl = json.given("icon_url")?.let { it.jsonPrimitive.content },
            badgeUrl = json.given("badge_url")?.let { it.jsonPrimitive.content },
            requireInteraction = json.given("require_interaction")?.let { it.jsonPrimitive.boolean } ?: false,
            badge = json.given("badge")?.let { it.jsonPrimitive.long },
        )
    }
}

/** Wall-clock hours, in the person's own time zone, in which promotion waits. */
public data class QuietHours(
    val from: String,
    val to: String,
) {
    fun toJson(): JsonObject = buildJsonObject {
        put("from", JsonPrimitive(from))
        put("to", JsonPrimitive(to))
    }

    public companion object {
        fun fromJson(json: JsonObject): QuietHours = QuietHours(
            from = json.getValue("from").jsonPrimitive.content,
            to = json.getValue("to").jsonPrimitive.content,
        )
    }
}

/** The answer to a registration. `device_token` is the device key, shown this once. */
public data class Registered(
    val deviceId: String,
    val deviceToken: String,
    val personId: String,
) {
    public companion object {
        fun fromJson(json: JsonObject): Registered = Registered(
            deviceId = json.getValue("device_id").jsonPrimitive.content,
            deviceToken = json.getValue("device_token").jsonPrimitive.content,
            personId = json.getValue("person_id").jsonPrimitive.content,
        )
    }
}

public data class RejectedEvent(
    val index: Long,
    val detail: String,
) {
    public companion object {
        fun fromJson(json: JsonObject): RejectedEvent = RejectedEvent(
            index = json.getValue("index").jsonPrimitive.long,
            detail = json.getValue("detail").jsonPrimitive.content,
        )
    }
}

/** A PushSubscription (W3C Push API): where to send and how to encrypt (RFC 8291). */
public data class WebPush(
    val endpoint: String,
    val p256dh: String,
    val auth: String,
) : Address {
    override fun toJson(): JsonObject = buildJsonObject {
        put("kind", "web_push")
        put("endpoint", JsonPrimitive(endpoint))
        put("p256dh", JsonPrimitive(p256dh))
        put("auth", JsonPrimitive(auth))
    }
}
