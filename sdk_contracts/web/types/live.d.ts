import { type Happening } from "./sse";
/** Opens `GET /v1/inbox/stream`. */
export type Opener = (lastId: string, signal: AbortSignal) => Promise<Response>;
export interface Listener {
    /** Something happened to the inbox. */
    happened(happening: Happening): void;
    /** The stream is open, or is not any more. */
    turned(on: boolean): void;
}
export declare class Live {
    #private;
    constructor(open: Opener);
    get on(): boolean;
    /** @returns call it to stop listening */
    listen(listener: Listener): () => void;
    /** Another person: begin anew. */
    reset(): void;
}
