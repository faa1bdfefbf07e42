package dev.fanfare

import java.time.Duration
import java.time.Instant
import java.time.ZonedDateTime
import java.time.format.DateTimeFormatter
import java.time.format.DateTimeParseException
import kotlin.random.Random

/** When to do something again, so that many phones do not come back in the same moment. */
internal object Waiting {
    private const val FIRST_SECONDS = 2.0
    private const val LONGEST_SECONDS = 300.0
    const val LONGEST_ASKED_SECONDS = 3600.0

    /** Exponential backoff with full jitter, in seconds. [attempt] counts from 0. */
    fun backoff(attempt: Int, first: Double = FIRST_SECONDS): Double =
        Random.nextDouble() * minOf(LONGEST_SECONDS, first * Math.pow(2.0, attempt.toDouble()))

    /** Milliseconds to wait after a failure: what the server asks for, and a random time on top. */
    fun after(error: FanfareException, attempt: Int): Long =
        (((error.retryAfter ?: 0.0) + backoff(attempt)) * 1000).toLong()

    /** `Retry-After` in seconds: a number, or a date (RFC 9110, section 10.2.3). */
    fun retryAfter(header: String?, now: Instant = Instant.now()): Double? {
        val seconds = header?.trim()?.toDoubleOrNull() ?: secondsUntil(header, now) ?: return null
        return if (seconds > 0) minOf(LONGEST_ASKED_SECONDS, seconds) else null
    }

    private fun secondsUntil(date: String?, now: Instant): Double? = try {
        date?.let { ZonedDateTime.parse(it, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant() }
            ?.let { Duration.between(now, it).toMillis() / 1000.0 }
    } catch (_: DateTimeParseException) {
        null
    }
}
