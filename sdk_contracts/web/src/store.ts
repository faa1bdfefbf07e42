/** The inbox as a list that follows what happens to it, here and elsewhere. */
import type { InboxItem, InboxPage } from "../types/wire.js";
import { FanfareError } from "./errors";
import type { Filter, Inbox, Verb } from "./inbox";
import type { Happening } from "./sse";
import { about, patience, SECOND } from "./timing";

const BETWEEN_LOOKS = 30; // Seconds, where the server has no stream.
const LOOKS_WHILE_LIVE = 300 * SECOND; // A stream tells everything; this is for one that does not.
const SOON = 2 * SECOND;

export interface StoreOptions {
  filter?: Filter;
  /** Items of a page, 1 to 100, default 20. */
  limit?: number;
  /** Between two looks, on average, where the server has no stream; default 30. */
  seconds?: number;
}

export interface InboxState {
  /** Newest first. */
  items: InboxItem[];
  unread: number;
  /** Leads to older items; null when all are here. */
  cursor: string | null;
  /** `live`: told at once. `polling`: looked at now and then. `away`: what is here may be old. */
  status: "loading" | "live" | "polling" | "away";
  error?: Error | undefined;
}

const NOTHING: InboxState = { items: [], unread: 0, cursor: null, status: "loading" };

export class InboxStore {
  readonly #inbox: Inbox;
  readonly #active: Set<InboxStore>;
  readonly #options: Required<StoreOptions>;
  readonly #listeners = new Set<(state: InboxState) => void>();
  #state = NOTHING;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #looking: Promise<void> | undefined;
  #again = false;
  #failures = 0;
  /** Counts what is done to the list here and by the stream: a page asked for before it is older than the list. */
  #edits = 0;
  #deaf: (() => void) | undefined;
  readonly #viewed = () => void this.refresh();

  /** Made by `Inbox.store`. @param active the stores that follow now */
  constructor(inbox: Inbox, active: Set<InboxStore>, { filter = "all", limit = 20, seconds = BETWEEN_LOOKS }: StoreOptions) {
    this.#inbox = inbox;
    this.#active = active;
    this.#options = { filter, limit, seconds };
  }

  get state(): InboxState {
    return this.#state;
  }

