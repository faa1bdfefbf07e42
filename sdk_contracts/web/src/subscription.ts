/** A push subscription on its way between browser and API; page and worker use it. */
import type { WebPush } from "../types/wire.js";

/** A subscription as the API takes it. */
export function address(subscription: PushSubscription): WebPush {
  const { endpoint = "", keys = {} } = subscription.toJSON();
  return { kind: "web_push", endpoint, p256dh: keys.p256dh ?? "", auth: keys.auth ?? "" };
}

/** @param text base64url without padding, e.g. a VAPID public key */
export function bytes(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
