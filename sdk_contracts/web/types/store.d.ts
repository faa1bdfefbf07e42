/** The inbox as a list that follows what happens to it, here and elsewhere. */
import type { InboxItem } from "../types/wire.js";
import type { Filter, Inbox, Verb } from "./inbox";
export interface StoreOptions {
    filter?: Filter;
    /** Items of a page, 1 to 100, default 20. */
    limit?: number;
    /** Between two looks, on average, where the server has no stream; default 30. */
    seconds?: number;
}
export interface InboxState {
    /** Newest first. */
    items: InboxItem[];
    unread: number;
    /** Leads to older items; null when all are here. */
    cursor: string | null;
    /** `live`: told at once. `polling`: looked at now and then. `away`: what is here may be old. */
    status: "loading" | "live" | "polling" | "away";
    error?: Error | undefined;
}
export declare class InboxStore {
    #private;
    /** Made by `Inbox.store`. @param active the stores that follow now */
    constructor(inbox: Inbox, active: Set<InboxStore>, { filter, limit, seconds }: StoreOptions);
    get state(): InboxState;
    /**
     * Hear every change. The store follows the inbox from the first subscriber to the last.
     * @returns call it to stop
     */
    subscribe(listener: (state: InboxState) => void): () => void;
    /** Look now. */
    refresh(): Promise<void>;
    /** Forget what is here, and look. */
    reset(): void;
    /** Older items too. */
    loadMore(): Promise<void>;
    /** Shown at once, and taken back when the server does not agree. */
    mark(itemId: string, verb: Verb): Promise<void>;
    remove(itemId: string): Promise<void>;
    readAll(): Promise<void>;
}
