/**
 * The queue of events. It survives a lost connection, a closed page and a stopped worker; what waits never changes, so that
 * an `event_id` always means the same event.
 */
import type { Event as DeliveryEvent } from "../types/wire.js";
import { call } from "./calls";
import { FanfareError } from "./errors";
import { recall, remembered } from "./memory";

const LARGEST_BATCH = 500; // POST /v1/events takes no more.
const LONGEST_QUEUE = 5_000;
const NOT_BEFORE = "events_not_before";
const reported = (eventId: string) => `event:${eventId}`;

/**
 * Put events into the queue. One that waits, or was sent, is not added again: it happened once.
 * A full queue takes no more.
 */
export async function queue(events: DeliveryEvent[]): Promise<void> {
  const memory = remembered();
  if ((await memory.count("events")) + events.length > LONGEST_QUEUE) return;
  const fresh: [string, DeliveryEvent][] = [];
  for (const event of events) {
    if ((await memory.get("shown", reported(event.event_id))) === undefined) fresh.push([event.event_id, event]);
  }
  if (fresh.length > 0) await memory.add("events", fresh);
}

export function waiting(): Promise<number> {
  return remembered().count("events");
}

/**
 * Send what waits. Events with a receipt need no key; the others go with the device key.
 * What the server refuses for good is dropped, what may succeed later stays.
 * @returns how many events still wait
 * @throws FanfareError when the API is away or busy, or has asked to wait and the time is not over
 */
export async function flush(): Promise<number> {
  // Page and worker share the queue: only one of them sends at a time.
  const locks = globalThis.navigator?.locks;
  return locks ? locks.request("fanfare-events", sendWaiting) : sendWaiting();
}

async function sendWaiting(): Promise<number> {
  const installation = await recall();
  if (!installation) return 0;
  await holdBack();
  for (;;) {
    const batch = (await remembered().list("events", LARGEST_BATCH)) as DeliveryEvent[];
    if (batch.length === 0) return 0;
    await send(installation.api, undefined, batch.filter((event) => event.receipt));
    const keyed = batch.filter((event) => !event.receipt);
    if (keyed.length > 0 && !installation.deviceKey) return waiting(); // Until the installation is registered.
    await send(installation.api, installation.deviceKey, keyed);
  }
}

async function send(api: string, key: string | undefined, events: DeliveryEvent[]): Promise<void> {
  if (events.length === 0) return;
  try {
    await call(api, "POST", "/v1/events", { key, body: { events } });
  } catch (error) {
    if (!(error instanceof FanfareError) || error.temporary) {
      await keepWaiting(error);
      throw error;
    }
    if ((error.status === 400 || error.status === 413) && events.length > 1) {
      const half = events.length >> 1; // One of them is bad: the others need not go with it.
      await send(api, key, events.slice(0, half));
      await send(api, key, events.slice(half));
      return;
    }
    console.warn(`Fanfare: ${events.length} event(s) refused: ${error.message}`);
  }
  const ids = events.map((event) => event.event_id);
  await remembered().add("shown", ids.map((id) => [reported(id), Date.now()]));
  await remembered().delete("events", ids);
}

/** Whoever sends next, page or worker, now or after a reload, waits as long as the server asked. */
async function keepWaiting(error: unknown): Promise<void> {
  const seconds = error instanceof FanfareError ? error.retryAfter : undefined;
  if (seconds) await remembered().put("installation", NOT_BEFORE, Date.now() + seconds * 1000);
}

async function holdBack(): Promise<void> {
  const left = (((await remembered().get("installation", NOT_BEFORE)) as number | undefined) ?? 0) - Date.now();
  // A clock that was set back must not hold events for years.
  if (left > 0 && left <= 3_600_000) throw new FanfareError(429, "The server has asked to wait.", left / 1000);
}
