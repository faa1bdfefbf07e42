/**
 * `<fanfare-bell>`: a bell with the number of unread messages, and the inbox behind it.
 *
 *     <fanfare-bell lang="zh" placement="end"></fanfare-bell>
 *     document.querySelector("fanfare-bell").fanfare = fanfare;
 *
 * Opening a message dispatches `fanfare-open` (`detail: {item, action}`), bubbling and cancelable: cancel it to go there
 * yourself. `texts` replaces words. Looks: `--fanfare-accent`, `-on-accent`, `-surface`, `-text`, `-muted`, `-line`, `-unread`,
 * `-radius`, `-width`, `-font`, `-layer`; parts `button`, `badge`, `panel`, `header`, `item`, `title` and others; slot `icon`.
 */
import type { EventKind } from "../types/wire.js";
import { type BellTexts } from "./bell-texts";
import type { Inbox } from "./inbox";
/** What the bell needs of `Fanfare`. */
export interface BellSource {
    inbox: Inbox;
    report(kind: EventKind, deliveryId: string, extra?: {
        action_id?: string | null;
    }): Promise<void>;
}
declare const Base: typeof HTMLElement;
export declare class FanfareBell extends Base {
    #private;
    static observedAttributes: string[];
    /** The `Fanfare` whose inbox is shown. */
    get fanfare(): BellSource | undefined;
    set fanfare(source: BellSource | undefined);
    /** Words to use in place of the bell's own. */
    get texts(): Partial<BellTexts>;
    set texts(words: Partial<BellTexts>);
    get open(): boolean;
    connectedCallback(): void;
    disconnectedCallback(): void;
    attributeChangedCallback(): void;
    /** Show the inbox, and move the focus into it. */
    show(): void;
    close({ focus }?: {
        focus?: boolean | undefined;
    }): void;
}
export {};
