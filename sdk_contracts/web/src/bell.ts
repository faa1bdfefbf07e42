/**
 * `<fanfare-bell>`: a bell with the number of unread messages, and the inbox behind it.
 *
 *     <fanfare-bell lang="zh" placement="end"></fanfare-bell>
 *     document.querySelector("fanfare-bell").fanfare = fanfare;
 *
 * Opening a message dispatches `fanfare-open` (`detail: {item, action}`), bubbling and cancelable: cancel it to go there
 * yourself. `texts` replaces words. Looks: `--fanfare-accent`, `-on-accent`, `-surface`, `-text`, `-muted`, `-line`, `-unread`,
 * `-radius`, `-width`, `-font`, `-layer`; parts `button`, `badge`, `panel`, `header`, `item`, `title` and others; slot `icon`.
 */
import type { EventKind, InboxItem } from "../types/wire.js";
import { drawItem } from "./bell-item";
import { SHAPE, STYLE } from "./bell-style";
import { type BellTexts, filled, textsFor } from "./bell-texts";
import type { Inbox, Verb } from "./inbox";
import type { InboxState, InboxStore } from "./store";

/** What the bell needs of `Fanfare`. */
export interface BellSource {
  inbox: Inbox;
  report(kind: EventKind, deliveryId: string, extra?: { action_id?: string | null }): Promise<void>;
}

const MOST_SHOWN = 99;
// Where there is no page (a server that renders it), there is no such class.
const Base = (globalThis.HTMLElement ?? class {}) as typeof HTMLElement;

