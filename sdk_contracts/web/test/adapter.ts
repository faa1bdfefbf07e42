/** The web SDK under the conformance suite: commands come as lines of JSON, answers go the same way. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { webcrypto } from "node:crypto";
import { createInterface } from "node:readline";
import { Fanfare } from "../src/fanfare";
import { type Memory, rememberIn, type StoreName } from "../src/memory";
import { note, showOnce } from "../src/pushes";
import { flush } from "../src/events";
import type { InboxItem } from "../types/wire.js";

/** What IndexedDB does in a browser, in files: it must survive the end of the process. */
class FileMemory implements Memory {
  readonly #tables = new Map<StoreName, Map<string, unknown>>();

  constructor(readonly directory: string) {
    mkdirSync(directory, { recursive: true });
  }

  #table(store: StoreName): Map<string, unknown> {
    const path = join(this.directory, store);
    const read = (): [string, unknown][] => (existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : []);
    const table = this.#tables.get(store) ?? new Map(read());
    this.#tables.set(store, table);
    return table;
  }

  #keep(store: StoreName): void {
    const path = join(this.directory, store);
    writeFileSync(`${path}.new`, JSON.stringify([...this.#table(store)]));
    renameSync(`${path}.new`, path);
  }

  async get(store: StoreName, key: string): Promise<unknown> {
    return this.#table(store).get(key);
  }

  async put(store: StoreName, key: string, value: unknown): Promise<void> {
    this.#table(store).set(key, value);
    this.#keep(store);
  }

  async add(store: StoreName, entries: [string, unknown][]): Promise<string[]> {
    const added = entries.filter(([key, value]) => !this.#table(store).has(key) && this.#table(store).set(key, value));
    this.#keep(store);
    return added.map(([key]) => key);
  }

  async list(store: StoreName, limit: number): Promise<unknown[]> {
    return [...this.#table(store).values()].slice(0, limit);
  }

  async count(store: StoreName): Promise<number> {
    return this.#table(store).size;
  }

  async delete(store: StoreName, keys: string[]): Promise<void> {
    for (const key of keys) this.#table(store).delete(key);
    this.#keep(store);
  }

  async clear(store: StoreName): Promise<void> {
    this.#table(store).clear();
    this.#keep(store);
  }

  async prune(store: StoreName, than: number): Promise<void> {
    for (const [key, value] of this.#table(store)) if ((value as number) < than) this.#table(store).delete(key);
    this.#keep(store);
  }
}

globalThis.crypto ??= webcrypto as Crypto; // Node 18 has none.
let fanfare: Fanfare;
let watched: InboxItem[] = [];

const commands: Record<string, (given: any) => Promise<unknown>> = {
  hello: async () => ({ sdk: "web", capabilities: ["live"] }),
  start: async ({ api, key, storage }) => {
    rememberIn(new FileMemory(storage));
    fanfare = await Fanfare.start({ api, key });
  },
  register: async ({ topics = [] }) => {
    const { deviceId, personId } = await fanfare.register({ topics });
    return { device_id: deviceId, person_id: personId };
  },
  login: ({ external_id, signature }) => fanfare.login(external_id, signature),
  logout: () => fanfare.logout(),
  report: ({ kind, delivery_id, action_id, name, value, currency }) =>
    fanfare.report(kind, delivery_id, JSON.parse(JSON.stringify({ action_id, name, value, currency }))),
  push: async ({ payload }) => {
    // As the service worker does, without its windows.
    const shown = await showOnce(payload, async () => undefined);
    if (shown) await note(payload, ["received", "displayed"]).then(() => void flush().catch(() => undefined));
    return { shown };
  },
  inbox: async ({ filter, limit, cursor }) => {
    const page = await fanfare.inbox.page(JSON.parse(JSON.stringify({ filter, limit, cursor })));
    return { ids: page.items.map(({ id }) => id), unread: page.unread, next_cursor: page.next_cursor };
  },
  summary: async () => {
    const { unread, unseen } = await fanfare.inbox.summary();
    return { unread, unseen };
  },
  mark: ({ item_id, verb }) => fanfare.inbox.mark(item_id, verb),
  remove: ({ item_id }) => fanfare.inbox.remove(item_id),
  read_all: () => fanfare.inbox.readAll(),
  watch: async () => void fanfare.inbox.store().subscribe(({ items }) => void (watched = items)),
  watched: async () => ({ ids: watched.map(({ id }) => id) }),
};

console.warn = () => undefined;
for await (const line of createInterface({ input: process.stdin })) {
  const { do: what, ...given } = JSON.parse(line);
  let said: unknown;
  try {
    said = { ok: (await commands[what]?.(given)) ?? null };
  } catch (error) {
    const { status = -1, message } = error as { status?: number; message: string };
    said = { error: { status, message } };
  }
  process.stdout.write(`${JSON.stringify(said)}\n`);
}
process.exit(0);
