/**
 * Fanfare's service worker: shows what is pushed, and reports what became of it.
 *
 * On the API's own origin it runs as it is. On your site, put a file of your own at `/fanfare-worker.js` with one line:
 *
 *     importScripts("https://push.example.com/sdk/fanfare-worker.js");
 */
import type { PushPayload } from "../types/wire.js";
import { call } from "./calls";
import { FanfareError } from "./errors";
import { flush } from "./events";
import { recall } from "./memory";
import { note, showOnce } from "./pushes";
import { address, bytes } from "./subscription";
import { patience, pause } from "./timing";

declare const self: ServiceWorkerGlobalScope;

/** Not yet in TypeScript's library. */
interface AddressChange extends ExtendableEvent {
  newSubscription?: PushSubscription;
}
type Told = "displayed" | "duplicate" | "opened" | "clicked" | "dismissed";

const TRIES = 3; // A worker lives for seconds: what fails now is sent at the next push, tap or visit.
const LONGEST_PAUSE = 5_000;
const SPREAD = 1_500; // All browsers are pushed to in the same moment; they need not report in the same one.

/** The delivery last shown under each tag, while this worker lives. */
const newest = new Map<string, string>();
/** Deliveries the person tapped, while this worker lives. */
const touched = new Set<string>();

self.addEventListener("install", () => void self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("push", (event) => event.waitUntil(receive(event.data)));
self.addEventListener("notificationclick", (event) => {
  const { notification, action } = event;
  touched.add(notification.data?.fanfare?.delivery_id);
  notification.close();
  event.waitUntil(open(notification, action));
});
self.addEventListener("notificationclose", (event) => event.waitUntil(dismiss(event.notification)));
self.addEventListener("pushsubscriptionchange", (event) => {
  const change = event as unknown as AddressChange;
  change.waitUntil(renewAddress(change));
});
self.addEventListener("sync" as "activate", (event) => {
  if ((event as ExtendableEvent & { tag?: string }).tag === "fanfare-events") event.waitUntil(flush());
});

/**
 * Show the push, then report it. Browsers take the permission away from sites that are pushed to and show nothing,
 * so even a push that cannot be read shows something.
 */
async function receive(data: PushMessageData | null): Promise<void> {
  const payload = read(data);
  if (!payload) return self.registration.showNotification(self.location.hostname, { tag: "fanfare-unreadable" });
  const shown = await showOnce(payload, show);
  await tell(shown ? "displayed" : "duplicate", payload);
  if (!shown) return;
  await note(payload, ["received", "displayed"]);
  await pause(Math.random() * SPREAD);
  await send();
}

function read(data: PushMessageData | null): PushPayload | null {
  try {
    const payload = data?.json();
    return payload?.delivery_id ? payload : null;
  } catch {
    return null;
  }
}

async function show(payload: PushPayload): Promise<void> {
  const tag = payload.collapse_key || payload.delivery_id;
  newest.set(tag, payload.delivery_id);
  const installation = await recall().catch(() => undefined);
  const options = {
    body: payload.body ?? "",
    tag,
    renotify: Boolean(payload.collapse_key) && !payload.silent,
    silent: Boolean(payload.silent),
    timestamp: Date.now(),
    data: { ...payload.data, fanfare: payload },
    actions: (payload.actions ?? []).map(({ id, label }) => ({ action: id, title: label })),
    ...(payload.image_url && { image: payload.image_url }),
    ...(installation?.icon && { icon: installation.icon, badge: installation.icon }),
    ...(payload.icon_url && { icon: payload.icon_url }),
    ...(payload.badge_url && { badge: payload.badge_url }),
    ...(payload.require_interaction && { requireInteraction: true }),
  };
  await self.registration.showNotification(payload.title || self.location.hostname, options);
  const { setAppBadge } = self.navigator as { setAppBadge?: (count: number) => Promise<void> };
  if (typeof payload.badge === "number") await setAppBadge?.call(self.navigator, payload.badge).catch(() => undefined);
}

/**
 * The person tapped the notification or one of its buttons: go where it leads, and say so.
 * @param action id of the button, empty for the notification itself
 */
async function open(notification: Notification, action: string): Promise<void> {
  const payload: PushPayload | undefined = notification.data?.fanfare;
  const button = payload?.actions?.find(({ id }) => id === action);
  const link = button?.link ?? payload?.link;
  await goTo(link); // First, because a browser allows it only for a moment after the tap.
  if (!payload) return;
  const followed = Boolean(button || link);
  await tell(followed ? "clicked" : "opened", payload);
  await report(payload, followed ? ["opened", "clicked"] : ["opened"], button?.id);
}

/** @param link where to; without a web address, back to the site */
async function goTo(link: string | null | undefined): Promise<void> {
  const { scope } = self.registration;
  const target = link && /^https?:/i.test(link) ? new URL(link).href : scope;
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const page = pages.find(({ url }) => (target === scope ? url.startsWith(scope) : url === target));
  await (page ? page.focus() : self.clients.openWindow(target)).catch(() => undefined);
}

/**
 * The person put the notification away. Firefox says so too when they tapped it, and when a newer one takes its
 * place; those are no dismissals.
 */
async function dismiss(notification: Notification): Promise<void> {
  const payload: PushPayload | undefined = notification.data?.fanfare;
  const replaced = (newest.get(notification.tag) ?? payload?.delivery_id) !== payload?.delivery_id;
  if (!payload || replaced || touched.has(payload.delivery_id)) return;
  await tell("dismissed", payload);
  await report(payload, ["dismissed"]);
}

/** Queue what the person did, and try to send it now. */
async function report(payload: PushPayload, kinds: Parameters<typeof note>[1], actionId?: string): Promise<void> {
  await note(payload, kinds, actionId);
  await send();
}

async function send(): Promise<void> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    try {
      await flush();
      return;
    } catch (error) {
      if (error instanceof FanfareError && (error.retryAfter ?? 0) * 1000 > LONGEST_PAUSE) break;
      if (attempt + 1 < TRIES) await pause(patience(error, attempt, 1_000, LONGEST_PAUSE));
    }
  }
  // Where the browser knows background sync, it wakes the worker once the connection is back.
  const { sync } = self.registration as { sync?: { register(tag: string): Promise<void> } };
  await sync?.register("fanfare-events").catch(() => undefined);
}

/** Let the open pages of this site know, so that they can refresh the inbox at once. */
async function tell(what: Told, payload: PushPayload): Promise<void> {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const { receipt: _, ...visible } = payload;
  for (const page of pages) page.postMessage({ fanfare: what, payload: visible });
}

/** The browser's address changed by itself: subscribe again if need be, and tell the server. */
async function renewAddress(event: AddressChange): Promise<void> {
  const installation = await recall();
  if (!installation?.deviceKey || !installation.vapidKey) return;
  const applicationServerKey = bytes(installation.vapidKey);
  const subscription =
    event.newSubscription ??
    (await self.registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey }));
  const body = { address: address(subscription) };
  await call(installation.api, "PATCH", "/v1/devices/me", { key: installation.deviceKey, body });
}