export class FanfareBell extends Base {
  static observedAttributes = ["lang"];
  #source: BellSource | undefined;
  #store: InboxStore | undefined;
  #deaf: (() => void) | undefined;
  #words: Partial<BellTexts> = {};
  /** Messages that were there before, to announce the others. */
  #known: Set<string> | undefined;
  /** The list as it was drawn last. */
  #drawn: readonly InboxItem[] | undefined;
  readonly #leave = (event: Event) => {
    if (!event.composedPath().includes(this)) this.close({ focus: false });
  };

  /** The `Fanfare` whose inbox is shown. */
  get fanfare(): BellSource | undefined {
    return this.#source;
  }

  set fanfare(source: BellSource | undefined) {
    this.#unfollow();
    this.#source = source;
    this.#store = source?.inbox.store({ limit: 20 });
    this.#known = this.#drawn = undefined;
    if (this.isConnected) this.#follow();
  }

  /** Words to use in place of the bell's own. */
  get texts(): Partial<BellTexts> {
    return this.#words;
  }

  set texts(words: Partial<BellTexts>) {
    this.#words = words;
    this.#redraw();
  }

  get open(): boolean {
    return this.isConnected && !this.#part("panel").hidden;
  }

  connectedCallback(): void {
    if (!this.shadowRoot) this.#build();
    this.#redraw();
    this.#follow();
  }

  disconnectedCallback(): void {
    this.close({ focus: false });
    this.#unfollow();
  }

  attributeChangedCallback(): void {
    this.#redraw();
  }

  /** Show the inbox, and move the focus into it. */
  show(): void {
    if (this.open) return;
    this.#part("panel").hidden = false;
    this.#part("button").setAttribute("aria-expanded", "true");
    for (const name of ["pointerdown", "focusin"]) document.addEventListener(name, this.#leave);
    this.#part("panel").focus();
    void this.#seen();
  }

  close({ focus = true } = {}): void {
    if (!this.open) return;
    this.#part("panel").hidden = true;
    this.#part("button").setAttribute("aria-expanded", "false");
    for (const name of ["pointerdown", "focusin"]) document.removeEventListener(name, this.#leave);
    if (focus) this.#part("button").focus();
  }

  // --- Following the inbox --------------------------------------------------------------------------------------

  #follow(): void {
    this.#deaf ??= this.#store?.subscribe((state) => this.#draw(state));
    if (this.#store) this.#draw(this.#store.state);
  }

  #unfollow(): void {
    this.#deaf?.();
    this.#deaf = undefined;
  }

  #announce({ items, status }: InboxState): void {
    if (status === "loading") return;
    const before = this.#known;
    const fresh = items.filter(({ id, read_at }) => before && !before.has(id) && read_at === null);
    const newest = before?.size ? items.findIndex(({ id }) => before.has(id)) : items.length;
    const arrived = fresh.filter((item) => items.indexOf(item) < (newest < 0 ? items.length : newest)); // Not older ones loaded later.
    this.#known = new Set([...(before ?? []), ...items.map(({ id }) => id)]);
    const [one] = arrived;
    if (one && arrived.length === 1) this.#say(filled(this.#text("arrivedOne"), { title: one.title }));
    else if (one) this.#say(filled(this.#text("arrivedMany"), { count: arrived.length }));
  }

  async #seen(): Promise<void> {
    for (const item of this.#store?.state.items ?? []) {
      if (!this.open) return;
      if (item.seen_at === null) await this.#store?.mark(item.id, "seen").catch(() => undefined);
    }
  }

  // --- Drawing --------------------------------------------------------------------------------------------------

  #build(): void {
    const root = this.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    root.innerHTML = SHAPE;
    this.#part("button").addEventListener("click", () => (this.open ? this.close() : this.show()));
    root.addEventListener("click", (event) => this.#clicked(event as MouseEvent));
    root.addEventListener("keydown", (event) => this.#pressed(event as KeyboardEvent));
  }

  #redraw(): void {
    if (!this.shadowRoot) return;
    this.#drawn = undefined;
    const labels = { heading: "inbox", "[data-do=read-all]": "readAll", "[data-do=more]": "more" } as const;
    for (const [name, text] of Object.entries(labels)) this.#part(name).textContent = this.#text(text);
    this.#part("close").setAttribute("aria-label", this.#text("close"));
    this.#draw(this.#store?.state ?? { items: [], unread: 0, cursor: null, status: "loading" });
  }

  #draw(state: InboxState): void {
    const { items, unread, cursor, status } = state;
    const count = unread > 0 ? `, ${filled(this.#text("unread"), { count: unread })}` : "";
    this.#part("button").setAttribute("aria-label", this.#text("inbox") + count);
    this.#part("badge").textContent = unread > MOST_SHOWN ? `${MOST_SHOWN}+` : String(unread);
    this.#part("badge").hidden = unread <= 0;
    this.#part("[data-do=read-all]").hidden = unread <= 0;
    this.#part("[data-do=more]").hidden = cursor === null;
    this.#part("notice").hidden = status !== "away";
    this.#part("notice").textContent = this.#text("away");
    this.#part("empty").hidden = items.length > 0;
    this.#part("empty").textContent = this.#text(status === "loading" ? "loading" : "empty");
    this.#announce(state);
    if (this.#drawn !== items) this.#drawItems(items);
  }

  /** Draws the list anew, and keeps the focus where it was: on the same control, or on the message now in its place. */
  #drawItems(items: readonly InboxItem[]): void {
    const list = this.#part("list");
    const focused = this.shadowRoot?.activeElement?.closest("li");
    const control = (this.shadowRoot?.activeElement as HTMLElement | null)?.dataset.do;
    const place = focused ? [...list.children].indexOf(focused) : -1;
    this.#drawn = items;
    list.replaceChildren(...items.map((item) => drawItem(item, this.#fullTexts(), this.#language())));
    if (!focused) return;
    const same = list.querySelector(`[data-id="${CSS.escape(focused.dataset.id ?? "")}"]`);
    const row = same ?? list.children[Math.min(place, list.children.length - 1)];
    const next = (same && row?.querySelector<HTMLElement>(`[data-do="${control}"]`)) || row?.querySelector<HTMLElement>(".open");
    (next ?? this.#part("panel")).focus();
  }

  // --- What people do -------------------------------------------------------------------------------------------

  #clicked(event: MouseEvent): void {
    const control = (event.target as Element).closest<HTMLElement>("[data-do]");
    const what = control?.dataset.do;
    const id = control?.closest("li")?.dataset.id;
    const item = this.#store?.state.items.find((each) => each.id === id);
    if (what === "close") this.close();
    else if (what === "more") void this.#try(() => this.#store?.loadMore());
    else if (what === "read-all") void this.#try(() => this.#store?.readAll());
    else if (item && (what === "open" || what === "action")) this.#openItem(event, item, control?.dataset.action);
    else if (item && what === "delete") void this.#try(() => this.#store?.remove(item.id));
    else if (item && what) {
      if (what === "acknowledge") void this.#source?.report("acknowledged", item.delivery_id);
      void this.#try(() => this.#store?.mark(item.id, what as Verb));
    }
  }

  #openItem(event: MouseEvent, item: InboxItem, action: string | undefined): void {
    const opening = new CustomEvent("fanfare-open", { bubbles: true, composed: true, cancelable: true, detail: { item, action } });
    if (!this.dispatchEvent(opening)) event.preventDefault();
    void this.#source?.report("opened", item.delivery_id);
    const followed = (event.target as Element).closest("a") !== null;
    if (followed) void this.#source?.report("clicked", item.delivery_id, action ? { action_id: action } : {});
    if (item.read_at === null) void this.#try(() => this.#store?.mark(item.id, "read"));
  }

  #pressed(event: KeyboardEvent): void {
    if (event.key === "Escape" && this.open) {
      event.stopPropagation();
      this.close();
      return;
    }
    const rows = [...(this.shadowRoot?.querySelectorAll<HTMLElement>(".open") ?? [])];
    const here = rows.findIndex((row) => row.closest("li")?.contains(event.target as Node));
    const steps: Record<string, number> = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: rows.length - 1 };
    const next = steps[event.key];
    const inPanel = this.#part("panel").contains(event.target as Node);
    if (next === undefined || !inPanel || rows.length === 0) return;
    event.preventDefault();
    rows[Math.max(0, Math.min(rows.length - 1, next))]?.focus();
  }

  async #try(work: () => Promise<void> | undefined): Promise<void> {
    try {
      await work();
    } catch {
      this.#say(this.#text("failed"));
    }
  }

  // --- Small helpers --------------------------------------------------------------------------------------------

  #say(text: string): void {
    this.#part("[role=status]").textContent = text;
  }

  #part(name: string): HTMLElement {
    const selector = /^[a-z]+$/.test(name) ? `[part~="${name}"]` : name;
    return this.shadowRoot?.querySelector<HTMLElement>(selector) as HTMLElement;
  }

  #language(): string {
    return this.lang || this.closest<HTMLElement>("[lang]")?.lang || navigator.language;
  }

  #fullTexts(): BellTexts {
    return { ...textsFor(this.#language()), ...this.#words };
  }

  #text(name: keyof BellTexts): string {
    return this.#fullTexts()[name];
  }
}

if (globalThis.customElements && !customElements.get("fanfare-bell")) customElements.define("fanfare-bell", FanfareBell);
