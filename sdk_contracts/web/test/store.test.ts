import assert from "node:assert/strict";
import { test } from "node:test";
import { FanfareError } from "../src/errors";
import { type Caller, Inbox } from "../src/inbox";
import type { InboxState } from "../src/store";
import type { InboxItem } from "../types/wire.js";
import { eventually, json } from "./api";

const item = (number: number, more: Partial<InboxItem> = {}): InboxItem => ({
  id: `itm_${number}`, campaign_id: "cmp_1", delivery_id: `dlv_${number}`, kind: "service", category: null,
  title: `Item ${number}`, body: "", image_url: null, link: null, actions: [], data: {},
  created_at: `2026-01-01T00:00:0${number}Z`, expires_at: null, seen_at: null, read_at: null, archived_at: null,
  acknowledged_at: null, ...more,
});
const AT = "2026-01-02T00:00:00Z";

/** An inbox of two items with a stream that the test feeds. */
class Server {
  items = [item(2), item(1)];
  streams = 0;
  resumed: (string | undefined)[] = [];
  refuse: number | undefined;
  #tell: ReadableStreamDefaultController<Uint8Array> | undefined;

  readonly call: Caller = async (method, path, { headers, signal } = {}) => {
    if (path === "/v1/inbox/stream") {
      this.streams += 1;
      this.resumed.push(headers?.["Last-Event-ID"]);
      const body = new ReadableStream<Uint8Array>({ start: (tell) => void (this.#tell = tell) });
      signal?.addEventListener("abort", () => this.end());
      return new Response(body);
    }
    if (this.refuse && method !== "GET") throw new FanfareError(this.refuse, "no");
    if (method !== "GET") return json({}, 204);
    const unread = this.items.filter(({ read_at }) => read_at === null).length;
    const etag = JSON.stringify(this.items);
    if (headers?.["If-None-Match"] === etag) return json(null, 304);
    return json({ items: this.items, next_cursor: null, unread }, 200, { ETag: etag });
  };

  /** It happens, and the stream tells of it. */
  tell(name: string, data: { id?: string }, id = "1"): void {
    const others = this.items.filter((each) => each.id !== data.id);
    if (name !== "summary") this.items = name === "removed" ? others : [data as InboxItem, ...others];
    this.items = this.items.filter(({ archived_at }) => archived_at === null).sort((one, other) => (one.id < other.id ? 1 : -1));
    this.#tell?.enqueue(new TextEncoder().encode(`id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`));
  }

  end(): void {
    try {
      this.#tell?.close();
    } catch {
      // Closed before.
    }
  }
}

async function following(run: (server: Server, inbox: Inbox, now: () => InboxState) => Promise<void>): Promise<void> {
  const server = new Server();
  const inbox = new Inbox(server.call);
  const store = inbox.store();
  const stop = store.subscribe(() => undefined);
  try {
    await eventually(() => store.state.status === "live", "the stream");
    await run(server, inbox, () => store.state);
  } finally {
    stop();
  }
}
const titles = ({ items }: InboxState) => items.map(({ title }) => title);

test("what the stream tells is in the list at once", () =>
  following(async (server, _, now) => {
    server.tell("item", item(3));
    await eventually(() => now().items.length === 3, "the new item");
    assert.deepEqual(titles(now()), ["Item 3", "Item 2", "Item 1"]);
    assert.equal(now().unread, 3);
    server.tell("changed", item(2, { read_at: AT }));
    await eventually(() => now().unread === 2, "one read elsewhere");
    server.tell("removed", { id: "itm_3" });
    await eventually(() => now().items.length === 2, "one removed elsewhere");
    assert.equal(now().unread, 1);
    server.tell("summary", { unread: 7 } as object);
    await eventually(() => now().unread === 7, "the count");
  }));

test("an item that was archived elsewhere leaves the list", () =>
  following(async (server, _, now) => {
    server.tell("changed", item(2, { archived_at: AT }));
    await eventually(() => now().items.length === 1, "it to leave");
    assert.equal(now().unread, 1);
  }));

test("when more was missed than the server remembers, the inbox is read anew", () =>
  following(async (server, _, now) => {
    server.items = [item(5)];
    server.tell("summary", { unread: 1, unseen: 1, reload: true } as object);
    await eventually(() => titles(now()).join() === "Item 5", "the new page");
  }));

test("a stream that breaks is resumed from the last event", () =>
  following(async (server, _, now) => {
    server.tell("item", item(3), "seven");
    await eventually(() => now().items.length === 3, "the item");
    server.end();
    await eventually(() => server.streams === 2, "the second stream");
    assert.deepEqual(server.resumed, [undefined, "seven"]);
  }));

test("a mark is shown before the server has answered, and taken back when it refuses", async () => {
  const server = new Server();
  const store = new Inbox(server.call).store();
  const unread: number[] = [];
  const stop = store.subscribe((state) => unread.push(state.unread));
  await eventually(() => store.state.status === "live", "the page");
  server.refuse = 403;
  await assert.rejects(store.mark("itm_2", "read"));
  stop();
  assert.deepEqual(unread.slice(-2), [1, 2]);
  assert.equal(store.state.items[0]?.read_at, null);
});

test("who is not subscribed any more opens no stream and asks for nothing", async () => {
  const server = new Server();
  const inbox = new Inbox(server.call);
  const stop = inbox.watch(() => undefined);
  await eventually(() => server.streams === 1, "the stream");
  stop();
  server.items = [];
  inbox.refresh();
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(inbox.live.on, false);
  assert.equal(server.streams, 1);
});

test("watching tells pages, and once that the API is away", async () => {
  let away = true;
  const server = new Server();
  const inbox = new Inbox(async (...call) => {
    if (away) throw new FanfareError(0, "no connection");
    return server.call(...call);
  });
  const news: string[] = [];
  const stop = inbox.watch(({ page, error }) => news.push(page ? `${page.items.length} items` : String(error?.message)));
  await eventually(() => news.length === 1, "the error");
  inbox.refresh();
  away = false;
  inbox.refresh();
  await eventually(() => news.includes("2 items"), "the page");
  stop();
  assert.deepEqual(news.slice(0, 2), ["no connection", "2 items"]);
});

test("two lists of one page share one stream", async () => {
  const server = new Server();
  const inbox = new Inbox(server.call);
  const stops = [inbox.watch(() => undefined), inbox.watch(() => undefined, { filter: "unread" })];
  await eventually(() => inbox.live.on, "the stream");
  assert.equal(server.streams, 1);
  for (const stop of stops) stop();
});
