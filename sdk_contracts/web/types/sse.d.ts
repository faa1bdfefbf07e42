/** Server-sent events (WHATWG HTML, section 9.2) read with fetch: EventSource cannot send an Authorization header. */
export interface Happening {
    name: string;
    /** The last id the stream has named, to resume from. */
    id: string;
    data: string;
}
/** Reads a stream piece by piece; pieces may end anywhere. */
export declare class EventReader {
    #private;
    /** Milliseconds the server asks to wait before coming back. */
    retry: number | undefined;
    constructor(lastId?: string);
    /** The events that are whole with this piece. */
    feed(piece: string): Happening[];
}
