package dev.fanfare

import java.time.Duration

/** Names that were seen in the last 30 days: deliveries that were shown, events that were sent. */
internal class Once(private val storage: Storage, private val file: String, private val now: () -> Long = System::currentTimeMillis) {
    private val seen = HashMap<String, Long>()

    init {
        val lines = storage.lines(file)
        for (line in lines) {
            val (at, name) = line.split(' ', limit = 2).takeIf { it.size == 2 } ?: continue
            at.toLongOrNull()?.takeIf { it > now() - KEPT_MILLIS }?.let { seen[name] = it }
        }
        if (seen.size < lines.size) storage.replace(file, seen.map { (name, at) -> "$at $name" })
    }

    /** True the first time only. */
    @Synchronized
    fun first(name: String): Boolean {
        if (name in seen) return false
        seen[name] = now()
        storage.append(file, "${now()} $name")
        return true
    }

    @Synchronized
    operator fun contains(name: String): Boolean = name in seen

    @Synchronized
    fun clear() {
        seen.clear()
        storage.replace(file, emptyList())
    }

    private companion object {
        val KEPT_MILLIS: Long = Duration.ofDays(30).toMillis()
    }
}
