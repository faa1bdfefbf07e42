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
export declare class PushUnavailable extends Error {
    readonly reason: Reason;
    readonly name = "PushUnavailable";
    constructor(reason: Reason, cause?: unknown);
}
/** Why pushes are impossible here, whatever the person says. */
export declare function obstacle(): "unsupported" | "insecure" | undefined;
/**
 * Ask the person. Only a tap gives the right to ask, so this must be the first thing done after it.
 * @throws PushUnavailable
 */
export declare function askPermission(): Promise<void>;
/**
 * Subscribe with the app's VAPID key; a subscription made for another key is given up first.
 * @throws PushUnavailable `no_address`
 */
export declare function obtainAddress(worker: ServiceWorkerRegistration, vapidKey: string): Promise<PushSubscription>;
