import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { FanfareError } from "../src/errors";
import { flush, queue, waiting } from "../src/events";
import { forget, remember } from "../src/memory";
import type { Event } from "../types/wire.js";
import { answer, calls, json } from "./api";

const AT = "2026-01-01T00:00:00Z";
const opened = (id: string, more: Partial<Event> = {}): Event => ({ event_id: id, kind: "opened", at: AT, delivery_id: id, ...more });
const accepted = () => json({ accepted: 1, duplicates: 0, rejected: [] }, 202);
const sent = () => calls.flatMap(({ body }) => body.events as Event[]);

beforeEach(async () => {
  await forget();
  await remember({ api: "https://push.test", key: "ffp_1", installationId: "i", deviceKey: "ffd_1" });
  answer(accepted);
});

test("an event that waits keeps its body, however often it is reported", async () => {
  await queue([opened("a")]);
  await queue([opened("a", { at: "2026-06-06T00:00:00Z" })]);
  await flush();
  assert.deepEqual(sent(), [opened("a")]);
});

test("an event that was sent is not sent again", async () => {
  await queue([opened("a")]);
  await flush();
  await queue([opened("a", { at: "2026-06-06T00:00:00Z" })]);
  assert.equal(await flush(), 0);
  assert.equal(sent().length, 1);
});

test("what the server could not take stays, as it was", async () => {
  answer(() => json({ detail: "away" }, 503));
  await queue([opened("a")]);
  await assert.rejects(flush(), FanfareError);
  assert.equal(await waiting(), 1);
  answer(accepted);
  await flush();
  assert.deepEqual(sent(), [opened("a")]);
});

test("nothing is sent before the time the server has named, whoever sends", async () => {
  answer(() => json({}, 429, { "Retry-After": "60" }));
  await queue([opened("a")]);
  await assert.rejects(flush());
  await assert.rejects(flush(), (error: FanfareError) => error.status === 429 && (error.retryAfter ?? 0) > 50);
  assert.equal(calls.length, 1);
});

test("one bad event does not take the others with it", async () => {
  answer(({ body }) => (body.events.some((event: Event) => event.event_id === "bad") ? json({ detail: "no" }, 400) : accepted()));
  await queue(["a", "b", "bad", "c"].map((id) => opened(id)));
  assert.equal(await flush(), 0);
  const taken = calls.filter(({ body }) => !body.events.some((event: Event) => event.event_id === "bad"));
  assert.deepEqual(taken.flatMap(({ body }) => body.events.map((event: Event) => event.event_id)).sort(), ["a", "b", "c"]);
});

test("a receipt needs no key, and what has none waits for the key", async () => {
  await remember({ api: "https://push.test", key: "ffp_1", installationId: "i" });
  await queue([opened("a"), { event_id: "b", kind: "received", at: AT, receipt: "ffr_b" }]);
  assert.equal(await flush(), 1);
  assert.deepEqual(calls.map(({ headers, body }) => [headers.Authorization, body.events[0].event_id]), [[undefined, "b"]]);
});

test("batches hold at most 500", async () => {
  await queue(Array.from({ length: 1201 }, (_, number) => opened(`e${number}`)));
  await flush();
  assert.deepEqual(calls.map(({ body }) => body.events.length), [500, 500, 201]);
  assert.equal(new Set(sent().map(({ event_id }) => event_id)).size, 1201);
});

test("a queue that is full takes no more", async () => {
  await queue(Array.from({ length: 5000 }, (_, number) => opened(`e${number}`)));
  await queue([opened("one more")]);
  assert.equal(await waiting(), 5000);
});
