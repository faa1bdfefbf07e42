/**
 * Fanfare's service worker: shows what is pushed, and reports what became of it.
 *
 * On the API's own origin it runs as it is. On your site, put a file of your own at `/fanfare-worker.js` with one line:
 *
 *     importScripts("https://push.example.com/sdk/fanfare-core.js", "https://push.example.com/sdk/fanfare-worker.js");
 */
"use strict";

if (!self.FanfareCore) importScripts("fanfare-core.js");

(() => {
  const core = self.FanfareCore;
  /** @type {Map<string, string>} the delivery last shown under each tag, while this worker lives */
  const newest = new Map();
  /** @type {Set<string>} deliveries the person tapped, while this worker lives */
  const touched = new Set();
  const TRIES = 3; // A worker lives for seconds: what fails now is sent at the next push, tap or visit.

  /**
   * What a push carries (`PushPayload` of the wire contracts).
   * @typedef {object} Payload
   * @property {string} delivery_id
   * @property {string} receipt signed token that lets exactly this delivery be reported without a key
   * @property {string} title
   * @property {string} [body]
   * @property {string} [image_url]
   * @property {string} [link]
   * @property {{id: string, label: string, link?: string}[]} [actions]
   * @property {Record<string, string>} [data]
   * @property {boolean} [silent]
   * @property {string} [collapse_key] notifications with the same one replace each other
   */

  self.addEventListener("install", () => self.skipWaiting());
  self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
  self.addEventListener("push", (event) => event.waitUntil(receive(event)));
  self.addEventListener("notificationclick", (event) => {
    touched.add(event.notification.data?.fanfare?.delivery_id);
    event.notification.close();
    event.waitUntil(open(event.notification, event.action));
  });
  self.addEventListener("notificationclose", (event) => event.waitUntil(dismiss(event.notification)));
  self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renewAddress(event)));
  self.addEventListener("sync", (event) => {
    if (event.tag === "fanfare-events") event.waitUntil(core.flush());
  });

  /**
   * Show the push, then report it. Browsers take the permission away from sites that are pushed to and show nothing,
   * so even a push that cannot be read shows something.
   * @param {PushEvent} event
   */
  async function receive(event) {
    const payload = read(event.data);
    if (!payload) return self.registration.showNotification(self.location.hostname, { tag: "fanfare-unreadable" });
    const shown = await show(payload);
    await tell(shown ? "displayed" : "duplicate", payload);
    if (shown) await report(payload, ["received", "displayed"]);
  }

  /** @param {PushMessageData | null} data @returns {Payload | null} */
  function read(data) {
    try {
      const payload = data?.json();
      return payload?.delivery_id ? payload : null;
    } catch {
      return null;
    }
  }

  /**
   * Show a delivery once. The server sends at least once, so a copy of what was shown before is dropped: showing it
   * again, even in place, would count as a dismissal or bring back what the person has put away.
   * @param {Payload} payload
   * @returns {Promise<boolean>} false for a copy
   */
  async function show(payload) {
    if (await core.wasShown(payload.delivery_id).catch(() => false)) return false;
    const tag = payload.collapse_key || payload.delivery_id;
    newest.set(tag, payload.delivery_id);
    const installation = await core.recall().catch(() => undefined);
    await self.registration.showNotification(payload.title || self.location.hostname, {
      body: payload.body ?? "",
      tag,
      renotify: Boolean(payload.collapse_key) && !payload.silent,
      silent: Boolean(payload.silent),
      timestamp: Date.now(),
      data: { ...payload.data, fanfare: payload },
      actions: (payload.actions ?? []).map(({ id, label }) => ({ action: id, title: label })),
      ...(payload.image_url && { image: payload.image_url }),
      ...(installation?.icon && { icon: installation.icon, badge: installation.icon }),
    });
    await core.rememberShown(payload.delivery_id).catch(() => undefined);
    return true;
  }

  /**
   * The person tapped the notification or one of its buttons: go where it leads, and say so.
   * @param {Notification} notification
   * @param {string} action id of the button, empty for the notification itself
   */
  async function open(notification, action) {
    const payload = notification.data?.fanfare;
    const button = payload?.actions?.find(({ id }) => id === action);
    const link = button?.link ?? payload?.link;
    await goTo(link); // First, because a browser allows it only for a moment after the tap.
    if (!payload) return;
    await tell(button || link ? "clicked" : "opened", payload);
    await report(payload, button || link ? ["opened", "clicked"] : ["opened"], button?.id);
  }

  /** @param {string | undefined} link where to; without a web address, back to the site */
  async function goTo(link) {
    const scope = self.registration.scope;
    const target = link && /^https?:/i.test(link) ? new URL(link).href : scope;
    const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
    const page = pages.find(({ url }) => (target === scope ? url.startsWith(scope) : url === target));
    await (page ? page.focus() : self.clients.openWindow(target)).catch(() => undefined);
  }

  /**
   * The person put the notification away. Firefox says so too when they tapped it, and when a newer one takes its
   * place; those are no dismissals.
   * @param {Notification} notification
   */
  async function dismiss(notification) {
    const payload = notification.data?.fanfare;
    const replaced = (newest.get(notification.tag) ?? payload?.delivery_id) !== payload?.delivery_id;
    if (!payload || replaced || touched.has(payload.delivery_id)) return;
    await tell("dismissed", payload);
    await report(payload, ["dismissed"]);
  }

  /**
   * Queue what happened, and try to send it now.
   * @param {Payload} payload
   * @param {string[]} kinds
   * @param {string} [actionId]
   */
  async function report(payload, kinds, actionId) {
    const at = new Date().toISOString();
    await core.queue(
      kinds.map((kind) => ({
        event_id: `${kind}:${payload.delivery_id}${actionId && kind === "clicked" ? `:${actionId}` : ""}`,
        kind,
        at,
        receipt: payload.receipt,
        ...(actionId && kind === "clicked" && { action_id: actionId }),
      })),
    );
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      try {
        await core.flush();
        return;
      } catch (error) {
        if (attempt + 1 < TRIES) await core.pause(core.backoff(attempt, 1_000, 4_000));
      }
    }
    // Where the browser knows background sync, it wakes the worker once the connection is back.
    await self.registration.sync?.register("fanfare-events").catch(() => undefined);
  }

  /**
   * Let the open pages of this site know, so that they can refresh the inbox at once.
   * @param {"displayed" | "duplicate" | "opened" | "clicked" | "dismissed"} what
   * @param {Payload} payload
   */
  async function tell(what, payload) {
    const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
    const { receipt, ...visible } = payload;
    for (const page of pages) page.postMessage({ fanfare: what, payload: visible });
  }

  /**
   * The browser's address changed by itself: subscribe again if need be, and tell the server.
   * @param {Event & {newSubscription?: PushSubscription, oldSubscription?: PushSubscription}} event
   */
  async function renewAddress(event) {
    const installation = await core.recall();
    if (!installation?.deviceKey || !installation.vapidKey) return;
    const subscription =
      event.newSubscription ??
      (await self.registration.pushManager.subscribe({
        userVisibleOnly: true,
        applicationServerKey: core.bytes(installation.vapidKey),
      }));
    const body = { address: core.address(subscription) };
    await core.call(installation.api, "PATCH", "/v1/devices/me", { key: installation.deviceKey, body });
  }
})();
