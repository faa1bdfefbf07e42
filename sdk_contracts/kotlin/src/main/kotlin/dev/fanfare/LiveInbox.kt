package dev.fanfare

import dev.fanfare.wire.InboxChanged
import dev.fanfare.wire.InboxItem
import dev.fanfare.wire.InboxPage
import java.io.IOException
import kotlin.concurrent.thread
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import okhttp3.Response
import okio.BufferedSource

/** Hears what happens to the inbox. */
public interface InboxListener {
    /** The first page anew: at the beginning, and whenever something may have been missed. */
    public fun page(page: InboxPage)

    /** A new item, or one that has changed: put it in the place of the one with its id. */
    public fun item(item: InboxItem)

    /** Deleted, expired or withdrawn. */
    public fun removed(itemId: String)

    public fun counts(unread: Long, unseen: Long) {}

    /** What is shown may be old; it is tried again. */
    public fun away(error: FanfareException) {}
}

/** `GET /v1/inbox/stream`: opened again after a jittered pause when it ends, and resumed from the last event. */
internal class LiveInbox(
    private val inbox: Inbox,
    private val installation: Installation,
    private val listener: InboxListener,
) : AutoCloseable {
    private var lastId: String? = null
    private var retrySeconds = 2.0

    @Volatile
    private var open: Response? = null
    private var running: Thread? = null

    @Volatile
    private var closed = false

    fun start() {
        running = thread(isDaemon = true, name = "fanfare-inbox") { run() }
    }

    override fun close() {
        closed = true
        open?.close()
        running?.interrupt()
    }

    private fun run() {
        var attempt = 0
        while (!closed) {
            val pause = try {
                if (follow()) attempt = 0
                Waiting.backoff(attempt, retrySeconds) * 1000
            } catch (error: FanfareException) {
                if (!closed) listener.away(error)
                if (error.temporary && error.status != 501) Waiting.after(error, attempt).toDouble() else NOT_OFFERED_MILLIS
            }
            attempt += 1
            try {
                if (!closed) Thread.sleep(pause.toLong())
            } catch (_: InterruptedException) {
                return
            }
        }
    }

    /** Until the stream ends. Returns whether it has told anything. */
    private fun follow(): Boolean {
        val headers = mapOf("Accept" to "text/event-stream") + lastId?.let { mapOf("Last-Event-ID" to it) }.orEmpty()
        installation.open("/v1/inbox/stream", headers).use { response ->
            open = response
            // Opened first and read then: what happens in between is told.
            listener.page(inbox.page())
            return response.body?.source()?.let(::read) ?: false
        }
    }

    private fun read(source: BufferedSource): Boolean {
        var told = false
        var name = ""
        val data = StringBuilder()
        try {
            while (!closed) {
                val line = source.readUtf8Line() ?: return told
                val value = line.substringAfter(':', "").removePrefix(" ")
                when (line.substringBefore(':')) {
                    "event" -> name = value
                    "data" -> data.append(value)
                    "id" -> lastId = value
                    "retry" -> value.toLongOrNull()?.let { retrySeconds = it / 1000.0 }
                    "" -> if (line.isEmpty()) {
                        if (data.isNotEmpty()) tell(name, data.toString()).also { told = true }
                        name = ""
                        data.clear()
                    }
                }
            }
        } catch (_: IOException) {
            // A connection that breaks is a stream that ends.
        }
        return told
    }

    private fun tell(name: String, data: String) {
        val json = runCatching { Json.parseToJsonElement(data).jsonObject }.getOrNull() ?: return
        when (name) {
            "item", "changed" -> listener.item(InboxItem.fromJson(json))
            "removed" -> listener.removed(json.getValue("id").jsonPrimitive.content)
            "summary" -> {
                val changed = InboxChanged.fromJson(json)
                listener.counts(changed.unread, changed.unseen)
                if (changed.reload) listener.page(inbox.page())
            }
        }
    }

    private companion object {
        const val NOT_OFFERED_MILLIS = 600_000.0
    }
}
