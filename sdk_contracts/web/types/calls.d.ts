export interface CallOptions {
    /** Sent as bearer. */
    key?: string | undefined;
    body?: unknown;
    headers?: Record<string, string> | undefined;
    /** Ends the call, and reading what it answers. */
    signal?: AbortSignal | undefined;
}
/**
 * Call the API. Only the wait for an answer is limited in time, so a stream may go on.
 * @param api base URL
 * @returns a 2xx answer, or 304 when the call carried `If-None-Match`
 * @throws FanfareError
 */
export declare function call(api: string, method: string, path: string, options?: CallOptions): Promise<Response>;
