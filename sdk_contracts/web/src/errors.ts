/** A call that did not succeed. `status` is 0 when the API could not be reached. */
export class FanfareError extends Error {
  override readonly name = "FanfareError";

  /**
   * @param status HTTP status, or 0
   * @param message what the server said (RFC 9457 `detail`), or what went wrong on the way
   * @param retryAfter seconds the server asks to wait
   */
  constructor(
    readonly status: number,
    message: string,
    readonly retryAfter?: number,
  ) {
    super(message);
  }

  /** True when the same call may succeed later: no connection, too many calls, or the server is in trouble. */
  get temporary(): boolean {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }
}
