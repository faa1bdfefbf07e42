package dev.fanfare

import dev.fanfare.wire.Event
import java.util.concurrent.ScheduledExecutorService
import java.util.concurrent.ScheduledFuture
import java.util.concurrent.TimeUnit
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive

/**
 * Events on their way to `POST /v1/events`. They are stored before they are sent and never change, so that an `event_id`
 * always means the same event; they are sent by [executor], again and again after growing pauses.
 */
internal class EventQueue(
    private val api: Api,
    private val deviceKey: () -> String?,
    private val storage: Storage,
    private val executor: ScheduledExecutorService,
) {
    private class Stored(val id: String, val json: String, val keyless: Boolean)

    private val waiting = LinkedHashMap<String, Stored>()
    private val sent = Once(storage, SENT)
    private var attempt = 0
    private var next: ScheduledFuture<*>? = null

    init {
        for (line in storage.lines(FILE)) restore(line)?.let { waiting[it.id] = it }
    }

    val size: Int
        @Synchronized get() = waiting.size

    /**
     * Store an event, and send it when it can be, at some moment of the next [spread] milliseconds. One that waits or was
     * sent happened already; a full queue takes no more.
     */
    @Synchronized
    fun add(event: Event, spread: Long = 0) {
        if (event.eventId in waiting || event.eventId in sent || waiting.size >= LONGEST) return
        val json = event.toJson().toString()
        storage.append(FILE, json)
        waiting[event.eventId] = Stored(event.eventId, json, event.receipt != null)
        sendSoon(spread)
    }

    /** Send now what can be sent: the phone has a connection again, or the app has begun. */
    @Synchronized
    fun wake() {
        if (next?.cancel(false) != false) next = null
        if (waiting.isNotEmpty()) sendSoon()
    }

    @Synchronized
    fun clear() {
        waiting.clear()
        sent.clear()
        storage.replace(FILE, emptyList())
    }

    /** At most one sending is planned or under way: what is added meanwhile goes with it. */
    @Synchronized
    private fun sendSoon(spread: Long = 0) {
        if (next == null) plan((Math.random() * spread).toLong())
    }

    /** What the server asked to wait for is waited by all, also after a restart. */
    private fun plan(millis: Long) {
        next = executor.schedule(::sendAll, maxOf(0, millis, notBefore() - System.currentTimeMillis()), TimeUnit.MILLISECONDS)
    }

    private fun sendAll() {
        val pause = try {
            generateSequence { batch().ifEmpty { null } }.forEach(::send)
            attempt = 0
            null
        } catch (error: FanfareException) {
            error.retryAfter?.let { storage.put(NOT_BEFORE, (System.currentTimeMillis() + (it * 1000).toLong()).toString()) }
            Waiting.after(error, attempt).also { attempt += 1 }
        }
        synchronized(this) {
            next = null
            if (pause != null) plan(pause) else if (batch().isNotEmpty()) plan(0)
        }
    }

    /** Events with a receipt need no key and go by themselves; the others wait for the installation to be registered. */
    @Synchronized
    private fun batch(): List<Stored> {
        val keyless = waiting.values.filter { it.keyless }.take(LARGEST_BATCH)
        if (keyless.isNotEmpty() || deviceKey() == null) return keyless
        return waiting.values.take(LARGEST_BATCH)
    }

    private fun send(events: List<Stored>) {
        val key = if (events.first().keyless) null else deviceKey()
        try {
            api.call("POST", "/v1/events", key, events.joinToString(",", "{\"events\":[", "]}") { it.json })
        } catch (error: FanfareException) {
            if (error.temporary) throw error
            if (error.status in setOf(400, 413) && events.size > 1) {
                // One of them is bad: the others need not go with it.
                events.chunked((events.size + 1) / 2).forEach(::send)
                return
            }
        }
        done(events)
    }

    @Synchronized
    private fun done(events: List<Stored>) {
        for (event in events) {
            sent.first(event.id)
            waiting.remove(event.id)
        }
        storage.replace(FILE, waiting.values.map { it.json })
    }

    /** A clock that was set back must not hold events for years. */
    private fun notBefore(): Long {
        val at = storage.get(NOT_BEFORE)?.trim()?.toLongOrNull() ?: return 0
        val longest = System.currentTimeMillis() + (Waiting.LONGEST_ASKED_SECONDS * 1000).toLong()
        return if (at <= longest) at else 0
    }

    private fun restore(line: String): Stored? = runCatching {
        val json = Json.parseToJsonElement(line).jsonObject
        Stored(json.getValue("event_id").jsonPrimitive.content, line, "receipt" in json)
    }.getOrNull()

    private companion object {
        const val FILE = "events"
        const val SENT = "events_sent"
        const val NOT_BEFORE = "events_not_before"
        const val LARGEST_BATCH = 500 // POST /v1/events takes no more.
        const val LONGEST = 5_000
    }
}
