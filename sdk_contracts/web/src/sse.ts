/** Server-sent events (WHATWG HTML, section 9.2) read with fetch: EventSource cannot send an Authorization header. */

export interface Happening {
  name: string;
  /** The last id the stream has named, to resume from. */
  id: string;
  data: string;
}

/** Reads a stream piece by piece; pieces may end anywhere. */
export class EventReader {
  /** Milliseconds the server asks to wait before coming back. */
  retry: number | undefined;
  #id: string;
  #rest = "";
  #name = "";
  #data: string[] = [];

  constructor(lastId = "") {
    this.#id = lastId;
  }

  /** The events that are whole with this piece. */
  feed(piece: string): Happening[] {
    const text = this.#rest + piece;
    // A carriage return at the very end may be half of a line's end.
    const lines = text.split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? "";
    return lines.map((line) => this.#line(line)).filter((happening) => happening !== undefined);
  }

  #line(line: string): Happening | undefined {
    if (line === "") return this.#dispatch();
    const [, name = "", value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (name === "event") this.#name = value;
    if (name === "data") this.#data.push(value);
    if (name === "id" && !value.includes("\0")) this.#id = value;
    if (name === "retry" && /^\d+$/.test(value)) this.retry = Number(value);
    return undefined;
  }

  #dispatch(): Happening | undefined {
    const happening = { name: this.#name || "message", id: this.#id, data: this.#data.join("\n") };
    const empty = this.#data.length === 0;
    [this.#name, this.#data] = ["", []];
    return empty ? undefined : happening;
  }
}
