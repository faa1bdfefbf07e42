/**
 * Fanfare for web pages: register this browser, subscribe it to pushes, read the inbox, report what people do.
 *
 *     import { Fanfare } from "https://push.example.com/sdk/fanfare.js";
 *
 *     const fanfare = await Fanfare.start({ api: "https://push.example.com", key: "ffp_…", worker: "/fanfare-worker.js" });
 *     await fanfare.register({ topics: ["news"] });       // an inbox; asks the person nothing
 *     button.onclick = () => fanfare.subscribe();         // pushes; asks for the permission, so call it on a tap
 *     fanfare.inbox.watch(({ page }) => page && show(page.items, page.unread));
 *
 * Every method that talks to the API throws `FanfareError` (`status`, `message`, `retryAfter`, `temporary`).
 */
import "./fanfare-core.js";
import { askPermission, obstacle, obtainAddress, PushUnavailable } from "./fanfare-address.js";
import { Device } from "./fanfare-device.js";
import { Inbox } from "./fanfare-inbox.js";

const core = globalThis.FanfareCore;
export const { FanfareError } = core;
export { PushUnavailable };

const FIRST_RETRY = 2_000;
const LONGEST_RETRY = 5 * 60_000;
const INBOX_LAG = 2_000; // The inbox row of a campaign may be stored a moment after its push.

/**
 * @typedef {object} Options
 * @property {string} api where the API is, e.g. `https://push.example.com`
 * @property {string} key the app's publishable key (`ffp_…`)
 * @property {string} [worker] path of the service worker on this site; default `/fanfare-worker.js`
 * @property {string} [scope] default `/`
 * @property {string} [icon] address of the picture shown in notifications
 * @property {string} [appVersion]
 */

/**
 * What the page may say about this installation; whatever is left out stays as it is.
 * @typedef {object} About
 * @property {string[]} [topics]
 * @property {Record<string, string | number | boolean>} [tags]
 */

/**
 * One installation of the app in this browser.
 *
 * Dispatches `notification` (`detail: {what, payload}`) when the worker has shown a push (`displayed`), dropped a copy
 * (`duplicate`), or the person has `opened`, `clicked` or `dismissed` it.
 */
export class Fanfare extends EventTarget {
  /** @type {Options} */ #options;
  /** @type {Device} */ #device;
  /** @type {Promise<ServiceWorkerRegistration | undefined>} */ #worker;
  /** @type {Promise<void> | undefined} */ #delivering;

  /**
   * Begin: recalls who this installation is, starts the worker, sends the events that still wait. Needs no answer of
   * the API, so it works while offline too.
   * @param {Options} options
   */
  static async start(options) {
    const api = options.api.replace(/\/+$/, "");
    const device = await Device.recall(api, options.key, options.icon);
    return new Fanfare(options, device);
  }