  /**
   * Hear every change. The store follows the inbox from the first subscriber to the last.
   * @returns call it to stop
   */
  subscribe(listener: (state: InboxState) => void): () => void {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) this.#start();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#stop();
    };
  }

  /** Look now. */
  refresh(): Promise<void> {
    if (this.#looking) this.#again = true;
    else this.#looking = this.#look().finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  /** Forget what is here, and look. */
  reset(): void {
    this.#edits += 1;
    this.#set(NOTHING);
    void this.refresh();
  }

  /** Older items too. */
  async loadMore(): Promise<void> {
    const { cursor } = this.#state;
    if (!cursor) return;
    const { filter, limit } = this.#options;
    const page = await this.#inbox.page({ filter, limit, cursor });
    const known = new Set(this.#state.items.map(({ id }) => id));
    const items = [...this.#state.items, ...page.items.filter(({ id }) => !known.has(id))];
    this.#set({ ...this.#state, items, cursor: page.next_cursor });
  }

  /** Shown at once, and taken back when the server does not agree. */
  async mark(itemId: string, verb: Verb): Promise<void> {
    const item = this.#state.items.find(({ id }) => id === itemId);
    await this.#trying(() => item && this.#upsert(marked(item, verb)), () => this.#inbox.mark(itemId, verb));
  }

  async remove(itemId: string): Promise<void> {
    await this.#trying(() => this.#drop(itemId), () => this.#inbox.remove(itemId));
  }

  async readAll(): Promise<void> {
    const all = () => {
      for (const item of this.#state.items) this.#upsert(marked(item, "read"));
      this.#set({ ...this.#state, unread: 0 });
    };
    await this.#trying(all, () => this.#inbox.readAll());
  }

  // --- Following ----------------------------------------------------------------------------------------------

  #start(): void {
    this.#active.add(this);
    globalThis.document?.addEventListener("visibilitychange", this.#viewed);
    this.#deaf = this.#inbox.live.listen({
      happened: (happening) => this.#happened(happening),
      turned: () => void this.refresh(), // What happened in between is on the page.
    });
    void this.refresh();
  }

  #stop(): void {
    this.#active.delete(this);
    globalThis.document?.removeEventListener("visibilitychange", this.#viewed);
    this.#deaf?.();
    clearTimeout(this.#timer);
  }

  async #look(): Promise<void> {
    clearTimeout(this.#timer);
    if (!this.#active.has(this) || globalThis.document?.hidden) return;
    const { filter, limit, seconds } = this.#options;
    const edits = this.#edits;
    let wait = about(this.#inbox.live.on ? LOOKS_WHILE_LIVE : seconds * SECOND);
    this.#again = false;
    try {
      const page = await this.#inbox.page({ filter, limit });
      if (edits === this.#edits) this.#show(page);
      else this.#again = true;
      this.#failures = 0;
    } catch (error) {
      wait = patience(error, this.#failures);
      this.#failures += 1;
      this.#again = false;
      this.#set({ ...this.#state, status: "away", error: error as Error });
    }
    if (this.#active.has(this)) this.#timer = setTimeout(() => void this.refresh(), this.#again ? 0 : wait);
  }

  #show(page: InboxPage): void {
    const first = new Set(page.items.map(({ id }) => id));
    const last = page.items.at(-1);
    const older = page.next_cursor && last ? this.#state.items.filter((item) => !first.has(item.id) && item.created_at < last.created_at) : [];
    const cursor = older.length > 0 ? this.#state.cursor : page.next_cursor;
    const items = [...page.items, ...older];
    this.#set({ items, unread: page.unread, cursor, status: this.#inbox.live.on ? "live" : "polling" });
  }

  #happened({ name, data }: Happening): void {
    const told = parsed(data);
    if (name === "summary" && typeof told?.unread === "number" && !told.reload) this.#set({ ...this.#state, unread: told.unread });
    else if (name === "removed" && typeof told?.id === "string") this.#drop(told.id);
    else if ((name === "item" || name === "changed") && isItem(told)) this.#upsert(told);
    else if (["item", "changed", "removed", "summary"].includes(name)) this.#lookSoon();
  }

  /** Where the stream only says that something happened: many are told at once, so not all look at once. */
  #lookSoon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.refresh(), Math.random() * SOON);
  }

  // --- The list -----------------------------------------------------------------------------------------------

  #upsert(item: InboxItem): void {
    this.#edits += 1;
    const before = this.#state.items.find(({ id }) => id === item.id);
    const rest = this.#state.items.filter(({ id }) => id !== item.id);
    const place = rest.findIndex(({ created_at, id }) => created_at < item.created_at || (created_at === item.created_at && id < item.id));
    const at = place < 0 ? rest.length : place;
    // Behind the last of what is loaded there may be others that are not.
    const beyond = at === rest.length && this.#state.cursor !== null && !before;
    const items = belongs(item, this.#options.filter) && !beyond ? [...rest.slice(0, at), item, ...rest.slice(at)] : rest;
    const unread = this.#state.unread + Number(isUnread(item)) - Number(before ? isUnread(before) : false);
    this.#set({ ...this.#state, items, unread });
  }

  #drop(itemId: string): void {
    this.#edits += 1;
    const before = this.#state.items.find(({ id }) => id === itemId);
    if (!before) return;
    const items = this.#state.items.filter(({ id }) => id !== itemId);
    this.#set({ ...this.#state, items, unread: this.#state.unread - Number(isUnread(before)) });
  }

  /** Do it here first, then there. What is not there any more stays gone. */
  async #trying(here: () => void, there: () => Promise<void>): Promise<void> {
    const before = this.#state;
    here();
    try {
      await there();
    } catch (error) {
      if (error instanceof FanfareError && error.status === 404) void this.refresh();
      else this.#set({ ...before, status: this.#state.status });
      throw error;
    } finally {
      this.#edits += 1;
    }
  }

  #set(state: InboxState): void {
    const { items, unread, cursor, status } = this.#state;
    const same = sameItems(items, state.items) && unread === state.unread && cursor === state.cursor && status === state.status;
    this.#state = state;
    if (!same) for (const listener of this.#listeners) listener(state);
  }
}

function sameItems(some: readonly InboxItem[], others: readonly InboxItem[]): boolean {
  return some.length === others.length && some.every((item, index) => item === others[index]);
}

function isUnread(item: InboxItem): boolean {
  return item.read_at === null && item.archived_at === null;
}

function belongs(item: InboxItem, filter: Filter): boolean {
  if (filter === "unread") return isUnread(item);
  return (item.archived_at !== null) === (filter === "archived");
}

function marked(item: InboxItem, verb: Verb): InboxItem {
  const now = new Date().toISOString();
  switch (verb) {
    case "read": return { ...item, read_at: item.read_at ?? now, seen_at: item.seen_at ?? now };
    case "unread": return { ...item, read_at: null };
    case "seen": return { ...item, seen_at: item.seen_at ?? now };
    case "archive": return { ...item, archived_at: item.archived_at ?? now };
    case "unarchive": return { ...item, archived_at: null };
    case "acknowledge": return { ...item, acknowledged_at: item.acknowledged_at ?? now };
  }
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function isItem(value: unknown): value is InboxItem {
  const item = value as Partial<InboxItem> | undefined;
  return typeof item?.id === "string" && typeof item.title === "string" && typeof item.created_at === "string";
}
