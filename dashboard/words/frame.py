"""Signing in, moving about, and what state the page itself is in."""

WORDS: dict[str, tuple[str, str]] = {
    # Signing in and moving about
    "tagline": ("Push campaigns, an inbox and honest numbers.", "推送活动、站内信，以及诚实的数据。"),
    "sign_in": ("Sign in", "登录"),
    "secret_key": ("Secret key", "密钥"),
    "secret_key_help": (
        "Starts with ffs_. `fanfare up` writes one to connection.json; `fanfare key create` makes more.",
        "以 ffs_ 开头。`fanfare up` 会将其写入 connection.json；也可以用 `fanfare key create` 创建。",
    ),
    "key_kept": (
        "The key stays in this browser tab's session and is forgotten when you close it.",
        "密钥只保留在当前标签页的会话中，关闭即清除。",
    ),
    "sign_in_provider": ("Sign in with your organisation", "使用组织账号登录"),
    "or_with_key": ("or with a secret key", "或使用密钥"),
    "no_group": (
        "You are signed in as {person}, who is in no group that may use this dashboard. Ask an owner.",
        "您以 {person} 登录，但不属于任何可使用此控制台的组。请联系所有者。",
    ),
    "provider_key_refused": (
        "The dashboard's own key for your role is no longer valid. Ask whoever runs it.",
        "控制台为您的角色配置的密钥已失效，请联系管理员。",
    ),
    "signed_out_lapsed": ("You were signed out after twelve hours. Sign in again.", "登录已满十二小时，请重新登录。"),
    "another_account": ("Sign in as somebody else", "使用其他账号登录"),
    "key_missing": ("Enter a secret key.", "请输入密钥。"),
    "key_shape": (
        "That is not a secret key: it starts with ffs_. Publishable (ffp_) and device (ffd_) keys open no dashboard.",
        "这不是密钥：密钥以 ffs_ 开头。公开密钥（ffp_）与设备密钥（ffd_）不能登录控制台。",
    ),
    "key_refused": (
        "The API does not know this key, or it was revoked. Check for missing characters, or ask an owner for another.",
        "API 不认识此密钥，或已被吊销。请检查是否漏了字符，或向所有者申请新的密钥。",
    ),
    "key_sender": (
        "This key may only send messages from a backend. Ask for one with the role analyst, author, marketer or owner.",
        "此密钥只能由后端发送消息。请申请 analyst、author、marketer 或 owner 角色的密钥。",
    ),
    "signed_out_revoked": (
        "You were signed out: the key is no longer valid.",
        "您已退出登录：密钥已失效。",
    ),
    "sign_out": ("Sign out", "退出登录"),
    "overview": ("Overview", "总览"),
    "campaigns": ("Campaigns", "活动"),
    "campaign": ("Campaign", "活动详情"),
    "compose": ("Compose", "撰写"),
    "role.owner": ("Owner", "所有者"),
    "role.marketer": ("Marketer", "运营"),
    "role.author": ("Author", "撰稿"),
    "role.analyst": ("Analyst", "分析"),
    "role.sender": ("Sender", "发送"),
    # States of the page itself
    "api_away": ("The API does not answer", "API 没有响应"),
    "api_away_first": (
        "Nothing could be loaded from {url}. Check that the API is running; this page tries again by itself.",
        "无法从 {url} 加载数据。请检查 API 是否在运行；本页会自动重试。",
    ),
    "api_away_stale": (
        "Showing what was known {ago}. This page tries again by itself.",
        "正在显示{ago}的数据。本页会自动重试。",
    ),
    "api_away_action": (
        "Nothing was changed that we know of. Try again in a moment; trying twice does not do it twice.",
        "据我们所知没有任何更改。请稍后重试；重复操作不会执行两次。",
    ),
    "forbidden": ("Your role, {role}, may not see or do this.", "您的角色“{role}”无权查看或执行此操作。"),
    "not_found": ("There is nothing here", "这里什么也没有"),
    "not_found_text": ("It may have been deleted, or belong to another app.", "它可能已被删除，或属于其他应用。"),
    "refused": ("The API refused this", "API 拒绝了此请求"),
    "live": ("Live", "实时"),
    "stale": ("Stale", "数据已旧"),
    "as_of": ("As of {clock} · {ago}", "截至 {clock} · {ago}"),
    "more": ("Show more", "显示更多"),
}
