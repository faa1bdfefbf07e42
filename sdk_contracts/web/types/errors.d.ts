/** A call that did not succeed. `status` is 0 when the API could not be reached. */
export declare class FanfareError extends Error {
    readonly status: number;
    readonly retryAfter?: number | undefined;
    readonly name = "FanfareError";
    /**
     * @param status HTTP status, or 0
     * @param message what the server said (RFC 9457 `detail`), or what went wrong on the way
     * @param retryAfter seconds the server asks to wait
     */
    constructor(status: number, message: string, retryAfter?: number | undefined);
    /** True when the same call may succeed later: no connection, too many calls, or the server is in trouble. */
    get temporary(): boolean;
}
