/** When to do something again, so that many browsers do not come back in the same moment. */
import { FanfareError } from "./errors";

export const SECOND = 1_000;
export const FIRST_RETRY = 2 * SECOND;
export const LONGEST_RETRY = 300 * SECOND;
const LONGEST_ASKED = 3600; // Seconds; a server that asks for more is asked again after an hour.

/**
 * Exponential backoff with full jitter.
 * @param attempt from 0
 * @param first milliseconds
 * @param most milliseconds
 */
export function backoff(attempt: number, first = FIRST_RETRY, most = LONGEST_RETRY): number {
  return Math.random() * Math.min(most, first * 2 ** attempt);
}

/** Milliseconds to wait after a failure: what the server asks for, and a random time on top. */
export function patience(error: unknown, attempt: number, first = FIRST_RETRY, most = LONGEST_RETRY): number {
  const asked = error instanceof FanfareError ? (error.retryAfter ?? 0) : 0;
  return asked * SECOND + backoff(attempt, first, most);
}

/** Somewhere between three and five quarters of it. */
export function about(milliseconds: number): number {
  return milliseconds * (0.75 + Math.random() / 2);
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/**
 * `Retry-After` in seconds: a number, or a date (RFC 9110, section 10.2.3).
 * @param now milliseconds since 1970
 */
export function retryAfter(header: string | null, now = Date.now()): number | undefined {
  if (!header) return undefined;
  const seconds = /^\s*\d+\s*$/.test(header) ? Number(header) : (Date.parse(header) - now) / SECOND;
  return seconds > 0 ? Math.min(LONGEST_ASKED, seconds) : undefined;
}
