package dev.fanfare

import java.io.IOException

/**
 * A call that did not succeed.
 *
 * @property status HTTP status, or 0 when the API could not be reached
 * @property retryAfter seconds the server asks to wait
 */
public class FanfareException(
    public val status: Int,
    message: String,
    public val retryAfter: Double? = null,
    cause: Throwable? = null,
) : IOException(message, cause) {
    /** The same call may succeed later: no connection, too many calls, or the server is in trouble. */
    public val temporary: Boolean
        get() = status == 0 || status == 408 || status == 429 || status >= 500
}
