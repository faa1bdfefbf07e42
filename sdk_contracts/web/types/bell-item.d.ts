/** Draws one message of the bell. */
import type { InboxItem } from "../types/wire.js";
import type { BellTexts } from "./bell-texts";
type Attributes = Record<string, string | undefined>;
/** Texts come from campaigns: they become text, never markup. */
export declare function element<T extends keyof HTMLElementTagNameMap>(name: T, attributes?: Attributes, ...children: (Node | string)[]): HTMLElementTagNameMap[T];
/** A web address, or undefined: no other scheme is ever followed from a message. */
export declare function webAddress(link: string | null | undefined): string | undefined;
export declare function drawItem(item: InboxItem, texts: BellTexts, language: string): HTMLLIElement;
export {};
