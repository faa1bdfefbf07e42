/** What the bell says. `{count}` and `{title}` are filled in. */
export interface BellTexts {
    inbox: string;
    unread: string;
    close: string;
    readAll: string;
    empty: string;
    loading: string;
    away: string;
    more: string;
    markRead: string;
    markUnread: string;
    archive: string;
    remove: string;
    acknowledge: string;
    acknowledged: string;
    isUnread: string;
    isHighlighted: string;
    arrivedOne: string;
    arrivedMany: string;
    failed: string;
}
/** @param language a BCP 47 tag */
export declare function textsFor(language: string): BellTexts;
export declare function filled(text: string, values: Record<string, string | number>): string;
