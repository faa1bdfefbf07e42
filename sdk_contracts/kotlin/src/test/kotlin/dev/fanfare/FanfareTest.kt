package dev.fanfare

import dev.fanfare.wire.Address
import dev.fanfare.wire.Change
import dev.fanfare.wire.DeviceChange
import dev.fanfare.wire.FcmToken
import dev.fanfare.wire.InboxItem
import java.io.File
import java.nio.file.Files
import java.time.Instant
import kotlin.test.AfterTest
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.jsonObject

class FanfareTest {
    private val directory = Files.createTempDirectory("fanfare").toFile()

    @AfterTest
    fun forget() {
        directory.deleteRecursively()
    }

    @Test
    fun `pauses grow, are capped, and are spread over their whole length`() {
        for ((attempt, most) in listOf(0 to 2.0, 3 to 16.0, 50 to 300.0)) {
            val pauses = List(500) { Waiting.backoff(attempt) }
            assertTrue(pauses.max() <= most && pauses.max() > most * 0.9)
            assertTrue(pauses.min() < most * 0.1)
        }
    }

    @Test
    fun `what the server asks for is waited at least, and not by all for equally long`() {
        val pauses = List(200) { Waiting.after(FanfareException(429, "", 30.0), 0) }
        assertTrue(pauses.min() >= 30_000)
        assertTrue(pauses.max() - pauses.min() > 1_000)
    }

    @Test
    fun `Retry-After is a number of seconds or a date, and never more than an hour`() {
        val now = Instant.parse("2026-01-01T00:00:00Z")
        assertEquals(120.0, Waiting.retryAfter("120", now))
        assertEquals(60.0, Waiting.retryAfter("Thu, 01 Jan 2026 00:01:00 GMT", now))
        assertEquals(3600.0, Waiting.retryAfter("Thu, 01 Jan 2026 09:00:00 GMT", now))
        for (nothing in listOf(null, "", "0", "soon", "Wed, 31 Dec 2025 00:00:00 GMT")) assertNull(Waiting.retryAfter(nothing, now))
    }

    @Test
    fun `a line that was cut short is forgotten and spoils no other`() {
        val storage = FileStorage(directory)
        storage.append("events", "whole")
        File(directory, "events").appendText("hal")
        assertEquals(listOf("whole"), storage.lines("events"))
        storage.append("events", "next")
        assertEquals(listOf("whole", "next"), storage.lines("events"))
    }

    @Test
    fun `what was seen a month ago is forgotten`() {
        var now = 0L
        val storage = FileStorage(directory)
        assertTrue(Once(storage, "shown") { now }.first("dlv_1"))
        now = 29L * 24 * 3600 * 1000
        assertFalse(Once(storage, "shown") { now }.first("dlv_1"))
        now = 31L * 24 * 3600 * 1000
        assertTrue(Once(storage, "shown") { now }.first("dlv_1"))
        assertEquals(1, storage.lines("shown").size)
    }

    @Test
    fun `another app's installation is not taken over`() {
        val storage = FileStorage(directory)
        val first = Fanfare("http://127.0.0.1:9", "ffp_1", storage).use { it.identity }
        assertEquals(first, Fanfare("http://127.0.0.1:9", "ffp_1", storage).use { it.identity })
        assertFalse(first == Fanfare("http://127.0.0.1:9", "ffp_2", storage).use { it.identity })
    }

    @Test
    fun `a push from Firebase is read, and what is not ours is left alone`() {
        val data = mapOf(
            "delivery_id" to "dlv_1", "receipt" to "ffr_1", "link" to "https://shop.example/", "order" to "7", "badge" to "3",
            "actions" to """[{"id":"buy","label":"Buy","link":null}]""",
        )
        val payload = Push.fromFcm(data, "Hello", "Warm")!!
        assertEquals(listOf("buy"), payload.actions.map { it.id })
        assertEquals(mapOf("order" to "7"), payload.data)
        assertEquals("Hello", payload.title)
        assertEquals(3, payload.badge)
        assertNull(Push.fromFcm(mapOf("order" to "7")))
    }

    @Test
    fun `left out, cleared and set are three things`() {
        val address: Change<Address> = Change(FcmToken("t"))
        assertEquals("{}", DeviceChange().toJson().toString())
        assertEquals("""{"locale":null}""", DeviceChange(locale = Change(null)).toJson().toString())
        assertEquals("""{"address":{"kind":"fcm_token","token":"t"}}""", DeviceChange(address = address).toJson().toString())
    }

    @Test
    fun `an item of a later version is read`() {
        val text = """{"id":"itm_1","campaign_id":"c","delivery_id":"d","kind":"new","category":null,"title":"T","body":"",
            "image_url":null,"link":null,"actions":[],"data":{},"created_at":"2026-01-01T00:00:00.5Z","expires_at":null,
            "seen_at":null,"read_at":null,"archived_at":null,"acknowledged_at":null,"later":{"a":[1]}}"""
        assertEquals(Instant.parse("2026-01-01T00:00:00.500Z"), InboxItem.fromJson(Json.parseToJsonElement(text).jsonObject).createdAt)
    }
}
