"""What a look at a campaign may find."""

MORE: dict[str, tuple[str, str]] = {
    "dead_link": ("{link} leads nowhere.", "{link} 无法打开。"),
    "no_promotion_label": ("Title or text has to say “{wanted}”.", "标题或正文须包含“{wanted}”。"),
    "no_sender_name": ("Title or text has to say “{wanted}”.", "标题或正文须包含“{wanted}”。"),
    "text_fails": ("Tried for {looked_at} devices: {reason}", "已试 {looked_at} 台设备：{reason}"),
    "too_large": (
        "Tried for {looked_at} devices. A shorter text or less data for the app helps.",
        "已试 {looked_at} 台设备。请缩短正文或减少传给应用的数据。",
    ),
    "missing_translation": (
        "{locale} stands elsewhere; here {default} is shown.",
        "别处有 {locale}，此处显示 {default}。",
    ),
    "missing_translation.spoken": (
        "{count} of the first {looked_at} devices speak {locale} and will read {default}.",
        "前 {looked_at} 台设备中有 {count} 台使用 {locale}，将显示 {default}。",
    ),
    "no_web_link": (
        "{link} opens in an app only: browsers go to the site, unless a link for the web is given.",
        "{link} 只能在应用中打开；未填写网页链接时，浏览器会打开网站首页。",
    ),
    "no_credentials.fcm": ("The app has no Firebase account yet.", "应用尚未配置 Firebase。"),
    "no_credentials.smtp": ("The app has no mail server yet.", "应用尚未配置邮件服务器。"),
    "needs_approval": (
        "It goes to more than {count} people, and nobody else has approved it yet.",
        "受众超过 {count} 人，尚无他人批准。",
    ),
    "repeated": ("“{name}”, on {on}.", "“{name}”，{on}。"),
    "no_event": ("What is said of an event stays empty.", "文案中与事件有关的内容将为空。"),
}
"""What is said of a finding beneath its headline, with its facts filled in; of the others the headline says all."""

WORDS: dict[str, tuple[str, str]] = {
    "check": ("Check", "检查"),
    "check_clean": ("Nothing found: it can go out.", "未发现问题，可以发送。"),
    "finding_version": ("Version {number}", "版本 {number}"),
    "finding_second": ("Second message", "再次发送"),
    "finding.dead_link": ("A link leads nowhere", "链接无效"),
    "finding.no_promotion_label": ("The word for promotion is missing", "缺少营销标识"),
    "finding.no_sender_name": ("The sender's name is missing", "缺少发送者名称"),
    "finding.text_fails": ("A text fails for {count} devices", "文本在 {count} 台设备上无法生成"),
    "finding.too_large": ("Too long for {count} devices", "消息在 {count} 台设备上过长"),
    "finding.nobody": ("Nobody is meant", "受众为空"),
    "finding.nobody_reachable": ("None of {count} people can be sent to", "{count} 人均无法送达"),
    "finding.expired_already": ("It would expire before anybody gets it", "在送达任何人之前就会过期"),
    "finding.missing_translation": ("A translation is missing", "缺少译文"),
    "finding.everybody": ("It goes to everybody: {count} people", "将发送给所有人：{count} 人"),
    "finding.no_consent": ("{count} have not agreed to promotion", "{count} 个未同意接收营销"),
    "finding.frequency_capped": ("{count} have had enough promotion today", "{count} 个已达到营销次数上限"),
    "finding.category_muted": ("{count} have muted this category", "{count} 个已屏蔽此类别"),
    "finding.address_gone": ("{count} devices can no longer be pushed to", "{count} 台设备已无法推送"),
    "finding.expired": ("{count} would be reached too late", "{count} 个将因过期而无法送达"),
    "finding.deferred": ("{count} devices wait for the end of quiet hours", "{count} 台设备将在免打扰结束后推送"),
    "finding.no_credentials": (
        "{count} cannot be sent to yet: something is not set up",
        "{count} 个暂无法发送：尚未完成配置",
    ),
    "finding.no_event": ("It speaks of an event, and none sets it off", "文案提到事件，但未设置触发事件"),
    "finding.no_web_link": ("{count} browsers cannot open the link", "{count} 个浏览器无法打开链接"),
    "finding.needs_approval": ("Somebody else has to approve it", "需要他人审批"),
    "finding.repeated": ("Another campaign said the same this week", "本周已有内容相同的活动"),
}
WORDS |= {f"finding.{code}.more": words for code, words in MORE.items()}
