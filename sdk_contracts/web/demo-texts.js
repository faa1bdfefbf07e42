/** The demo page's words, in English and Chinese. */

const TEXTS = {
  en: {
    title: "Make this browser one of your phones",
    intro: "Subscribe it, launch a campaign to it, and watch the notification and the inbox arrive.",
    connect: "Connect",
    key: "Publishable key of your app",
    key_help: "It begins with ffp_ and is safe to ship inside an app. You find it in connection.json.",
    connecting: "Connecting…",
    ready: "Connected to {name}.",
    refused: "The API does not accept this key: {detail}",
    away: "The API cannot be reached. Trying again by itself…",
    push: "Notifications",
    subscribe: "Turn on notifications",
    unsubscribe: "Turn off",
    push_unknown: "Connect first.",
    push_off: "This browser has an inbox, but is not pushed to yet. It will ask for your permission.",
    push_asking: "Answer the browser's question, please…",
    push_on: "This browser is subscribed. You can even close this page: notifications still arrive.",
    push_denied: "You have blocked notifications for this site. Allow them in the site settings beside the address, then reload.",
    push_dismissed: "The question was closed without an answer. Press the button to be asked again.",
    push_unsupported: "This browser has no Web Push (on an iPhone or iPad, add the page to the home screen first). The inbox works.",
    push_insecure: "Browsers push to secure pages only: open this page over https. The inbox works.",
    push_no_worker: "The service worker did not start, so this browser cannot be pushed to. The inbox works.",
    push_no_address: "The browser got no address from its push service; it may be offline or have push turned off. The inbox works.",
    chip_unknown: "waiting",
    chip_off: "off",
    chip_asking: "asking",
    chip_on: "on",
    chip_denied: "blocked",
    chip_dismissed: "off",
    chip_unsupported: "inbox only",
    chip_insecure: "inbox only",
    chip_no_worker: "inbox only",
    chip_no_address: "inbox only",
    person: "Who you are",
    optional: "optional",
    external_id: "Your user id in the app",
    log_in: "Sign in",
    log_out: "Sign out",
    signed_in_as: "Signed in as",
    consent: "I agree to receive promotions from this app. I can change my mind here at any time.",
    topics: "Topics to follow",
    topic_news: "News",
    topic_offers: "Offers",
    saved: "Saved.",
    failed: "That did not work: {detail}",
    device_id: "Device",
    person_id: "Person",
    uninstall: "Remove this device",
    inbox: "Inbox",
    unread: "{count} unread",
    read_all: "Mark all read",
    more: "Show more",
    inbox_waiting: "Connect, and your messages appear here.",
    inbox_loading: "Loading…",
    inbox_empty: "No messages yet. Launch a campaign with the inbox channel.",
    inbox_away: "The inbox cannot be reached just now. What you see may be old.",
    open_link: "Open {host}",
    read: "Mark read",
    archive: "Archive",
    delete: "Delete",
    log: "What happened",
    log_empty: "Nothing yet. Pushes show up here the moment the browser gets them.",
    log_registered: "Device registered",
    log_subscribed: "Subscribed to pushes",
    log_unsubscribed: "Pushes turned off",
    log_removed: "Device removed",
    log_displayed: "Push shown",
    log_duplicate: "Copy dropped",
    log_opened: "Notification opened",
    log_clicked: "Notification clicked",
    log_dismissed: "Notification dismissed",
  },
  zh: {
    title: "让这个浏览器成为你的一部手机",
    intro: "订阅，发起一次推送活动，看着通知和收件箱消息到来。",
    connect: "连接",
    key: "应用的公开密钥",
    key_help: "以 ffp_ 开头，可以放心随应用发布。它写在 connection.json 里。",
    connecting: "正在连接…",
    ready: "已连接到 {name}。",
    refused: "API 不接受此密钥：{detail}",
    away: "无法连接 API，正在自动重试…",
    push: "通知",
    subscribe: "开启通知",
    unsubscribe: "关闭",
    push_unknown: "请先连接。",
    push_off: "此浏览器已有收件箱，但尚未开启推送。开启时浏览器会询问你是否允许。",
    push_asking: "请回答浏览器的询问…",
    push_on: "此浏览器已订阅。即使关闭此页面，通知仍会送达。",
    push_denied: "你已屏蔽此网站的通知。请在地址栏旁的网站设置中允许，然后重新加载。",
    push_dismissed: "询问被关闭而没有作答。点击按钮可再次询问。",
    push_unsupported: "此浏览器不支持 Web Push（在 iPhone 或 iPad 上，请先把页面添加到主屏幕）。收件箱可用。",
    push_insecure: "浏览器只向安全页面推送：请用 https 打开此页面。收件箱可用。",
    push_no_worker: "Service Worker 未能启动，无法向此浏览器推送。收件箱可用。",
    push_no_address: "浏览器没有从推送服务获得地址，可能处于离线状态或已关闭推送。收件箱可用。",
    chip_unknown: "等待",
    chip_off: "关闭",
    chip_asking: "询问中",
    chip_on: "已开启",
    chip_denied: "已屏蔽",
    chip_dismissed: "关闭",
    chip_unsupported: "仅收件箱",
    chip_insecure: "仅收件箱",
    chip_no_worker: "仅收件箱",
    chip_no_address: "仅收件箱",
    person: "你的身份",
    optional: "可选",
    external_id: "你在应用中的用户 ID",
    log_in: "登录",
    log_out: "退出",
    signed_in_as: "当前用户：",
    consent: "我同意接收此应用的促销信息，并可随时在此更改。",
    topics: "关注的主题",
    topic_news: "新闻",
    topic_offers: "优惠",
    saved: "已保存。",
    failed: "操作未成功：{detail}",
    device_id: "设备",
    person_id: "用户",
    uninstall: "移除此设备",
    inbox: "收件箱",
    unread: "{count} 条未读",
    read_all: "全部标为已读",
    more: "显示更多",
    inbox_waiting: "连接后，消息会出现在这里。",
    inbox_loading: "正在加载…",
    inbox_empty: "还没有消息。发起一个包含收件箱渠道的活动吧。",
    inbox_away: "暂时无法读取收件箱，当前内容可能不是最新。",
    open_link: "打开 {host}",
    read: "标为已读",
    archive: "归档",
    delete: "删除",
    log: "发生了什么",
    log_empty: "还没有。浏览器一收到推送，就会显示在这里。",
    log_registered: "设备已注册",
    log_subscribed: "已订阅推送",
    log_unsubscribed: "推送已关闭",
    log_removed: "设备已移除",
    log_displayed: "推送已显示",
    log_duplicate: "已忽略重复推送",
    log_opened: "通知已打开",
    log_clicked: "通知已点击",
    log_dismissed: "通知已忽略",
  },
};

let language = pick(localStorage.getItem("fanfare-demo-language") ?? navigator.language);

/** @param {string} tag @returns {"en" | "zh"} */
function pick(tag) {
  return tag.toLowerCase().startsWith("zh") ? "zh" : "en";
}

/** The language now shown. */
export const current = () => language;

/**
 * @param {string} name
 * @param {Record<string, string | number>} [values] for the `{places}` in the text
 */
export function text(name, values = {}) {
  return TEXTS[language][name].replace(/\{(\w+)\}/g, (_, place) => String(values[place] ?? ""));
}

/** Put the words of the chosen language into every `data-text` element below `root`. @param {ParentNode} root */
export function translate(root) {
  for (const element of root.querySelectorAll("[data-text]")) element.textContent = text(element.dataset.text);
}

/** @param {string} chosen */
export function choose(chosen) {
  language = pick(chosen);
  localStorage.setItem("fanfare-demo-language", language);
}
