"""One campaign, and what may be done with it."""

WORDS: dict[str, tuple[str, str]] = {
    # One campaign
    "progress": ("{done} of {targeted} handled", "已处理 {done} / {targeted}"),
    "planning": ("Working out who is meant …", "正在确定接收者……"),
    "nobody": ("The audience was empty: nobody was targeted.", "受众为空：没有任何目标。"),
    "draft_text": ("This is a draft: nobody has been sent anything.", "这是草稿：尚未发送给任何人。"),
    "edit": ("Edit", "编辑"),
    "use_again": ("Use again", "再次使用"),
    "delete": ("Delete draft", "删除草稿"),
    "delete_ask": ("Delete this draft? This cannot be undone.", "删除此草稿？此操作无法撤销。"),
    "launch": ("Launch", "启动"),
    "cancel": ("Cancel campaign", "取消活动"),
    "cancel_ask": (
        "Stop sending? What is already out stays out; the rest will be skipped as cancelled.",
        "停止发送？已发出的不会撤回，其余将标记为已取消。",
    ),
    "launch_push": ("About {count} devices get the push now.", "将立即推送到约 {count} 台设备。"),
    "launch_inbox": ("About {count} people find it in their inbox.", "约 {count} 人将在站内信中看到。"),
    "launch_unknown": ("How many this reaches could not be estimated.", "无法估算将触达多少人。"),
    "launch_final": (
        "Once launched, it can be cancelled but not called back.",
        "启动后可以取消，但无法撤回已发送的消息。",
    ),
    "yes_launch": ("Launch now", "立即启动"),
    "yes_cancel": ("Stop sending", "停止发送"),
    "yes_delete": ("Delete", "删除"),
    "back": ("Back", "返回"),
    "details": ("Details", "详情"),
    "message": ("The message", "消息内容"),
}
