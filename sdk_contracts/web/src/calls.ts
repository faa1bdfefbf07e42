/** Calls to the API. */
import { FanfareError } from "./errors";
import { retryAfter } from "./timing";

const TIMEOUT = 15_000;

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
export async function call(api: string, method: string, path: string, options: CallOptions = {}): Promise<Response> {
  const { key, body, headers, signal } = options;
  const sent: Record<string, string> = { ...headers };
  if (key) sent.Authorization = `Bearer ${key}`;
  if (body !== undefined) sent["Content-Type"] = "application/json";
  const ending = new AbortController();
  const end = () => ending.abort(signal?.reason);
  const late = setTimeout(() => ending.abort(new Error("no answer in time")), TIMEOUT);
  if (signal?.aborted) end();
  signal?.addEventListener("abort", end);
  let response: Response;
  try {
    response = await fetch(api + path, {
      method,
      headers: sent,
      body: body === undefined ? null : JSON.stringify(body),
      cache: "no-store",
      credentials: "omit",
      signal: ending.signal,
    });
  } catch (cause) {
    signal?.removeEventListener("abort", end);
    throw new FanfareError(0, `The API at ${api} could not be reached (${cause}).`);
  } finally {
    clearTimeout(late);
  }
  if (response.ok || response.status === 304) return response;
  signal?.removeEventListener("abort", end);
  const problem = await response.json().catch(() => ({}));
  const said = problem.detail || problem.title || `HTTP ${response.status}`;
  throw new FanfareError(response.status, said, retryAfter(response.headers.get("Retry-After")));
}
