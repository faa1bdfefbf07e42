/** What the bell says. `{count}` and `{title}` are filled in. */
export interface BellTexts {
  inbox: string;
  unread: string;
  close: string;
  readAll: string;
  empty: string;
  loading: string;
  away: string;
  more: string;
  markRead: string;
  markUnread: string;
  archive: string;
  remove: string;
  acknowledge: string;
  acknowledged: string;
  isUnread: string;
  isHighlighted: string;
  arrivedOne: string;
  arrivedMany: string;
  failed: string;
}

const EN: BellTexts = {
  inbox: "Inbox",
  unread: "{count} unread",
  close: "Close",
  readAll: "Mark all read",
  empty: "No messages yet.",
  loading: "Loading…",
  away: "The inbox cannot be reached just now. What you see may be old.",
  more: "Show older",
  markRead: "Mark read",
  markUnread: "Mark unread",
  archive: "Archive",
  remove: "Delete",
  acknowledge: "I have read this",
  acknowledged: "Acknowledged",
  isUnread: "Unread",
  isHighlighted: "Important",
  arrivedOne: "New message: {title}",
  arrivedMany: "{count} new messages",
  failed: "That did not work. Please try again.",
};

const ZH: BellTexts = {
  inbox: "收件箱",
  unread: "{count} 条未读",
  close: "关闭",
  readAll: "全部标为已读",
  empty: "还没有消息。",
  loading: "正在加载…",
  away: "暂时无法读取收件箱，当前内容可能不是最新。",
  more: "显示更早的消息",
  markRead: "标为已读",
  markUnread: "标为未读",
  archive: "归档",
  remove: "删除",
  acknowledge: "我已阅读",
  acknowledged: "已确认",
  isUnread: "未读",
  isHighlighted: "重要",
  arrivedOne: "新消息：{title}",
  arrivedMany: "{count} 条新消息",
  failed: "操作未成功，请重试。",
};

/** @param language a BCP 47 tag */
export function textsFor(language: string): BellTexts {
  return /^zh\b/i.test(language) ? ZH : EN;
}

export function filled(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
}
