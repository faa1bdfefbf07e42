package dev.fanfare

import java.io.IOException
import java.util.concurrent.TimeUnit
import kotlinx.serialization.SerializationException
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.jsonObject
import okhttp3.MediaType.Companion.toMediaType
import okhttp3.OkHttpClient
import okhttp3.Request
import okhttp3.RequestBody.Companion.toRequestBody
import okhttp3.Response

/** Calls to the API; they block, so make them off the main thread. */
internal class Api(private val url: String, client: OkHttpClient) {
    // What fails is tried again by us, after a pause, and not by the client at once.
    private val http = client.newBuilder().retryOnConnectionFailure(false).callTimeout(TIMEOUT_SECONDS, TimeUnit.SECONDS).build()
    private val streaming = http.newBuilder().callTimeout(0, TimeUnit.SECONDS).readTimeout(SILENCE_SECONDS, TimeUnit.SECONDS).build()

    /** An answer that has been read. */
    class Answer(val status: Int, val text: String, val etag: String?) {
        val json: JsonObject
            get() = try {
                Json.parseToJsonElement(text).jsonObject
            } catch (error: SerializationException) {
                throw FanfareException(0, "The API answered with what is no JSON.", cause = error)
            }
    }

    /** A 2xx answer, or 304 to `If-None-Match`. Throws [FanfareException]. */
    fun call(
        method: String,
        path: String,
        key: String?,
        body: String? = null,
        headers: Map<String, String> = emptyMap(),
    ): Answer {
        try {
            http.newCall(request(method, path, key, body, headers)).execute().use { response ->
                val text = response.body?.string().orEmpty()
                if (response.isSuccessful || response.code == 304) return Answer(response.code, text, response.header("ETag"))
                throw refusal(response, text)
            }
        } catch (error: FanfareException) {
            throw error
        } catch (error: IOException) {
            throw FanfareException(0, "The API at $url could not be reached ($error).", cause = error)
        }
    }

    /** An answer that goes on; whoever opens it closes it. Throws [FanfareException]. */
    fun open(path: String, key: String, headers: Map<String, String>): Response {
        try {
            val response = streaming.newCall(request("GET", path, key, null, headers)).execute()
            if (response.isSuccessful) return response
            response.use { throw refusal(it, it.body?.string().orEmpty()) }
        } catch (error: FanfareException) {
            throw error
        } catch (error: IOException) {
            throw FanfareException(0, "The API at $url could not be reached ($error).", cause = error)
        }
    }

    private fun request(method: String, path: String, key: String?, body: String?, headers: Map<String, String>): Request {
        val empty = if (method in setOf("POST", "PUT", "PATCH")) "" else null
        val content = (body ?: empty)?.toByteArray()?.toRequestBody(if (body == null) null else JSON)
        val request = Request.Builder().url(url + path).method(method, content)
        headers.forEach { (name, value) -> request.header(name, value) }
        key?.let { request.header("Authorization", "Bearer $it") }
        return request.build()
    }

    private fun refusal(response: Response, text: String): FanfareException {
        val problem = runCatching { Json.parseToJsonElement(text).jsonObject }.getOrNull()
        val said = listOf("detail", "title").firstNotNullOfOrNull { (problem?.get(it) as? JsonPrimitive)?.content?.ifEmpty { null } }
        return FanfareException(response.code, said ?: "HTTP ${response.code}", Waiting.retryAfter(response.header("Retry-After")))
    }

    private companion object {
        const val TIMEOUT_SECONDS = 15L
        const val SILENCE_SECONDS = 90L // The stream is heard at least every half minute.
        val JSON = "application/json".toMediaType()
    }
}
