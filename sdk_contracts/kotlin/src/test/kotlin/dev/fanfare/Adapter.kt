/** The Kotlin SDK under the conformance suite: commands come as lines of JSON, answers go the same way. */
package dev.fanfare

import dev.fanfare.wire.EventKind
import dev.fanfare.wire.InboxItem
import dev.fanfare.wire.InboxPage
import dev.fanfare.wire.PushPayload
import java.io.File
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.add
import kotlinx.serialization.json.buildJsonArray
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.contentOrNull
import kotlinx.serialization.json.double
import kotlinx.serialization.json.int
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.put
import kotlinx.serialization.json.putJsonArray

private class Watched : InboxListener {
    private var items = emptyList<InboxItem>()

    @get:Synchronized
    val ids: List<String> get() = items.map { it.id }

    @Synchronized
    override fun page(page: InboxPage) {
        items = page.items
    }

    @Synchronized
    override fun item(item: InboxItem) {
        items = (items.filter { it.id != item.id } + item).sortedByDescending { it.createdAt }
    }

    @Synchronized
    override fun removed(itemId: String) {
        items = items.filter { it.id != itemId }
    }
}

private class Adapter {
    private lateinit var fanfare: Fanfare
    private val watched = Watched()

    fun answer(what: String, given: JsonObject): JsonElement {
        fun text(name: String): String? = given[name]?.jsonPrimitive?.contentOrNull
        fun needed(name: String): String = given.getValue(name).jsonPrimitive.content
        when (what) {
            "hello" -> return buildJsonObject {
                put("sdk", "kotlin")
                putJsonArray("capabilities") { add("live") }
            }
            "start" -> fanfare = Fanfare(needed("api"), needed("key"), FileStorage(File(needed("storage"))))
            "register" -> {
                val topics = given["topics"]?.jsonArray?.map { it.jsonPrimitive.content }.orEmpty()
                val identity = fanfare.register(About(topics = topics))
                return buildJsonObject {
                    put("device_id", identity.deviceId)
                    put("person_id", identity.personId)
                }
            }
            "login" -> fanfare.login(needed("external_id"), text("signature"))
            "logout" -> fanfare.logout()
            "report" -> {
                val kind = EventKind.entries.first { it.wire == needed("kind") }
                val value = given["value"]?.jsonPrimitive?.double
                fanfare.report(kind, needed("delivery_id"), text("action_id"), text("name"), value, text("currency"))
            }
            "push" -> {
                val payload = PushPayload.fromJson(given.getValue("payload").jsonObject)
                return buildJsonObject { put("shown", fanfare.push(payload) {}) }
            }
            "inbox" -> {
                val filter = Filter.entries.first { it.wire == (text("filter") ?: "all") }
                val page = fanfare.inbox.page(filter, given["limit"]?.jsonPrimitive?.int ?: 20, text("cursor"))
                return buildJsonObject {
                    put("ids", ids(page.items.map { it.id }))
                    put("unread", page.unread)
                    put("next_cursor", page.nextCursor)
                }
            }
            "summary" -> {
                val summary = fanfare.inbox.summary()
                return buildJsonObject {
                    put("unread", summary.unread)
                    put("unseen", summary.unseen)
                }
            }
            "mark" -> fanfare.inbox.mark(needed("item_id"), Verb.entries.first { it.wire == needed("verb") })
            "remove" -> fanfare.inbox.remove(needed("item_id"))
            "read_all" -> fanfare.inbox.readAll()
            "watch" -> fanfare.inbox.watch(watched)
            "watched" -> return buildJsonObject { put("ids", ids(watched.ids)) }
            else -> error("What is $what?")
        }
        return JsonNull
    }

    private fun ids(ids: List<String>) = buildJsonArray { ids.forEach { add(it) } }
}

fun main() {
    val adapter = Adapter()
    generateSequence(::readLine).forEach { line ->
        val given = Json.parseToJsonElement(line).jsonObject
        val said = try {
            buildJsonObject { put("ok", adapter.answer(given.getValue("do").jsonPrimitive.content, given)) }
        } catch (error: Exception) {
            val status = (error as? FanfareException)?.status ?: -1
            buildJsonObject {
                put("error", JsonObject(mapOf("status" to JsonPrimitive(status), "message" to JsonPrimitive("$error"))))
            }
        }
        println(said)
    }
}
