/** The live stream of the inbox: one connection for a page, open while somebody listens and the page is in view. */
import { FanfareError } from "./errors";
import { EventReader, type Happening } from "./sse";
import { backoff, FIRST_RETRY, patience, SECOND } from "./timing";

const SILENCE = 90 * SECOND; // The server is heard at least every half minute; after this the connection is dead.
const LINGER = 60 * SECOND; // A page may be out of view for this long before its stream is closed.
const NOT_OFFERED = 600 * SECOND;

/** Opens `GET /v1/inbox/stream`. */
export type Opener = (lastId: string, signal: AbortSignal) => Promise<Response>;

export interface Listener {
  /** Something happened to the inbox. */
  happened(happening: Happening): void;
  /** The stream is open, or is not any more. */
  turned(on: boolean): void;
}

export class Live {
  readonly #open: Opener;
  readonly #listeners = new Set<Listener>();
  #lastId = "";
  #on = false;
  #ending: AbortController | undefined;
  #hiding: ReturnType<typeof setTimeout> | undefined;

  constructor(open: Opener) {
    this.#open = open;
    globalThis.document?.addEventListener("visibilitychange", () => this.#viewed());
  }

  get on(): boolean {
    return this.#on;
  }

  /** @returns call it to stop listening */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    this.#start();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#stop();
    };
  }

  /** Another person: begin anew. */
  reset(): void {
    this.#lastId = "";
    this.#stop();
    this.#start();
  }

  #start(): void {
    if (this.#ending || this.#listeners.size === 0 || globalThis.document?.hidden) return;
    this.#ending = new AbortController();
    void this.#run(this.#ending.signal);
  }

  #stop(): void {
    this.#ending?.abort();
    this.#ending = undefined;
    this.#turn(false);
  }

  #viewed(): void {
    clearTimeout(this.#hiding);
    if (document.hidden) this.#hiding = setTimeout(() => this.#stop(), LINGER);
    else this.#start();
  }

  #turn(on: boolean): void {
    if (this.#on === on) return;
    this.#on = on;
    for (const listener of this.#listeners) listener.turned(on);
  }

  async #run(signal: AbortSignal): Promise<void> {
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      let wait: number;
      const quiet = new AbortController();
      const end = () => quiet.abort();
      signal.addEventListener("abort", end);
      try {
        const response = await this.#open(this.#lastId, quiet.signal);
        if (signal.aborted) return;
        this.#turn(true);
        const { told, retry } = await this.#read(response, quiet);
        if (told) attempt = 0;
        wait = backoff(attempt, retry ?? FIRST_RETRY);
      } catch (error) {
        if (signal.aborted) return;
        wait = patience(error, attempt);
        if (error instanceof FanfareError && !error.temporary) wait = NOT_OFFERED;
        if (error instanceof FanfareError && error.status === 501) wait = NOT_OFFERED;
      } finally {
        signal.removeEventListener("abort", end);
        quiet.abort();
      }
      if (signal.aborted) return;
      this.#turn(false);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, wait);
        signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
      });
    }
  }

  /** Until the stream ends, breaks, or has been silent for too long. */
  async #read(response: Response, quiet: AbortController): Promise<{ told: boolean; retry: number | undefined }> {
    const events = new EventReader(this.#lastId);
    const reader = response.body?.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
    let told = false;
    let watch: ReturnType<typeof setTimeout> | undefined;
    try {
      for (;;) {
        clearTimeout(watch);
        watch = setTimeout(() => quiet.abort(), SILENCE);
        const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
        if (done) break;
        for (const happening of events.feed(value ?? "")) {
          [told, this.#lastId] = [true, happening.id];
          for (const listener of this.#listeners) listener.happened(happening);
        }
      }
    } catch {
      // A connection that breaks is a stream that ends.
    } finally {
      clearTimeout(watch);
    }
    return { told, retry: events.retry };
  }
}
