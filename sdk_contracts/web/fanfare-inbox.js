/** The person's message centre: pages, counts, marks, and watching for changes. */
import "./fanfare-core.js";

const core = globalThis.FanfareCore;
const FIRST_RETRY = 2_000;
const LONGEST_RETRY = 5 * 60_000;

/**
 * @typedef {object} InboxItem
 * @property {string} id
 * @property {string} campaign_id
 * @property {string} delivery_id
 * @property {string} kind
 * @property {string | null} category
 * @property {string} title
 * @property {string} body
 * @property {string | null} image_url
 * @property {string | null} link
 * @property {{id: string, label: string, link: string | null}[]} actions
 * @property {Record<string, string>} data
 * @property {string} created_at
 * @property {string | null} expires_at
 * @property {string | null} seen_at
 * @property {string | null} read_at
 * @property {string | null} archived_at
 * @property {string | null} acknowledged_at
 *
 * @typedef {{items: InboxItem[], next_cursor: string | null, unread: number}} InboxPage
 * @typedef {{filter?: "all" | "unread" | "archived", limit?: number, cursor?: string}} PageOptions
 * @typedef {(method: string, path: string, options?: {headers?: Record<string, string>, raw?: boolean}) => Promise<any>} Caller
 * @typedef {"read" | "unread" | "seen" | "archive" | "unarchive" | "acknowledge"} Verb
 */

export class Inbox {
  /** @type {Caller} */ #call;
  /** @type {Map<string, {etag: string, page: InboxPage}>} */ #pages = new Map();
  /** @type {Set<() => void>} */ #watchers = new Set();

  /** Made by `Fanfare`. @param {Caller} call */
  constructor(call) {
    this.#call = call;
  }

  /**
   * One page, newest first. The same object is returned while nothing has changed, so `===` tells.
   * @param {PageOptions} [options]
   * @returns {Promise<InboxPage>}
   */
  async page({ filter = "all", limit = 20, cursor } = {}) {
    const query = new URLSearchParams({ filter, limit: String(limit), ...(cursor && { cursor }) });
    const path = `/v1/inbox?${query}`;
    const known = this.#pages.get(path);
    const response = await this.#call("GET", path, {
      headers: known && { "If-None-Match": known.etag },
      raw: true,
    });
    if (known && response.status === 304) return known.page;
    const page = await response.json();
    const etag = response.headers.get("ETag");
    if (etag && !cursor) this.#pages.set(path, { etag, page });
    return page;
  }

  /** @returns {Promise<{unread: number, unseen: number}>} */
  summary() {
    return this.#call("GET", "/v1/inbox/summary");
  }

  /** @param {string} itemId @param {Verb} verb */
  async mark(itemId, verb) {
    await this.#call("POST", `/v1/inbox/${itemId}/${verb}`);
    this.refresh();
  }

  /** @param {string} itemId */
  async remove(itemId) {
    await this.#call("DELETE", `/v1/inbox/${itemId}`);
    this.refresh();
  }

  async readAll() {
    await this.#call("POST", "/v1/inbox/read-all");
    this.refresh();
  }

  /**
   * Look again and again while the page is visible, and at once after a push. Tells the listener every change, and an
   * error once while the API is away.
   * @param {(news: {page?: InboxPage, error?: Error}) => void} listener
   * @param {PageOptions & {seconds?: number}} [options] `seconds` between two looks, on average; default 30
   * @returns {() => void} call it to stop
   */
  watch(listener, { seconds = 30, ...options } = {}) {
    let timer = 0;
    let stopped = false;
    let failures = 0;
    /** @type {InboxPage | undefined} */
    let last;
    const look = async () => {
      clearTimeout(timer);
      if (stopped || document.hidden) return;
      let wait = seconds * 1000 * (0.75 + Math.random() / 2);
      try {
        const page = await this.page(options);
        if (!stopped && (page !== last || failures > 0)) listener({ page });
        [last, failures] = [page, 0];
      } catch (error) {
        if (!stopped && failures === 0) listener({ error });
        wait = Math.max((error.retryAfter ?? 0) * 1000, core.backoff(failures, FIRST_RETRY, LONGEST_RETRY));
        failures += 1;
      }
      clearTimeout(timer);
      if (!stopped) timer = setTimeout(look, wait);
    };
    this.#watchers.add(look);
    document.addEventListener("visibilitychange", look);
    look();
    return () => {
      stopped = true;
      clearTimeout(timer);
      this.#watchers.delete(look);
      document.removeEventListener("visibilitychange", look);
    };
  }

  /** Another person: nothing read before counts. */
  reset() {
    this.#pages.clear();
    this.refresh();
  }

  /** Look now. */
  refresh() {
    for (const look of this.#watchers) look();
  }
}
