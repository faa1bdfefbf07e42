export declare const SECOND = 1000;
export declare const FIRST_RETRY: number;
export declare const LONGEST_RETRY: number;
/**
 * Exponential backoff with full jitter.
 * @param attempt from 0
 * @param first milliseconds
 * @param most milliseconds
 */
export declare function backoff(attempt: number, first?: number, most?: number): number;
/** Milliseconds to wait after a failure: what the server asks for, and a random time on top. */
export declare function patience(error: unknown, attempt: number, first?: number, most?: number): number;
/** Somewhere between three and five quarters of it. */
export declare function about(milliseconds: number): number;
export declare function pause(milliseconds: number): Promise<void>;
/**
 * `Retry-After` in seconds: a number, or a date (RFC 9110, section 10.2.3).
 * @param now milliseconds since 1970
 */
export declare function retryAfter(header: string | null, now?: number): number | undefined;
