package dev.fanfare

import dev.fanfare.wire.Address
import dev.fanfare.wire.Change
import dev.fanfare.wire.Consent
import dev.fanfare.wire.Device
import dev.fanfare.wire.DeviceChange
import dev.fanfare.wire.DeviceRegistration
import dev.fanfare.wire.Event
import dev.fanfare.wire.EventKind
import dev.fanfare.wire.LoggedIn
import dev.fanfare.wire.Login
import dev.fanfare.wire.Platform
import dev.fanfare.wire.Preferences
import dev.fanfare.wire.PreferencesChange
import dev.fanfare.wire.PublicSettings
import dev.fanfare.wire.PushPayload
import java.time.Instant
import java.time.temporal.ChronoUnit
import java.util.UUID
import java.util.concurrent.Executors
import kotlinx.serialization.json.JsonPrimitive
import okhttp3.OkHttpClient

/**
 * One installation of the app.
 *
 * Calls to the API block and throw [FanfareException]; [report], [push] and [tapped] return as soon as the event is stored, and
 * it is sent in the background, also after a restart. Make one of it for a process.
 *
 * @param url where the API is, e.g. `https://push.example.com`
 * @param publishableKey `ffp_…`
 * @param storage what must survive the end of the process
 */
public class Fanfare @JvmOverloads constructor(
    url: String,
    publishableKey: String,
    storage: Storage,
    client: OkHttpClient = OkHttpClient(),
) : AutoCloseable {
    private val executor = Executors.newSingleThreadScheduledExecutor { Thread(it, "fanfare").apply { isDaemon = true } }
    private val api = Api(url.trimEnd('/'), client)
    private val installation = Installation(api, publishableKey, storage)
    private val shown = Once(storage, "shown")
    private val events = EventQueue(api, { installation.identity.deviceKey }, storage, executor)

    /** The person's message centre. */
    public val inbox: Inbox = Inbox(installation)

    init {
        events.wake()
    }

    /** Ids of this installation and its person, as far as known. */
    public val identity: Identity get() = installation.identity

    public val registered: Boolean get() = identity.deviceKey != null

    /** How many events have not reached the API yet. */
    public val waiting: Int get() = events.size

    /** Stops sending; what waits is sent when the app starts again. */
    override fun close() {
        executor.shutdownNow()
    }

    // --- This installation ------------------------------------------------------------------------------------------

    /** The app's public settings. */
    public fun app(): PublicSettings = PublicSettings.fromJson(installation.read("/v1/app").json)

    /** Register, or refresh what the server knows of this installation. Do so at every start. */
    public fun register(about: About = About()): Identity {
        val person = identity.personId
        installation.enrol(about.registration())
        if (identity.personId != person) inbox.reset()
        events.wake()
        return identity
    }

    /** What the server knows of this device. */
    public fun device(): Device = Device.fromJson(installation.call("GET", "/v1/devices/me").json)

    public fun change(change: DeviceChange): Device =
        Device.fromJson(installation.call("PATCH", "/v1/devices/me", change.toJson().toString()).json)

    /** The provider has given this phone another address, or has taken it away (null). */
    public fun moved(address: Address?): Device = change(DeviceChange(address = Change(address)))

    /** Remove this installation from the server and forget everything here. */
    public fun uninstall() {
        if (registered) installation.call("DELETE", "/v1/devices/me")
        installation.remember(Identity(UUID.randomUUID().toString()))
        events.clear()
        shown.clear()
        inbox.reset()
    }

    public fun follow(topic: String) {
        installation.call("PUT", "/v1/devices/me/topics/$topic")
    }

    public fun unfollow(topic: String) {
        installation.call("DELETE", "/v1/devices/me/topics/$topic")
    }

    // --- The person -------------------------------------------------------------------------------------------------

    /**
     * Say who uses this installation; what the anonymous person had merges into the known one.
     *
     * @param signature hex HMAC-SHA256(identity secret, external id), made by your backend
     */
    @JvmOverloads
    public fun login(externalId: String, signature: String? = null) {
        val answer = installation.call("PUT", PERSON, Login(externalId, signature).toJson().toString())
        become(LoggedIn.fromJson(answer.json))
    }

    /** Back to an anonymous person. */
    public fun logout() {
        become(LoggedIn.fromJson(installation.call("DELETE", PERSON).json))
    }

    public fun preferences(): Preferences = Preferences.fromJson(installation.call("GET", PREFERENCES).json)

    /** Change preferences; categories that are not named stay. */
    public fun changePreferences(change: PreferencesChange): Preferences =
        Preferences.fromJson(installation.call("PUT", PREFERENCES, change.toJson().toString()).json)

    /** Record that the person agrees to promotion, or no longer does; how they said so, and the words they agreed to. */
    @JvmOverloads
    public fun consent(promotion: Boolean, source: String? = null, text: String? = null): Preferences =
        changePreferences(PreferencesChange(consent = Consent(promotion, now(), source, text)))

    private fun become(person: LoggedIn) {
        installation.remember(identity.copy(personId = person.personId, externalId = person.externalId))
        inbox.reset()
    }

    // --- Pushes and events --------------------------------------------------------------------------------------------

    /**
     * Show a push once and report it. The server sends at least once: false means that this is a copy, and nothing was shown.
     */
    public fun push(payload: PushPayload, show: (PushPayload) -> Unit): Boolean {
        if (!shown.first(payload.deliveryId)) return false
        show(payload)
        // All phones are pushed to in the same moment; they need not report in the same one.
        note(payload, EventKind.RECEIVED, spread = SPREAD_MILLIS)
        note(payload, EventKind.DISPLAYED, spread = SPREAD_MILLIS)
        return true
    }

    /** The person tapped the notification or, with its id, one of its buttons. Going where it leads is the app's part. */
    @JvmOverloads
    public fun tapped(payload: PushPayload, actionId: String? = null) {
        val link = payload.actions.firstOrNull { it.id == actionId }?.link ?: payload.link
        note(payload, EventKind.OPENED)
        if (actionId != null || link != null) note(payload, EventKind.CLICKED, actionId)
    }

    /** The person put the notification away. */
    public fun dismissed(payload: PushPayload) {
        note(payload, EventKind.DISMISSED)
    }

    /** Report what the person did with a delivery, an inbox item for one. A person may convert more than once. */
    @JvmOverloads
    public fun report(
        kind: EventKind,
        deliveryId: String,
        actionId: String? = null,
        name: String? = null,
        value: Double? = null,
        currency: String? = null,
    ) {
        val id = if (kind == EventKind.CONVERTED) UUID.randomUUID().toString() else eventId(kind, deliveryId, actionId)
        events.add(Event(id, kind, now(), deliveryId, null, actionId, name, value, currency))
    }

    /** The push's receipt stands in for a key. */
    private fun note(payload: PushPayload, kind: EventKind, actionId: String? = null, spread: Long = 0) {
        val event = Event(eventId(kind, payload.deliveryId, actionId), kind, now(), receipt = payload.receipt, actionId = actionId)
        events.add(event, spread)
    }

    private fun eventId(kind: EventKind, deliveryId: String, actionId: String?): String =
        listOfNotNull(kind.wire, deliveryId, actionId).joinToString(":")

    private fun now(): Instant = Instant.now().truncatedTo(ChronoUnit.MILLIS)

    private companion object {
        const val PERSON = "/v1/devices/me/person"
        const val PREFERENCES = "/v1/me/preferences"
        const val SPREAD_MILLIS = 3_000L
    }
}

/** What the app says about its installation; without an address it has an inbox and no pushes. */
public data class About(
    val address: Address? = null,
    val optedIn: Boolean = true,
    val locale: String? = null,
    val timezone: String? = null,
    val appVersion: String? = null,
    val osVersion: String? = null,
    val model: String? = null,
    val tags: Map<String, JsonPrimitive> = emptyMap(),
    val topics: List<String> = emptyList(),
    val platform: Platform = Platform.ANDROID,
) {
    internal fun registration(): DeviceRegistration = DeviceRegistration(
        installationId = "", // The installation puts in its own.
        platform = platform,
        address = address,
        optedIn = optedIn,
        locale = locale,
        timezone = timezone,
        appVersion = appVersion,
        osVersion = osVersion,
        model = model,
        tags = tags,
        topics = topics,
    )
}
