/**
 * What the page (`fanfare.js`) and the service worker (`fanfare-worker.js`) share: what is remembered in IndexedDB,
 * calls to the API, and the queue of events that survives a lost connection.
 *
 * A plain script, so that both an ES module (`import`) and a classic worker (`importScripts`) can load it; it adds one
 * global, `FanfareCore`.
 */
"use strict";

/**
 * What an installation remembers. One record, so it is never half written.
 * @typedef {object} Installation
 * @property {string} api base URL of the API, without a trailing slash
 * @property {string} key publishable key (`ffp_…`)
 * @property {string} installationId made here once, kept until uninstalled
 * @property {string} [deviceId]
 * @property {string} [deviceKey] device key (`ffd_…`); never leaves this browser but to the API
 * @property {string} [personId]
 * @property {string} [externalId] who is logged in
 * @property {string} [vapidKey] the app's key the address was made with
 * @property {string} [icon] shown in notifications
 */

/**
 * Something that happened to a delivery. `receipt` (from the push) stands in for the device key.
 * @typedef {object} DeliveryEvent
 * @property {string} event_id the same for the same happening, so a retry never counts twice
 * @property {"received"|"displayed"|"opened"|"clicked"|"dismissed"|"converted"|"acknowledged"} kind
 * @property {string} at RFC 3339
 * @property {string} [delivery_id]
 * @property {string} [receipt]
 * @property {string} [action_id]
 * @property {string} [name]
 * @property {number} [value]
 * @property {string} [currency]
 */

