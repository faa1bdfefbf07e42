/** The person's message centre: pages, counts, marks, and watching for changes. */
import type { InboxItem, InboxPage, InboxSummary } from "../types/wire.js";
import type { CallOptions } from "./calls";
import { Live } from "./live";
import { InboxStore, type StoreOptions } from "./store";

export type { InboxItem, InboxPage, InboxSummary };
export type Verb = "read" | "unread" | "seen" | "archive" | "unarchive" | "acknowledge";
export type Filter = "all" | "unread" | "archived";

export interface PageOptions {
  filter?: Filter;
  /** 1 to 100, default 20. */
  limit?: number;
  cursor?: string;
}

/** Exactly one of the two. */
export interface News {
  page?: InboxPage;
  error?: Error;
}

/** Calls the API with the device key. */
export type Caller = (method: string, path: string, options?: CallOptions) => Promise<Response>;

export class Inbox {
  readonly live: Live;
  readonly #call: Caller;
  readonly #pages = new Map<string, { etag: string; page: InboxPage }>();
  readonly #stores = new Set<InboxStore>();

  /** Made by `Fanfare`. */
  constructor(call: Caller) {
    this.#call = call;
    this.live = new Live((lastId, signal) => {
      const headers: Record<string, string> = { Accept: "text/event-stream" };
      if (lastId) headers["Last-Event-ID"] = lastId;
      return call("GET", "/v1/inbox/stream", { headers, signal });
    });
  }

  /** One page, newest first. The same object is returned while nothing has changed, so `===` tells. */
  async page({ filter = "all", limit = 20, cursor }: PageOptions = {}): Promise<InboxPage> {
    const query = new URLSearchParams({ filter, limit: String(limit), ...(cursor && { cursor }) });
    const path = `/v1/inbox?${query}`;
    const known = this.#pages.get(path);
    const response = await this.#call("GET", path, { headers: known && { "If-None-Match": known.etag } });
    if (known && response.status === 304) return known.page;
    const page = (await response.json()) as InboxPage;
    const etag = response.headers.get("ETag");
    if (etag && !cursor) this.#pages.set(path, { etag, page });
    return page;
  }

  async summary(): Promise<InboxSummary> {
    return (await this.#call("GET", "/v1/inbox/summary")).json();
  }

  async mark(itemId: string, verb: Verb): Promise<void> {
    await this.#call("POST", `/v1/inbox/${encodeURIComponent(itemId)}/${verb}`);
    this.refresh();
  }

  async remove(itemId: string): Promise<void> {
    await this.#call("DELETE", `/v1/inbox/${encodeURIComponent(itemId)}`);
    this.refresh();
  }

  async readAll(): Promise<void> {
    await this.#call("POST", "/v1/inbox/read-all");
    this.refresh();
  }

  /** The inbox as a live list to draw from. It follows while somebody is subscribed to it. */
  store(options: StoreOptions = {}): InboxStore {
    return new InboxStore(this, this.#stores, options);
  }

  /**
   * Follow the inbox: live where the server streams, else looking again and again while the page is visible. Tells the
   * listener every change, and an error once while the API is away.
   * @returns call it to stop
   */
  watch(listener: (news: News) => void, options: StoreOptions = {}): () => void {
    let was = "";
    return this.store(options).subscribe((state) => {
      const away = state.status === "away";
      if (away && was !== "away") listener({ error: state.error ?? new Error("The inbox cannot be reached.") });
      if (!away && state.status !== "loading") {
        const { items, cursor, unread } = state;
        listener({ page: { items, next_cursor: cursor, unread } });
      }
      was = state.status;
    });
  }

  /** Another person: nothing read before counts. */
  reset(): void {
    this.#pages.clear();
    this.live.reset();
    for (const store of this.#stores) store.reset();
  }

  /** Look now. */
  refresh(): void {
    for (const store of this.#stores) void store.refresh();
  }
}
