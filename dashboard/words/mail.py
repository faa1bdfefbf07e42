"""The app's mail server."""

WORDS: dict[str, tuple[str, str]] = {
    "tab.mail": ("E-mail", "电子邮件"),
    "mail_set": ("Connected", "已连接"),
    "mail_none": ("No mail server yet", "尚未配置邮件服务器"),
    "mail_none_text": (
        "The e-mail channel works once your mail server is here.",
        "配置邮件服务器后即可使用电子邮件渠道。",
    ),
    "mail_text": (
        "It is signed in at before anything is kept. All is kept encrypted; to change something, enter all of it anew.",
        "保存前会先尝试登录。内容加密保存，密码不再显示；如需修改，请重新填写全部内容。",
    ),
    "mail_host": ("Server", "服务器"),
    "mail_port": ("Port", "端口"),
    "mail_security": ("Encryption", "加密"),
    "mail_security.starttls": ("STARTTLS (587)", "STARTTLS（587）"),
    "mail_security.tls": ("TLS (465)", "TLS（465）"),
    "mail_security.none": ("None", "无"),
    "mail_security_help": (
        "None is possible only for servers that whoever runs Fanfare has named.",
        "“无”仅适用于 Fanfare 运维人员指定的服务器。",
    ),
    "mail_user": ("User name", "用户名"),
    "mail_password": ("Password", "密码"),
    "mail_password_help": (
        "Many providers give out one for programs. Empty with the user name: the server asks for none.",
        "许多服务商提供应用专用密码。服务器无需登录时，用户名与密码都留空。",
    ),
    "mail_from": ("From address", "发件地址"),
    "mail_name": ("Sender name", "发件人名称"),
    "mail_name_help": ("Shown beside the address.", "显示在发件地址旁。"),
    "mail_reply": ("Answers go to", "回复地址"),
    "mail_reply_help": ("Empty: to the from address.", "留空则回复到发件地址。"),
    "mail_keep": ("Check and save", "检查并保存"),
    "mail_trying": ("Signing in at the server…", "正在登录服务器…"),
    "mail_kept": ("The server let us in, and is kept.", "服务器登录成功，已保存。"),
    "mail_bad_host": (
        "The name of a server has letters, digits, dots and hyphens.",
        "服务器名仅限字母、数字、点和连字符。",
    ),
    "mail_bad_address": ("An address looks like news@example.com.", "地址形如 news@example.com。"),
    "mail_half": ("A user name and a password go together.", "用户名与密码须同时填写。"),
}
