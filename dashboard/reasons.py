"""Why somebody was not sent something, in words. The codes are the vocabulary's and the senders'."""

from dashboard.format import Language

TABLE: dict[str, tuple[str, str]] = {
    "no_consent": ("Has not agreed to promotion", "未同意接收营销"),
    "opted_out": ("Turned notifications off", "已关闭通知"),
    "category_muted": ("Muted this category", "已屏蔽此分类"),
    "no_address": ("Has no address to send it to", "没有可发送的地址"),
    "address_gone": ("The address no longer works: uninstalled or expired", "地址已失效：已卸载或过期"),
    "frequency_capped": ("Had enough promotion today", "今日营销次数已达上限"),
    "holdout": ("Held out to measure lift", "留出用于衡量提升"),
    "expired": ("Too late: the message had expired", "消息已过期"),
    "cancelled": ("The campaign was cancelled first", "活动已先被取消"),
    "duplicate_person": ("Already reached on another device", "已在其他设备触达"),
    "unregistered": ("The app was uninstalled, or the address expired", "应用已卸载或地址已过期"),
    "unsubscribed": ("The browser unsubscribed", "浏览器已取消订阅"),
    "invalid_address": ("The address is not one the provider knows", "推送服务不认识此地址"),
    "invalid_message": ("The provider does not accept this message", "推送服务不接受此消息"),
    "sender_id_mismatch": ("The address belongs to another Firebase project", "地址属于其他 Firebase 项目"),
    "payload_too_large": ("The message is too large", "消息过大"),
    "too_large": ("The message is too large", "消息过大"),
    "endpoint_refused": ("The push service is not one we may send to", "不允许发送到该推送服务"),
    "bad_keys": ("The browser's keys are broken", "浏览器密钥无效"),
    "mailbox_full": ("The mailbox is full", "邮箱已满"),
    "rejected": ("The mail server would not take the letter", "邮件服务器拒收"),
    "redirected": ("The push service sent us elsewhere, where we do not follow", "推送服务要求重定向，系统不会跟随"),
}


def reason(language: Language, code: str) -> str:
    """A reason in words; a code we have no words for stays as it is."""
    english, chinese = TABLE.get(code, (code, code))
    return chinese if language == "zh" else english
