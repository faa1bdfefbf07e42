package dev.fanfare

import dev.fanfare.wire.DeviceRegistration
import dev.fanfare.wire.Registered
import java.util.UUID
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.put

/** Who this installation is. [deviceKey] is not to be shown to anybody. */
public data class Identity(
    val installationId: String,
    val deviceId: String? = null,
    val deviceKey: String? = null,
    val personId: String? = null,
    val externalId: String? = null,
)

/** This installation as the server knows it: its id, its device key, and calls made in its name. */
internal class Installation(private val api: Api, private val key: String, private val storage: Storage) {
    @Volatile
    var identity: Identity = recall() ?: Identity(UUID.randomUUID().toString())
        private set

    init {
        remember(identity)
    }

    /**
     * Register, proving with the device key that a known installation is ours. Where the server does not take the proof
     * (the answer with the key was lost, or the device was removed), begin anew under another id.
     */
    @Synchronized
    fun enrol(about: DeviceRegistration) {
        val known = identity
        try {
            val answer = register(about.copy(installationId = known.installationId), known.deviceKey)
            val same = answer.personId == known.personId
            remember(identityOf(known.installationId, answer).copy(externalId = if (same) known.externalId else null))
            return
        } catch (error: FanfareException) {
            val unknown = error.status == 409 || (known.deviceKey != null && error.status in setOf(401, 403, 404))
            if (!unknown) throw error
        }
        val fresh = UUID.randomUUID().toString()
        remember(identityOf(fresh, register(about.copy(installationId = fresh), null)))
    }

    private fun register(about: DeviceRegistration, deviceKey: String?): Registered {
        val headers = deviceKey?.let { mapOf("Fanfare-Device" to it) }.orEmpty()
        return Registered.fromJson(api.call("POST", "/v1/devices", key, about.toJson().toString(), headers).json)
    }

    private fun identityOf(installationId: String, answer: Registered) =
        Identity(installationId, answer.deviceId, answer.deviceToken, answer.personId)

    /** Call with the publishable key. */
    fun read(path: String): Api.Answer = api.call("GET", path, key)

    /** Call with the device key. */
    fun call(method: String, path: String, body: String? = null, headers: Map<String, String> = emptyMap()): Api.Answer =
        api.call(method, path, deviceKey(), body, headers)

    fun open(path: String, headers: Map<String, String>) = api.open(path, deviceKey(), headers)

    private fun deviceKey(): String = identity.deviceKey
        ?: throw FanfareException(401, "This installation is not registered yet: call register() first.")

    @Synchronized
    fun remember(changed: Identity) {
        identity = changed
        val text = buildJsonObject {
            put("publishable_key", key)
            put("installation_id", changed.installationId)
            changed.deviceId?.let { put("device_id", it) }
            changed.deviceKey?.let { put("device_key", it) }
            changed.personId?.let { put("person_id", it) }
            changed.externalId?.let { put("external_id", it) }
        }
        storage.put(FILE, text.toString())
    }

    /** What belongs to another app is not ours. */
    private fun recall(): Identity? {
        val known = storage.get(FILE)?.let { runCatching { Json.parseToJsonElement(it).jsonObject }.getOrNull() } ?: return null
        fun text(name: String): String? = (known[name] as? JsonPrimitive)?.content
        val installationId = text("installation_id")
        if (installationId == null || text("publishable_key") != key) return null
        return Identity(installationId, text("device_id"), text("device_key"), text("person_id"), text("external_id"))
    }

    private companion object {
        const val FILE = "installation"
    }
}
