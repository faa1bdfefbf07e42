import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { flush } from "../src/events";
import { forget, remember } from "../src/memory";
import { note, showOnce } from "../src/pushes";
import { answer, calls, json } from "./api";

const PUSH = { delivery_id: "dlv_1", receipt: "ffr_1", title: "Hello" };

beforeEach(forget);

test("copies that arrive together are shown once", async () => {
  let shown = 0;
  const show = async () => void (shown += 1);
  const first = await Promise.all(Array.from({ length: 5 }, () => showOnce(PUSH, show)));
  assert.deepEqual(first.filter(Boolean), [true]);
  assert.equal(shown, 1);
});

test("a push that could not be shown may be shown when it comes again", async () => {
  await assert.rejects(showOnce(PUSH, () => Promise.reject(new Error("no permission"))));
  assert.equal(await showOnce(PUSH, async () => undefined), true);
});

test("a push is reported with its receipt, a button with its id", async () => {
  await remember({ api: "https://push.test", key: "ffp_1", installationId: "i" });
  answer(() => json({}, 202));
  await note(PUSH, ["opened", "clicked"], "buy");
  await flush();
  const [call] = calls;
  assert.deepEqual(call?.body.events.map(({ at: _, ...event }: { at: string }) => event), [
    { event_id: "clicked:dlv_1:buy", kind: "clicked", receipt: "ffr_1", action_id: "buy" },
    { event_id: "opened:dlv_1", kind: "opened", receipt: "ffr_1" },
  ]);
});
