/** The person's message centre: pages, counts, marks, and watching for changes. */
import type { InboxItem, InboxPage, InboxSummary } from "../types/wire.js";
import type { CallOptions } from "./calls";
import { Live } from "./live";
import { InboxStore, type StoreOptions } from "./store";
export type { InboxItem, InboxPage, InboxSummary };
export type Verb = "read" | "unread" | "seen" | "archive" | "unarchive" | "acknowledge";
export type Filter = "all" | "unread" | "archived";
export interface PageOptions {
    filter?: Filter;
    /** 1 to 100, default 20. */
    limit?: number;
    cursor?: string;
}
/** Exactly one of the two. */
export interface News {
    page?: InboxPage;
    error?: Error;
}
/** Calls the API with the device key. */
export type Caller = (method: string, path: string, options?: CallOptions) => Promise<Response>;
export declare class Inbox {
    #private;
    readonly live: Live;
    /** Made by `Fanfare`. */
    constructor(call: Caller);
    /** One page, newest first. The same object is returned while nothing has changed, so `===` tells. */
    page({ filter, limit, cursor }?: PageOptions): Promise<InboxPage>;
    summary(): Promise<InboxSummary>;
    mark(itemId: string, verb: Verb): Promise<void>;
    remove(itemId: string): Promise<void>;
    readAll(): Promise<void>;
    /** The inbox as a live list to draw from. It follows while somebody is subscribed to it. */
    store(options?: StoreOptions): InboxStore;
    /**
     * Follow the inbox: live where the server streams, else looking again and again while the page is visible. Tells the
     * listener every change, and an error once while the API is away.
     * @returns call it to stop
     */
    watch(listener: (news: News) => void, options?: StoreOptions): () => void;
    /** Another person: nothing read before counts. */
    reset(): void;
    /** Look now. */
    refresh(): void;
}
