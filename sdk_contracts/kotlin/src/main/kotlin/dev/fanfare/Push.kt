package dev.fanfare

import dev.fanfare.wire.ActionView
import dev.fanfare.wire.PushPayload
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject

/** Reads a push as FCM hands it over. */
public object Push {
    private val OURS = setOf("delivery_id", "receipt", "link", "actions", "silent", "badge")

    /**
     * The payload of a Fanfare message; null for one that is not from Fanfare.
     *
     * @param data `RemoteMessage.data`: our fields as strings, `actions` as JSON, everything else the app's own
     * @param title, body, imageUrl of `RemoteMessage.notification`
     */
    @JvmStatic
    @JvmOverloads
    public fun fromFcm(data: Map<String, String>, title: String? = null, body: String? = null, imageUrl: String? = null): PushPayload? {
        val deliveryId = data["delivery_id"] ?: return null
        return PushPayload(
            deliveryId = deliveryId,
            receipt = data["receipt"] ?: return null,
            title = title.orEmpty(),
            body = body.orEmpty(),
            imageUrl = imageUrl,
            link = data["link"],
            actions = data["actions"]?.let(::actions).orEmpty(),
            data = data - OURS,
            silent = data["silent"] == "true",
            badge = data["badge"]?.toLongOrNull(),
        )
    }

    private fun actions(text: String): List<ActionView> =
        runCatching { Json.parseToJsonElement(text).jsonArray.map { ActionView.fromJson(it.jsonObject) } }.getOrDefault(emptyList())
}
