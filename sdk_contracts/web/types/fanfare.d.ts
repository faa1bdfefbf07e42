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
import type { Device as DeviceView, Event as DeliveryEvent, EventKind, Preferences, PreferencesChange, PublicSettings } from "../types/wire.js";
import { PushUnavailable, type Reason } from "./address";
import { FanfareBell } from "./bell";
import { FanfareError } from "./errors";
import { Inbox } from "./inbox";
export type * from "../types/wire.js";
export type { Filter, News, PageOptions, Verb } from "./inbox";
export type { InboxState, StoreOptions } from "./store";
export type { BellTexts } from "./bell-texts";
export type { Reason };
export { InboxStore } from "./store";
export { FanfareBell, FanfareError, Inbox, PushUnavailable };
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
export declare class Fanfare extends EventTarget {
    #private;
    /** The person's message centre. */
    readonly inbox: Inbox;
    /**
     * Begin: recalls who this installation is, starts the worker, sends the events that still wait. Needs no answer of
     * the API, so it works while offline too.
     */
    static start(options: Options): Promise<Fanfare>;
    private constructor();
    /** Whether the server has given this installation a device key. */
    get registered(): boolean;
    /** Ids of this installation and its person, as far as known. */
    get identity(): {
        installationId: string;
        deviceId: string | undefined;
        personId: string | undefined;
        externalId: string | undefined;
    };
    /** The app's public settings. */
    app(): Promise<PublicSettings>;
    /** What the server knows of this device. */
    device(): Promise<DeviceView>;
    /**
     * Register this installation, or refresh what the server knows of it. Asks the person nothing: without a push
     * subscription the device has an inbox only. Call it on every visit.
     */
    register(about?: About): Promise<{
        installationId: string;
        deviceId: string | undefined;
        personId: string | undefined;
        externalId: string | undefined;
    }>;
    /**
     * Ask the person for the permission, get an address from the browser's push service and give it to the server.
     * Call it when the person taps something; browsers ignore the question otherwise.
     * @throws PushUnavailable with the reason
     */
    subscribe(about?: About): Promise<{
        installationId: string;
        deviceId: string | undefined;
        personId: string | undefined;
        externalId: string | undefined;
    }>;
    /** Stop pushes to this browser. The inbox stays. */
    unsubscribe(): Promise<void>;
    /** Remove this installation from the server and forget everything here. */
    uninstall(): Promise<void>;
    /** Whether pushes reach this browser; when `off`, `subscribe()` may turn them on. */
    pushState(): Promise<"on" | "off" | "denied" | "insecure" | "unsupported">;
    /**
     * Say who uses this installation; what the anonymous person had merges into the known one.
     * @param externalId your own id of the person
     * @param signature hex HMAC-SHA256(identity secret, external id), made by your backend
     */
    login(externalId: string, signature?: string): Promise<void>;
    /** Back to an anonymous person. */
    logout(): Promise<void>;
    /** @param topic path-like, e.g. `news/sports` */
    follow(topic: string): Promise<void>;
    unfollow(topic: string): Promise<void>;
    preferences(): Promise<Preferences>;
    /** Change preferences; categories that are not named stay. */
    changePreferences(change: PreferencesChange): Promise<Preferences>;
    /**
     * Record that the person agrees to promotion, or no longer does.
     * @param evidence how they said so, and the words they agreed to
     */
    consent(promotion: boolean, evidence?: {
        source?: string;
        text?: string;
    }): Promise<Preferences>;
    /**
     * Report what the person did with a delivery, e.g. opened an inbox item or bought something. Stored first, so it is
     * sent later when there is no connection.
     */
    report(kind: EventKind, deliveryId: string, extra?: Extra): Promise<void>;
}
