/**
 * Fanfare for web pages: register this browser, subscribe it to pushes, read the inbox, report what people do.
 *
 *     import { Fanfare } from "https://push.example.com/sdk/fanfare.js";
 *
 *     const fanfare = await Fanfare.start({ api: "https://push.example.com", key: "ffp_…", worker: "/fanfare-worker.js" });
 *     await fanfare.register({ topics: ["news"] });       // an inbox; asks the person nothing
 *     button.onclick = () => fanfare.subscribe();         // pushes; asks for the permission, so call it on a tap
 *     document.querySelector("fanfare-bell").fanfare = fanfare;
 *
 * Every method that talks to the API throws `FanfareError` (`status`, `message`, `retryAfter`, `temporary`).
 */
import type {
  Device as DeviceView, Event as DeliveryEvent, EventKind, LoggedIn, Preferences, PreferencesChange, PublicSettings,
} from "../types/wire.js";
import { askPermission, obstacle, obtainAddress, PushUnavailable, type Reason } from "./address";
import { FanfareBell } from "./bell";
import { Device } from "./device";
import { FanfareError } from "./errors";
import { flush, queue } from "./events";
import { Inbox } from "./inbox";
import { address } from "./subscription";
import { patience, pause } from "./timing";

export type * from "../types/wire.js";
export type { Filter, News, PageOptions, Verb } from "./inbox";
export type { InboxState, StoreOptions } from "./store";
export type { BellTexts } from "./bell-texts";
export type { Reason };
export { InboxStore } from "./store";
export { FanfareBell, FanfareError, Inbox, PushUnavailable };

const INBOX_LAG = 2_000; // The inbox row of a campaign may be stored a moment after its push.

export interface Options {
  /** Where the API is, e.g. `https://push.example.com`. */
  api: string;
  /** The app's publishable key (`ffp_…`). */
  key: string;
  /** Path of the service worker on this site; default `/fanfare-worker.js`. */
  worker?: string;
  /** Default `/`. */
  scope?: string;
  /** Address of the picture shown in notifications. */
  icon?: string;
  appVersion?: string;
}

/** What the page may say about this installation; whatever is left out stays as it is. */
export interface About {
  topics?: string[];
  tags?: Record<string, string | number | boolean>;
}

/** What goes with an event: the button, or what was bought. */
export type Extra = Pick<DeliveryEvent, "action_id" | "name" | "value" | "currency">;

/**
 * One installation of the app in this browser.
 *
 * Dispatches `notification` (`detail: {what, payload}`) when the worker has shown a push (`displayed`), dropped a copy
 * (`duplicate`), or the person has `opened`, `clicked` or `dismissed` it.
 */
export class Fanfare extends EventTarget {
  /** The person's message centre. */
  readonly inbox: Inbox;
  readonly #options: Options;
  readonly #device: Device;
  readonly #worker: Promise<ServiceWorkerRegistration | undefined>;
  #delivering: Promise<void> | undefined;

  /**
   * Begin: recalls who this installation is, starts the worker, sends the events that still wait. Needs no answer of
   * the API, so it works while offline too.
   */
  static async start(options: Options): Promise<Fanfare> {
    const api = options.api.replace(/\/+$/, "");
    return new Fanfare(options, await Device.recall(api, options.key, options.icon));
  }