(() => {
  const DAY = 24 * 3600 * 1000;
  const REMEMBER_SHOWN_FOR = 30 * DAY; // Web Push services keep a message for at most 30 days.
  const CALL_TIMEOUT = 15_000;
  const LARGEST_BATCH = 500; // POST /v1/events takes no more.
  const LONGEST_QUEUE = 5_000;

  /** A call that did not succeed. `status` is 0 when the API could not be reached. */
  class FanfareError extends Error {
    /**
     * @param {number} status HTTP status, or 0
     * @param {string} message what the server said (RFC 9457 `detail`), or what went wrong on the way
     * @param {number} [retryAfter] seconds the server asks to wait
     */
    constructor(status, message, retryAfter) {
      super(message);
      this.name = "FanfareError";
      this.status = status;
      this.retryAfter = retryAfter;
    }

    /** True when the same call may succeed later: no connection, too many calls, or the server is in trouble. */
    get temporary() {
      return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
    }
  }

  // --- Memory -------------------------------------------------------------------------------------------------

  /** @type {Promise<IDBDatabase> | undefined} */
  let opened;

  /** @returns {Promise<IDBDatabase>} */
  function database() {
    opened ??= new Promise((resolve, reject) => {
      const request = indexedDB.open("fanfare", 1);
      request.onupgradeneeded = () => {
        request.result.createObjectStore("installation");
        request.result.createObjectStore("shown");
        request.result.createObjectStore("events", { keyPath: "event_id" });
      };
      request.onsuccess = () => {
        request.result.onversionchange = () => {
          request.result.close();
          opened = undefined;
        };
        resolve(request.result);
      };
      request.onerror = () => {
        opened = undefined;
        reject(request.error);
      };
    });
    return opened;
  }

  /**
   * Run `work` on one object store and wait until it is stored.
   * @template T
   * @param {string} name
   * @param {IDBTransactionMode} mode
   * @param {(store: IDBObjectStore) => IDBRequest<T>} work
   * @returns {Promise<T>}
   */
  async function stored(name, mode, work) {
    const transaction = (await database()).transaction(name, mode);
    const request = work(transaction.objectStore(name));
    return new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error ?? request.error);
    });
  }

  /** @returns {Promise<Installation | undefined>} */
  const recall = () => stored("installation", "readonly", (store) => store.get("this"));

  /** @param {Installation} installation */
  const remember = (installation) => stored("installation", "readwrite", (store) => store.put(installation, "this"));

  /** Forget everything: the installation, its waiting events and what was shown. */
  async function forget() {
    for (const name of ["installation", "shown", "events"]) {
      await stored(name, "readwrite", (store) => store.clear());
    }
  }

  /**
   * @param {string} deliveryId
   * @returns {Promise<boolean>} whether this browser has shown the delivery before
   */
  async function wasShown(deliveryId) {
    return (await stored("shown", "readonly", (store) => store.get(deliveryId))) !== undefined;
  }

  /** @param {string} deliveryId */
  async function rememberShown(deliveryId) {
    await stored("shown", "readwrite", (store) => store.put(Date.now(), deliveryId));
    const stale = Date.now() - REMEMBER_SHOWN_FOR;
    await stored("shown", "readwrite", (store) => {
      const walk = store.openCursor();
      walk.onsuccess = () => {
        if (!walk.result) return;
        if (walk.result.value < stale) walk.result.delete();
        walk.result.continue();
      };
      return walk;
    });
  }

  // --- Calls --------------------------------------------------------------------------------------------------

  /**
   * Call the API.
   * @param {string} api base URL
   * @param {string} method
   * @param {string} path
   * @param {{key?: string, body?: unknown, headers?: Record<string, string>}} [options] `key` is sent as bearer
   * @returns {Promise<Response>} a 2xx answer, or 304 when the call carried `If-None-Match`
   * @throws {FanfareError}
   */
  async function call(api, method, path, { key, body, headers = {} } = {}) {
    const sent = { ...headers };
    if (key) sent.Authorization = `Bearer ${key}`;
    if (body !== undefined) sent["Content-Type"] = "application/json";
    let response;
    try {
      response = await fetch(api + path, {
        method,
        headers: sent,
        body: body === undefined ? undefined : JSON.stringify(body),
        cache: "no-store",
        credentials: "omit",
        signal: AbortSignal.timeout(CALL_TIMEOUT),
      });
    } catch (cause) {
      throw new FanfareError(0, `The API at ${api} could not be reached (${cause}).`);
    }
    if (response.ok || response.status === 304) return response;
    const problem = await response.json().catch(() => ({}));
    const wait = Number(response.headers.get("Retry-After"));
    throw new FanfareError(response.status, problem.detail || problem.title || `HTTP ${response.status}`, wait || undefined);
  }

  // --- Events -------------------------------------------------------------------------------------------------

  /**
   * Put events into the queue. An event that waits already is not added again.
   * @param {DeliveryEvent[]} events
   */
  async function queue(events) {
    const waiting = await stored("events", "readonly", (store) => store.count());
    if (waiting + events.length > LONGEST_QUEUE) return;
    for (const event of events) await stored("events", "readwrite", (store) => store.put(event));
  }

  /**
   * Send what waits. Events with a receipt need no key; the others go with the device key.
   * What the server refuses for good is dropped, what may succeed later stays.
   * @returns {Promise<number>} how many events still wait
   * @throws {FanfareError} when the API is away or busy
   */
  async function flush() {
    // Page and worker share the queue: only one of them sends at a time.
    if (!navigator.locks) return sendWaiting();
    return navigator.locks.request("fanfare-events", sendWaiting);
  }

  /** @returns {Promise<number>} */
  async function sendWaiting() {
    const installation = await recall();
    if (!installation) return 0;
    /** @type {DeliveryEvent[]} */
    const waiting = await stored("events", "readonly", (store) => store.getAll(null, LARGEST_BATCH));
    const keyless = waiting.filter((event) => event.receipt);
    const keyed = waiting.filter((event) => !event.receipt);
    await send(installation.api, undefined, keyless);
    await send(installation.api, installation.deviceKey, keyed);
    const left = await stored("events", "readonly", (store) => store.count());
    return left > 0 && waiting.length === LARGEST_BATCH ? sendWaiting() : left;
  }

  /**
   * @param {string} api
   * @param {string | undefined} key
   * @param {DeliveryEvent[]} events
   */
  async function send(api, key, events) {
    if (events.length === 0) return;
    try {
      await call(api, "POST", "/v1/events", { key, body: { events } });
    } catch (error) {
      if (!(error instanceof FanfareError) || error.temporary) throw error;
      console.warn(`Fanfare: ${events.length} event(s) refused: ${error.message}`);
    }
    for (const event of events) await stored("events", "readwrite", (store) => store.delete(event.event_id));
  }

  // --- Small helpers ------------------------------------------------------------------------------------------

  /**
   * Exponential backoff with full jitter, so that many clients do not come back at the same moment.
   * @param {number} attempt from 0
   * @param {number} first milliseconds
   * @param {number} most milliseconds
   */
  const backoff = (attempt, first, most) => Math.random() * Math.min(most, first * 2 ** attempt);

  /** @param {number} milliseconds @returns {Promise<void>} */
  const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

  /**
   * A PushSubscription as the API takes it.
   * @param {PushSubscription} subscription
   */
  function address(subscription) {
    const { endpoint, keys = {} } = subscription.toJSON();
    return { kind: "web_push", endpoint, p256dh: keys.p256dh, auth: keys.auth };
  }

  /**
   * @param {string} text base64url without padding, e.g. a VAPID public key
   * @returns {Uint8Array}
   */
  function bytes(text) {
    const binary = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(binary, (character) => character.charCodeAt(0));
  }

  globalThis.FanfareCore = Object.freeze({
    FanfareError, recall, remember, forget, wasShown, rememberShown, call, queue, flush, backoff, pause, address, bytes,
  });
})();