  /** Use `Fanfare.start`. @param {Options} options @param {Device} device */
  constructor(options, device) {
    super();
    this.#options = options;
    this.#device = device;
    this.#worker = this.#startWorker();
    /** The person's message centre. */
    this.inbox = new Inbox((method, path, extra) => device.call(method, path, extra));
    addEventListener("online", () => this.#deliver());
    this.#deliver();
  }

  // --- Who this is --------------------------------------------------------------------------------------------

  /** Whether the server has given this installation a device key. */
  get registered() {
    return this.#device.registered;
  }

  /** Ids of this installation and its person, as far as known. */
  get identity() {
    const { installationId, deviceId, personId, externalId } = this.#device.installation;
    return { installationId, deviceId, personId, externalId };
  }

  /**
   * The app's public settings.
   * @returns {Promise<{app_id: string, name: string, vapid_public_key: string, categories: string[]}>}
   */
  app() {
    return this.#device.read("/v1/app");
  }

  /** What the server knows of this device. */
  device() {
    return this.#device.call("GET", "/v1/devices/me");
  }

  // --- Registering --------------------------------------------------------------------------------------------

  /**
   * Register this installation, or refresh what the server knows of it. Asks the person nothing: without a push
   * subscription the device has an inbox only. Call it on every visit.
   * @param {About} [about]
   */
  async register(about = {}) {
    const subscription = await this.#subscription();
    const allowed = subscription !== null && Notification.permission === "granted";
    await this.#device.enrol({
      platform: "web",
      locale: navigator.language || undefined,
      timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      app_version: this.#options.appVersion,
      opted_in: allowed,
      address: subscription ? core.address(subscription) : undefined,
      ...about,
    });
    return this.identity;
  }

  /**
   * Ask the person for the permission, get an address from the browser's push service and give it to the server.
   * Call it when the person taps something; browsers ignore the question otherwise.
   * @param {About} [about]
   * @throws {PushUnavailable} with the reason
   */
  async subscribe(about = {}) {
    await askPermission();
    const [{ vapid_public_key: vapidKey }, worker] = await Promise.all([this.app(), this.#worker]);
    if (!worker) throw new PushUnavailable("no_worker");
    await obtainAddress(worker, vapidKey);
    await this.#device.remember({ vapidKey });
    return this.register(about);
  }

  /** Stop pushes to this browser. The inbox stays. */
  async unsubscribe() {
    const change = { address: null, opted_in: false };
    if (this.registered) await this.#device.call("PATCH", "/v1/devices/me", { body: change });
    await (await this.#subscription())?.unsubscribe();
  }

  /** Remove this installation from the server and forget everything here. */
  async uninstall() {
    if (this.registered) await this.#device.call("DELETE", "/v1/devices/me");
    await this.#device.reset();
    this.inbox.reset();
  }

  /**
   * Whether pushes reach this browser.
   * @returns {Promise<"on" | "off" | "denied" | "insecure" | "unsupported">} `off`: `subscribe()` may turn it on
   */
  async pushState() {
    const problem = obstacle();
    if (problem) return problem;
    if (Notification.permission === "denied") return "denied";
    return (await this.#subscription()) ? "on" : "off";
  }

  // --- The person ---------------------------------------------------------------------------------------------

  /**
   * Say who uses this installation; what the anonymous person had merges into the known one.
   * @param {string} externalId your own id of the person
   * @param {string} [signature] hex HMAC-SHA256(identity secret, external id), made by your backend
   */
  async login(externalId, signature) {
    const body = { external_id: externalId, ...(signature && { signature }) };
    const person = await this.#device.call("PUT", "/v1/devices/me/person", { body });
    await this.#device.remember({ personId: person.person_id, externalId });
    this.inbox.reset();
  }

  /** Back to an anonymous person. */
  async logout() {
    const person = await this.#device.call("DELETE", "/v1/devices/me/person");
    await this.#device.remember({ personId: person?.person_id, externalId: undefined });
    this.inbox.reset();
  }

  /** @param {string} topic path-like, e.g. `news/sports` */
  follow(topic) {
    return this.#device.call("PUT", `/v1/devices/me/topics/${encodeURI(topic)}`);
  }

  /** @param {string} topic */
  unfollow(topic) {
    return this.#device.call("DELETE", `/v1/devices/me/topics/${encodeURI(topic)}`);
  }

  /** `{categories, consent, quiet_hours}` of the person. */
  preferences() {
    return this.#device.call("GET", "/v1/me/preferences");
  }

  /**
   * Change preferences; categories that are not named stay.
   * @param {{categories?: Record<string, {push?: boolean, inbox?: boolean, email?: boolean}>,
   *          consent?: {promotion: boolean, at: string, source?: string, text?: string},
   *          quiet_hours?: {from: string, to: string}}} change
   */
  changePreferences(change) {
    return this.#device.call("PUT", "/v1/me/preferences", { body: change });
  }

  /**
   * Record that the person agrees to promotion, or no longer does.
   * @param {boolean} promotion
   * @param {{source?: string, text?: string}} [evidence] how they said so, and the words they agreed to
   */
  consent(promotion, evidence = {}) {
    return this.changePreferences({ consent: { promotion, at: new Date().toISOString(), ...evidence } });
  }

  // --- Events -------------------------------------------------------------------------------------------------

  /**
   * Report what the person did with a delivery, e.g. opened an inbox item or bought something. Stored first, so it is
   * sent later when there is no connection.
   * @param {"opened" | "clicked" | "converted" | "acknowledged"} kind
   * @param {string} deliveryId
   * @param {{action_id?: string, name?: string, value?: number, currency?: string}} [extra]
   */
  async report(kind, deliveryId, extra = {}) {
    const once = [kind, deliveryId, extra.action_id].filter(Boolean).join(":");
    const event_id = kind === "converted" ? crypto.randomUUID() : once; // A person may convert more than once.
    await core.queue([{ event_id, kind, at: new Date().toISOString(), delivery_id: deliveryId, ...extra }]);
    this.#deliver();
  }

  // --- Inside -------------------------------------------------------------------------------------------------

  async #startWorker() {
    if (!("serviceWorker" in navigator)) return undefined;
    const { worker = "/fanfare-worker.js", scope = "/" } = this.#options;
    navigator.serviceWorker.addEventListener("message", ({ data }) => this.#hear(data));
    try {
      await navigator.serviceWorker.register(worker, { scope });
      return await navigator.serviceWorker.ready;
    } catch (error) {
      console.warn("Fanfare: the service worker did not start.", error);
      return undefined;
    }
  }

  /** @param {any} data what the worker tells */
  #hear(data) {
    if (!data?.fanfare) return;
    this.inbox.refresh();
    setTimeout(() => this.inbox.refresh(), INBOX_LAG);
    this.dispatchEvent(new CustomEvent("notification", { detail: { what: data.fanfare, payload: data.payload } }));
  }

  /** Send waiting events; while the API is away, try again after a growing pause. */
  #deliver() {
    this.#delivering ??= (async () => {
      for (let attempt = 0; ; attempt += 1) {
        try {
          await core.flush();
          return;
        } catch (error) {
          await core.pause((error.retryAfter ?? 0) * 1000 + core.backoff(attempt, FIRST_RETRY, LONGEST_RETRY));
        }
      }
    })().finally(() => {
      this.#delivering = undefined;
    });
  }

  async #subscription() {
    if (obstacle()) return null;
    return (await (await this.#worker)?.pushManager.getSubscription()) ?? null;
  }
}
