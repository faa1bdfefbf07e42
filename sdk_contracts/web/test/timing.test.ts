import assert from "node:assert/strict";
import { test } from "node:test";
import { FanfareError } from "../src/errors";
import { about, backoff, patience, retryAfter } from "../src/timing";

test("pauses grow, are capped, and are spread over their whole length", () => {
  for (const [attempt, most] of [[0, 2_000], [3, 16_000], [50, 300_000]] as const) {
    const pauses = Array.from({ length: 500 }, () => backoff(attempt));
    assert.ok(Math.max(...pauses) <= most);
    assert.ok(Math.max(...pauses) > most * 0.9);
    assert.ok(Math.min(...pauses) < most * 0.1);
  }
});

test("what the server asks for is waited at least, and not by all for equally long", () => {
  const pauses = Array.from({ length: 200 }, () => patience(new FanfareError(429, "", 30), 0));
  assert.ok(Math.min(...pauses) >= 30_000);
  assert.ok(Math.max(...pauses) - Math.min(...pauses) > 1_000);
});

test("Retry-After is a number of seconds or a date, and never more than an hour", () => {
  const now = Date.parse("2026-01-01T00:00:00Z");
  assert.equal(retryAfter("120", now), 120);
  assert.equal(retryAfter("Thu, 01 Jan 2026 00:01:00 GMT", now), 60);
  assert.equal(retryAfter("Thu, 01 Jan 2026 09:00:00 GMT", now), 3600);
  for (const nothing of [null, "", "0", "soon", "Wed, 31 Dec 2025 00:00:00 GMT"]) assert.equal(retryAfter(nothing, now), undefined);
});

test("looks are a quarter earlier or later", () => {
  const looks = Array.from({ length: 500 }, () => about(1000));
  assert.ok(Math.min(...looks) >= 750 && Math.max(...looks) <= 1250);
});
