// A sample to copy into your app and change; it is not compiled with the SDK. It needs firebase-messaging and androidx.core.
package com.example.shop

import android.Manifest
import android.annotation.SuppressLint
import android.app.NotificationChannel
import android.app.NotificationManager
import android.app.PendingIntent
import android.content.BroadcastReceiver
import android.content.Context
import android.content.Intent
import android.content.pm.PackageManager
import android.net.Uri
import androidx.core.app.NotificationCompat
import androidx.core.app.NotificationManagerCompat
import androidx.core.content.ContextCompat
import com.google.firebase.messaging.FirebaseMessaging
import com.google.firebase.messaging.FirebaseMessagingService
import com.google.firebase.messaging.RemoteMessage
import dev.fanfare.About
import dev.fanfare.Fanfare
import dev.fanfare.FanfareException
import dev.fanfare.FileStorage
import dev.fanfare.Push
import dev.fanfare.wire.FcmToken
import dev.fanfare.wire.PushPayload
import java.io.File
import java.util.Locale
import java.util.TimeZone
import java.util.concurrent.Executors

/** One for the process: the application, the service and the receiver share it. */
object Push4Shop {
    const val CHANNEL = "messages"
    private val background = Executors.newSingleThreadExecutor()

    @Volatile
    private var instance: Fanfare? = null

    fun fanfare(context: Context): Fanfare = instance ?: synchronized(this) {
        instance ?: Fanfare(
            url = "https://push.example.com",
            publishableKey = "ffp_…",
            storage = FileStorage(File(context.applicationContext.noBackupFilesDir, "fanfare")),
        ).also { instance = it }
    }

    /** Call it from `Application.onCreate`, and whenever the person has answered the question for notifications. */
    fun register(context: Context) {
        val manager = context.getSystemService(NotificationManager::class.java)
        manager.createNotificationChannel(NotificationChannel(CHANNEL, "Messages", NotificationManager.IMPORTANCE_DEFAULT))
        FirebaseMessaging.getInstance().token.addOnCompleteListener { task ->
            val token = if (task.isSuccessful) task.result else null
            background.execute { enrol(context, token) }
        }
    }

    fun enrol(context: Context, token: String?) {
        val about = About(
            address = token?.let { FcmToken(it) },
            optedIn = NotificationManagerCompat.from(context).areNotificationsEnabled(),
            locale = Locale.getDefault().toLanguageTag(),
            timezone = TimeZone.getDefault().id,
            osVersion = android.os.Build.VERSION.RELEASE,
            model = android.os.Build.MODEL.take(64),
        )
        try {
            fanfare(context).register(about)
        } catch (error: FanfareException) {
            // The next start tries again; use WorkManager with a network constraint if that is too late for you.
            android.util.Log.w("Fanfare", "not registered: ${error.status}")
        }
    }
}

class FanfareMessagingService : FirebaseMessagingService() {
    override fun onNewToken(token: String) = Push4Shop.enrol(this, token)

    /**
     * Called in the foreground, and for silent messages. A message with a notification that arrives in the background is
     * shown by the system itself; it is reported when it is tapped.
     */
    override fun onMessageReceived(message: RemoteMessage) {
        val shown = message.notification
        val payload = Push.fromFcm(message.data, shown?.title, shown?.body, shown?.imageUrl?.toString()) ?: return
        if (payload.silent || shown == null) return
        Push4Shop.fanfare(this).push(payload) { show(it) }
    }

    @SuppressLint("MissingPermission")
    private fun show(payload: PushPayload) {
        val allowed = ContextCompat.checkSelfPermission(this, Manifest.permission.POST_NOTIFICATIONS)
        if (allowed != PackageManager.PERMISSION_GRANTED) return
        val notification = NotificationCompat.Builder(this, Push4Shop.CHANNEL)
            .setSmallIcon(android.R.drawable.ic_dialog_info)
            .setContentTitle(payload.title)
            .setContentText(payload.body)
            .setAutoCancel(true)
            .setNumber(payload.badge?.toInt() ?: 0)
            .setContentIntent(intent(payload, "tapped", null))
            .setDeleteIntent(intent(payload, "dismissed", null))
        payload.actions.forEach { notification.addAction(0, it.label, intent(payload, "tapped", it.id)) }
        NotificationManagerCompat.from(this).notify(payload.collapseKey ?: payload.deliveryId, 0, notification.build())
    }

    private fun intent(payload: PushPayload, what: String, actionId: String?): PendingIntent {
        val intent = Intent(this, FanfareReceiver::class.java).setAction("$what:${payload.deliveryId}:${actionId.orEmpty()}")
        val link = payload.actions.firstOrNull { it.id == actionId }?.link ?: payload.link
        intent.putExtra("what", what).putExtra("delivery_id", payload.deliveryId).putExtra("receipt", payload.receipt)
        intent.putExtra("title", payload.title).putExtra("action_id", actionId).putExtra("link", link)
        return PendingIntent.getBroadcast(this, 0, intent, PendingIntent.FLAG_IMMUTABLE)
    }
}

/** What the person did with a notification. Name it in the manifest, not exported. */
class FanfareReceiver : BroadcastReceiver() {
    override fun onReceive(context: Context, intent: Intent) {
        val link = intent.getStringExtra("link")
        val payload = PushPayload(
            deliveryId = intent.getStringExtra("delivery_id") ?: return,
            receipt = intent.getStringExtra("receipt") ?: return,
            title = intent.getStringExtra("title").orEmpty(),
            link = link,
        )
        val fanfare = Push4Shop.fanfare(context) // Stores the event at once, and sends it in the background.
        if (intent.getStringExtra("what") == "dismissed") return fanfare.dismissed(payload)
        fanfare.tapped(payload, intent.getStringExtra("action_id"))
        val target = link?.takeIf { it.startsWith("https://") }?.let { Intent(Intent.ACTION_VIEW, Uri.parse(it)) }
            ?: context.packageManager.getLaunchIntentForPackage(context.packageName)
        target?.let { context.startActivity(it.addFlags(Intent.FLAG_ACTIVITY_NEW_TASK)) }
    }
}
