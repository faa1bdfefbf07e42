package dev.fanfare

import java.io.File
import java.io.FileOutputStream
import java.io.IOException

/** Where an installation remembers what must survive the end of the process. Called by one thread at a time for each name. */
public interface Storage {
    /** Null when nothing was put there. */
    public fun get(name: String): String?

    /** Whole or not at all; null forgets it. */
    public fun put(name: String, value: String?)

    /** The lines that were appended since the last [replace], without one that was cut short. */
    public fun lines(name: String): List<String>

    public fun append(name: String, line: String)

    /** Whole or not at all. */
    public fun replace(name: String, lines: List<String>)
}

/** Files in a directory of their own; on Android `File(context.filesDir, "fanfare")`, which no other app can read. */
public class FileStorage(private val directory: File) : Storage {
    init {
        if (!directory.isDirectory && !directory.mkdirs()) throw IOException("$directory cannot be made.")
    }

    override fun get(name: String): String? = File(directory, name).takeIf { it.isFile }?.readText()

    override fun put(name: String, value: String?) {
        if (value == null) File(directory, name).delete() else write(name, value)
    }

    override fun lines(name: String): List<String> {
        val text = get(name) ?: return emptyList()
        val whole = text.substring(0, text.lastIndexOf('\n') + 1)
        // A process that ended in the middle of a line must not spoil the next one.
        if (whole.length < text.length) write(name, whole)
        return whole.lines().filter { it.isNotEmpty() }
    }

    override fun append(name: String, line: String) {
        FileOutputStream(File(directory, name), true).use { it.write("$line\n".toByteArray()) }
    }

    override fun replace(name: String, lines: List<String>) {
        write(name, lines.joinToString("") { "$it\n" })
    }

    private fun write(name: String, text: String) {
        val fresh = File(directory, "$name.new")
        FileOutputStream(fresh).use {
            it.write(text.toByteArray())
            it.fd.sync()
        }
        if (!fresh.renameTo(File(directory, name))) throw IOException("$name cannot be written in $directory.")
    }
}