  private constructor(options: Options, device: Device) {
    super();
    this.#options = options;
    this.#device = device;
    this.#worker = this.#startWorker();
    this.inbox = new Inbox((method, path, extra) => device.call(method, path, extra));
    globalThis.addEventListener?.("online", () => this.#deliver());
    this.#deliver();
  }

  // --- Who this is --------------------------------------------------------------------------------------------

  /** Whether the server has given this installation a device key. */
  get registered(): boolean {
    return this.#device.registered;
  }

  /** Ids of this installation and its person, as far as known. */
  get identity() {
    const { installationId, deviceId, personId, externalId } = this.#device.installation;
    return { installationId, deviceId, personId, externalId };
  }

  /** The app's public settings. */
  app(): Promise<PublicSettings> {
    return this.#device.read("/v1/app");
  }

  /** What the server knows of this device. */
  device(): Promise<DeviceView> {
    return this.#device.ask("GET", "/v1/devices/me");
  }

  // --- Registering --------------------------------------------------------------------------------------------

  /**
   * Register this installation, or refresh what the server knows of it. Asks the person nothing: without a push
   * subscription the device has an inbox only. Call it on every visit.
   */
  async register(about: About = {}) {
    const subscription = await this.#subscription();
    const { language } = globalThis.navigator ?? {};
    const version = this.#options.appVersion;
    const person = this.identity.personId;
    await this.#device.enrol({
      platform: "web",
      ...(language && { locale: language }),
      timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      ...(version && { app_version: version }),
      opted_in: subscription !== null && Notification.permission === "granted",
      ...(subscription && { address: address(subscription) }),
      ...about,
    });
    if (this.identity.personId !== person) this.inbox.reset();
    this.#deliver();
    return this.identity;
  }

  /**
   * Ask the person for the permission, get an address from the browser's push service and give it to the server.
   * Call it when the person taps something; browsers ignore the question otherwise.
   * @throws PushUnavailable with the reason
   */
  async subscribe(about: About = {}) {
    await askPermission();
    const [{ vapid_public_key: vapidKey }, worker] = await Promise.all([this.app(), this.#worker]);
    if (!worker) throw new PushUnavailable("no_worker");
    await obtainAddress(worker, vapidKey);
    await this.#device.remember({ vapidKey });
    return this.register(about);
  }

  /** Stop pushes to this browser. The inbox stays. */
  async unsubscribe(): Promise<void> {
    const change = { address: null, opted_in: false };
    if (this.registered) await this.#device.call("PATCH", "/v1/devices/me", { body: change });
    await (await this.#subscription())?.unsubscribe();
  }

  /** Remove this installation from the server and forget everything here. */
  async uninstall(): Promise<void> {
    if (this.registered) await this.#device.call("DELETE", "/v1/devices/me");
    await this.#device.reset();
    this.inbox.reset();
  }

  /** Whether pushes reach this browser; when `off`, `subscribe()` may turn them on. */
  async pushState(): Promise<"on" | "off" | "denied" | "insecure" | "unsupported"> {
    const problem = obstacle();
    if (problem) return problem;
    if (Notification.permission === "denied") return "denied";
    return (await this.#subscription()) ? "on" : "off";
  }

  // --- The person ---------------------------------------------------------------------------------------------

  /**
   * Say who uses this installation; what the anonymous person had merges into the known one.
   * @param externalId your own id of the person
   * @param signature hex HMAC-SHA256(identity secret, external id), made by your backend
   */
  async login(externalId: string, signature?: string): Promise<void> {
    const body = { external_id: externalId, ...(signature && { signature }) };
    const person = await this.#device.ask<LoggedIn>("PUT", "/v1/devices/me/person", body);
    await this.#device.remember({ personId: person.person_id, externalId });
    this.inbox.reset();
  }

  /** Back to an anonymous person. */
  async logout(): Promise<void> {
    const person = await this.#device.ask<LoggedIn>("DELETE", "/v1/devices/me/person");
    await this.#device.remember({ personId: person.person_id, externalId: undefined });
    this.inbox.reset();
  }

  /** @param topic path-like, e.g. `news/sports` */
  async follow(topic: string): Promise<void> {
    await this.#device.call("PUT", `/v1/devices/me/topics/${encodeURI(topic)}`);
  }

  async unfollow(topic: string): Promise<void> {
    await this.#device.call("DELETE", `/v1/devices/me/topics/${encodeURI(topic)}`);
  }

  preferences(): Promise<Preferences> {
    return this.#device.ask("GET", "/v1/me/preferences");
  }

  /** Change preferences; categories that are not named stay. */
  changePreferences(change: PreferencesChange): Promise<Preferences> {
    return this.#device.ask("PUT", "/v1/me/preferences", change);
  }

  /**
   * Record that the person agrees to promotion, or no longer does.
   * @param evidence how they said so, and the words they agreed to
   */
  consent(promotion: boolean, evidence: { source?: string; text?: string } = {}): Promise<Preferences> {
    return this.changePreferences({ consent: { promotion, at: new Date().toISOString(), ...evidence } });
  }

  // --- Events -------------------------------------------------------------------------------------------------

  /**
   * Report what the person did with a delivery, e.g. opened an inbox item or bought something. Stored first, so it is
   * sent later when there is no connection.
   */
  async report(kind: EventKind, deliveryId: string, extra: Extra = {}): Promise<void> {
    const once = [kind, deliveryId, extra.action_id].filter(Boolean).join(":");
    const event_id = kind === "converted" ? crypto.randomUUID() : once; // A person may convert more than once.
    await queue([{ event_id, kind, at: new Date().toISOString(), delivery_id: deliveryId, ...extra }]);
    this.#deliver();
  }

  // --- Inside -------------------------------------------------------------------------------------------------

  async #startWorker(): Promise<ServiceWorkerRegistration | undefined> {
    const { serviceWorker } = globalThis.navigator ?? {};
    if (!serviceWorker) return undefined;
    const { worker = "/fanfare-worker.js", scope = "/" } = this.#options;
    serviceWorker.addEventListener("message", ({ data }) => this.#hear(data));
    try {
      await serviceWorker.register(worker, { scope });
      return await serviceWorker.ready;
    } catch (error) {
      console.warn("Fanfare: the service worker did not start.", error);
      return undefined;
    }
  }

  /** @param data what the worker tells */
  #hear(data: { fanfare?: string; payload?: unknown } | null): void {
    if (!data?.fanfare) return;
    if (!this.inbox.live.on) {
      this.inbox.refresh();
      setTimeout(() => this.inbox.refresh(), INBOX_LAG);
    }
    this.dispatchEvent(new CustomEvent("notification", { detail: { what: data.fanfare, payload: data.payload } }));
  }

  /** Send waiting events; while the API is away or busy, try again after a growing pause. */
  #deliver(): void {
    this.#delivering ??= (async () => {
      for (let attempt = 0; ; attempt += 1) {
        try {
          await flush();
          return;
        } catch (error) {
          await pause(patience(error, attempt));
        }
      }
    })().finally(() => {
      this.#delivering = undefined;
    });
  }

  async #subscription(): Promise<PushSubscription | null> {
    if (obstacle()) return null;
    return (await (await this.#worker)?.pushManager.getSubscription()) ?? null;
  }
}
