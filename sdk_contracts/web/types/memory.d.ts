/** What is remembered in this browser: the installation, what was shown, and the events that wait. */
/** What an installation remembers. One record, so it is never half written. */
export interface Installation {
    /** Base URL of the API, without a trailing slash. */
    api: string;
    /** Publishable key, `ffp_…`. */
    key: string;
    /** Made here once, kept until uninstalled. */
    installationId: string;
    deviceId?: string | undefined;
    /** Device key, `ffd_…`; never leaves this browser but to the API. */
    deviceKey?: string | undefined;
    personId?: string | undefined;
    /** Who is logged in. */
    externalId?: string | undefined;
    /** The app's key the address was made with. */
    vapidKey?: string | undefined;
    /** Shown in notifications. */
    icon?: string | undefined;
}
export type StoreName = "installation" | "shown" | "events";
/** Three tables by key. Each method is one transaction. */
export interface Memory {
    get(store: StoreName, key: string): Promise<unknown>;
    put(store: StoreName, key: string, value: unknown): Promise<void>;
    /** Put what is not there yet. @returns which of them were new */
    add(store: StoreName, entries: [key: string, value: unknown][]): Promise<string[]>;
    /** The first values, in the order of their keys. */
    list(store: StoreName, limit: number): Promise<unknown[]>;
    count(store: StoreName): Promise<number>;
    delete(store: StoreName, keys: string[]): Promise<void>;
    clear(store: StoreName): Promise<void>;
    /** Delete the numbers that are smaller. */
    prune(store: StoreName, than: number): Promise<void>;
}
/** Remember elsewhere; where there is no IndexedDB. */
export declare function rememberIn(other: Memory): void;
export declare const remembered: () => Memory;
export declare function recall(): Promise<Installation | undefined>;
export declare function remember(installation: Installation): Promise<void>;
/** Forget everything: the installation, its waiting events and what was shown. */
export declare function forget(): Promise<void>;
