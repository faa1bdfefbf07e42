/** Draws one message of the bell. */
import type { InboxItem } from "../types/wire.js";
import type { BellTexts } from "./bell-texts";

type Attributes = Record<string, string | undefined>;

/** Texts come from campaigns: they become text, never markup. */
export function element<T extends keyof HTMLElementTagNameMap>(
  name: T,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[T] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** A web address, or undefined: no other scheme is ever followed from a message. */
export function webAddress(link: string | null | undefined): string | undefined {
  return link && /^https?:/i.test(link) && URL.canParse(link) ? link : undefined;
}

export function drawItem(item: InboxItem, texts: BellTexts, language: string): HTMLLIElement {
  const unread = item.read_at === null;
  const kinds = [...(unread ? ["unread"] : []), ...(item.highlighted ? ["highlighted"] : [])];
  const row = element("li", { "data-id": item.id, part: ["item", ...kinds].join(" "), class: kinds.join(" ") });
  row.append(main(item, texts, language, unread));
  const image = webAddress(item.image_url);
  if (image) row.append(element("img", { src: image, alt: "", loading: "lazy", part: "image" }));
  row.append(element("div", { class: "tools", part: "tools" }, ...links(item), ...tools(item, texts, unread)));
  return row;
}

function main(item: InboxItem, texts: BellTexts, language: string, unread: boolean): HTMLElement {
  const time = element("time", { datetime: item.created_at, part: "time" });
  time.textContent = new Date(item.created_at).toLocaleString(language, { dateStyle: "medium", timeStyle: "short" });
  const content = [
    ...(unread ? [element("span", { class: "sr" }, `${texts.isUnread}. `)] : []),
    ...(item.highlighted ? [element("span", { class: "mark", part: "mark" }, texts.isHighlighted), " "] : []),
    element("strong", { part: "title" }, item.title),
    ...(item.body ? [element("span", { class: "body", part: "body" }, item.body)] : [" "]),
    time,
  ];
  const link = webAddress(item.link);
  const attributes = { class: "open", part: "open", "data-do": "open" };
  if (!link) return element("button", { ...attributes, type: "button" }, ...content);
  return element("a", { ...attributes, href: link, target: "_blank", rel: "noopener noreferrer" }, ...content);
}

function links(item: InboxItem): HTMLElement[] {
  return item.actions.flatMap(({ id, label, link }) => {
    const href = webAddress(link);
    const attributes = { "data-do": "action", "data-action": id, part: "link", target: "_blank", rel: "noopener noreferrer" };
    return href ? [element("a", { ...attributes, href }, label)] : [];
  });
}

function tools(item: InboxItem, texts: BellTexts, unread: boolean): HTMLElement[] {
  const tool = (verb: string, label: string) =>
    element("button", { type: "button", "data-do": verb, part: "action", "aria-label": `${label}: ${item.title}` }, label);
  const training = item.kind === "training";
  return [
    ...(training && !item.acknowledged_at ? [tool("acknowledge", texts.acknowledge)] : []),
    ...(training && item.acknowledged_at ? [element("span", { part: "acknowledged" }, texts.acknowledged)] : []),
    unread ? tool("read", texts.markRead) : tool("unread", texts.markUnread),
    tool("archive", texts.archive),
    tool("delete", texts.remove),
  ];
}
