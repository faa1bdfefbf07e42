/** How this browser is reached: what is possible here, and getting an address from the browser's push service. */
import { bytes } from "./subscription";

const PATIENCE = 20_000; // Milliseconds; a browser that cannot reach its push service may never answer.

/**
 * Why this browser cannot be pushed to. The inbox works all the same.
 *
 * - `unsupported`: no Push API here
 * - `insecure`: the page is not https (or loopback)
 * - `denied`: the person said no
 * - `dismissed`: the question was closed without an answer
 * - `no_worker`: the service worker did not start
 * - `no_address`: the browser got no address from its push service
 */
export type Reason = "unsupported" | "insecure" | "denied" | "dismissed" | "no_worker" | "no_address";

export class PushUnavailable extends Error {
  override readonly name = "PushUnavailable";

  constructor(
    readonly reason: Reason,
    cause?: unknown,
  ) {
    super(`This browser cannot be pushed to: ${reason}.`, { cause });
  }
}

/** Why pushes are impossible here, whatever the person says. */
export function obstacle(): "unsupported" | "insecure" | undefined {
  if (!globalThis.isSecureContext) return "insecure";
  const able = "serviceWorker" in navigator && "PushManager" in globalThis && "Notification" in globalThis;
  return able ? undefined : "unsupported";
}

/**
 * Ask the person. Only a tap gives the right to ask, so this must be the first thing done after it.
 * @throws PushUnavailable
 */
export async function askPermission(): Promise<void> {
  const problem = obstacle();
  if (problem) throw new PushUnavailable(problem);
  const answer = await Notification.requestPermission();
  if (answer !== "granted") throw new PushUnavailable(answer === "denied" ? "denied" : "dismissed");
}

/**
 * Subscribe with the app's VAPID key; a subscription made for another key is given up first.
 * @throws PushUnavailable `no_address`
 */
export async function obtainAddress(worker: ServiceWorkerRegistration, vapidKey: string): Promise<PushSubscription> {
  const applicationServerKey = bytes(vapidKey);
  try {
    const old = await worker.pushManager.getSubscription();
    if (old && !sameBytes(old.options.applicationServerKey, applicationServerKey)) await old.unsubscribe();
    const late = new Promise<never>((_, reject) => setTimeout(() => reject(new Error("no answer")), PATIENCE));
    return await Promise.race([worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey }), late]);
  } catch (cause) {
    throw new PushUnavailable("no_address", cause);
  }
}

function sameBytes(buffer: ArrayBuffer | null, expected: Uint8Array): boolean {
  const found = new Uint8Array(buffer ?? new ArrayBuffer(0));
  return found.length === expected.length && found.every((byte, index) => byte === expected[index]);
}
