package dev.fanfare

import dev.fanfare.wire.InboxPage
import dev.fanfare.wire.InboxSummary
import java.net.URLEncoder
import java.util.concurrent.ConcurrentHashMap

/** Which items: [ALL] is what is not archived. */
public enum class Filter(internal val wire: String) { ALL("all"), UNREAD("unread"), ARCHIVED("archived") }

/** What can be done to an item, as often as one likes. */
public enum class Verb(internal val wire: String) {
    READ("read"), UNREAD("unread"), SEEN("seen"), ARCHIVE("archive"), UNARCHIVE("unarchive"), ACKNOWLEDGE("acknowledge")
}

/** The person's message centre. Calls block, and throw [FanfareException]. */
public class Inbox internal constructor(private val installation: Installation) {
    private class Known(val etag: String, val page: InboxPage)

    private val pages = ConcurrentHashMap<String, Known>()

    /** One page, newest first. The same object is returned while nothing has changed. */
    @JvmOverloads
    public fun page(filter: Filter = Filter.ALL, limit: Int = 20, cursor: String? = null): InboxPage {
        val more = cursor?.let { "&cursor=${encoded(it)}" }.orEmpty()
        val path = "/v1/inbox?filter=${filter.wire}&limit=$limit$more"
        val known = pages[path]
        val answer = installation.call("GET", path, headers = known?.let { mapOf("If-None-Match" to it.etag) }.orEmpty())
        if (known != null && answer.status == 304) return known.page
        val page = InboxPage.fromJson(answer.json)
        if (answer.etag != null && cursor == null) pages[path] = Known(answer.etag, page)
        return page
    }

    public fun summary(): InboxSummary = InboxSummary.fromJson(installation.call("GET", "/v1/inbox/summary").json)

    public fun mark(itemId: String, verb: Verb) {
        installation.call("POST", "/v1/inbox/${encoded(itemId)}/${verb.wire}")
    }

    public fun remove(itemId: String) {
        installation.call("DELETE", "/v1/inbox/${encoded(itemId)}")
    }

    public fun readAll() {
        installation.call("POST", "/v1/inbox/read-all")
    }

    /** Follow the inbox until the answer is closed; [listener] is called by a thread of its own. */
    public fun watch(listener: InboxListener): AutoCloseable = LiveInbox(this, installation, listener).also { it.start() }

    /** Another person: nothing read before counts. */
    internal fun reset() {
        pages.clear()
    }

    private fun encoded(text: String): String = URLEncoder.encode(text, "UTF-8")
}
