/** A push subscription on its way between browser and API; page and worker use it. */
import type { WebPush } from "../types/wire.js";
/** A subscription as the API takes it. */
export declare function address(subscription: PushSubscription): WebPush;
/** @param text base64url without padding, e.g. a VAPID public key */
export declare function bytes(text: string): Uint8Array<ArrayBuffer>;
