/**
 * The queue of events. It survives a lost connection, a closed page and a stopped worker; what waits never changes, so that
 * an `event_id` always means the same event.
 */
import type { Event as DeliveryEvent } from "../types/wire.js";
/**
 * Put events into the queue. One that waits, or was sent, is not added again: it happened once.
 * A full queue takes no more.
 */
export declare function queue(events: DeliveryEvent[]): Promise<void>;
export declare function waiting(): Promise<number>;
/**
 * Send what waits. Events with a receipt need no key; the others go with the device key.
 * What the server refuses for good is dropped, what may succeed later stays.
 * @returns how many events still wait
 * @throws FanfareError when the API is away or busy, or has asked to wait and the time is not over
 */
export declare function flush(): Promise<number>;
