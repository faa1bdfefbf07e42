"""Whom the app can reach, and what stands in inboxes."""

WORDS: dict[str, tuple[str, str]] = {
    "audience_page": ("Audience", "受众"),
    "inbox_page": ("Inbox", "站内信"),
    "broadcasts": ("Live broadcasts", "生效中的广播"),
    "broadcasts_text": (
        "Stored once, and shown to whoever opens the app while they are valid, also to those who join later.",
        "只存一份；有效期内打开应用的人都能看到，包括之后加入的人。",
    ),
    "no_broadcasts": ("No broadcast is live", "没有生效中的广播"),
    "no_broadcasts_text": (
        "A campaign to everybody or to topics, with the inbox among its channels, becomes one.",
        "发送给所有人或主题、且包含站内信渠道的活动会成为广播。",
    ),
    "until": ("until {at}", "至 {at}"),
    "forever": ("no end", "无期限"),
    "shown": ("Shown", "已展示"),
    "of_people": ("of {count} people", "共 {count} 人"),
    "stale_devices": ("Not confirmed for 30 days", "30 天未确认"),
    "stale_devices_help": ("FCM addresses this old count as gone after 270 days.", "FCM 地址 270 天未确认即视为失效。"),
    "opt_in_by": ("push allowed and a live address", "允许推送且地址有效"),
}
