/** What is remembered in this browser: the installation, what was shown, and the events that wait. */

/** What an installation remembers. One record, so it is never half written. */
export interface Installation {
  /** Base URL of the API, without a trailing slash. */
  api: string;
  /** Publishable key, `ffp_…`. */
  key: string;
  /** Made here once, kept until uninstalled. */
  installationId: string;
  deviceId?: string | undefined;
  /** Device key, `ffd_…`; never leaves this browser but to the API. */
  deviceKey?: string | undefined;
  personId?: string | undefined;
  /** Who is logged in. */
  externalId?: string | undefined;
  /** The app's key the address was made with. */
  vapidKey?: string | undefined;
  /** Shown in notifications. */
  icon?: string | undefined;
}

export type StoreName = "installation" | "shown" | "events";

/** Three tables by key. Each method is one transaction. */
export interface Memory {
  get(store: StoreName, key: string): Promise<unknown>;
  put(store: StoreName, key: string, value: unknown): Promise<void>;
  /** Put what is not there yet. @returns which of them were new */
  add(store: StoreName, entries: [key: string, value: unknown][]): Promise<string[]>;
  /** The first values, in the order of their keys. */
  list(store: StoreName, limit: number): Promise<unknown[]>;
  count(store: StoreName): Promise<number>;
  delete(store: StoreName, keys: string[]): Promise<void>;
  clear(store: StoreName): Promise<void>;
  /** Delete the numbers that are smaller. */
  prune(store: StoreName, than: number): Promise<void>;
}

class BrowserMemory implements Memory {
  #opened: Promise<IDBDatabase> | undefined;

  async get(store: StoreName, key: string): Promise<unknown> {
    return this.#do(store, "readonly", (table) => table.get(key));
  }

  async put(store: StoreName, key: string, value: unknown): Promise<void> {
    await this.#do(store, "readwrite", (table) => (table.keyPath ? table.put(value) : table.put(value, key)));
  }

  async add(store: StoreName, entries: [string, unknown][]): Promise<string[]> {
    const added: string[] = [];
    await this.#do(store, "readwrite", (table) => {
      for (const [key, value] of entries) {
        const request = table.keyPath ? table.add(value) : table.add(value, key);
        request.onsuccess = () => added.push(key);
        request.onerror = (event) => {
          event.preventDefault(); // It is there already: the others go on.
          event.stopPropagation();
        };
      }
    });
    return added;
  }

  async list(store: StoreName, limit: number): Promise<unknown[]> {
    return (await this.#do(store, "readonly", (table) => table.getAll(null, limit))) as unknown[];
  }

  async count(store: StoreName): Promise<number> {
    return (await this.#do(store, "readonly", (table) => table.count())) as number;
  }

  async delete(store: StoreName, keys: string[]): Promise<void> {
    await this.#do(store, "readwrite", (table) => {
      for (const key of keys) table.delete(key);
    });
  }

  async clear(store: StoreName): Promise<void> {
    await this.#do(store, "readwrite", (table) => table.clear());
  }

  async prune(store: StoreName, than: number): Promise<void> {
    await this.#do(store, "readwrite", (table) => {
      const walk = table.openCursor();
      walk.onsuccess = () => {
        if (!walk.result) return;
        if (walk.result.value < than) walk.result.delete();
        walk.result.continue();
      };
    });
  }

  async #do(
    store: StoreName,
    mode: IDBTransactionMode,
    work: (table: IDBObjectStore) => IDBRequest | undefined | void,
  ): Promise<unknown> {
    const transaction = (await this.#database()).transaction(store, mode);
    const request = work(transaction.objectStore(store));
    return new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve(request ? request.result : undefined);
      transaction.onerror = transaction.onabort = () => reject(transaction.error ?? new Error("IndexedDB failed"));
    });
  }

  #database(): Promise<IDBDatabase> {
    this.#opened ??= new Promise((resolve, reject) => {
      const request = indexedDB.open("fanfare", 1);
      request.onupgradeneeded = () => {
        request.result.createObjectStore("installation");
        request.result.createObjectStore("shown");
        request.result.createObjectStore("events", { keyPath: "event_id" });
      };
      request.onsuccess = () => {
        request.result.onversionchange = () => {
          request.result.close();
          this.#opened = undefined;
        };
        resolve(request.result);
      };
      request.onerror = () => {
        this.#opened = undefined;
        reject(request.error);
      };
    });
    return this.#opened;
  }
}

let memory: Memory = new BrowserMemory();

/** Remember elsewhere; where there is no IndexedDB. */
export function rememberIn(other: Memory): void {
  memory = other;
}

export const remembered = (): Memory => memory;

export async function recall(): Promise<Installation | undefined> {
  return (await memory.get("installation", "this")) as Installation | undefined;
}

export async function remember(installation: Installation): Promise<void> {
  await memory.put("installation", "this", installation);
}

/** Forget everything: the installation, its waiting events and what was shown. */
export async function forget(): Promise<void> {
  for (const store of ["installation", "shown", "events"] as const) await memory.clear(store);
}
