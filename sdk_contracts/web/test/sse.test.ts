import assert from "node:assert/strict";
import { test } from "node:test";
import { EventReader } from "../src/sse";

const STREAM = ': hello\r\n\r\nid: 7\r\nevent: item\r\ndata: {"a":\r\ndata: 1}\r\n\r\nretry: 3000\n\nevent: ping\n\ndata:x\n\n';
const EXPECTED = [
  { name: "item", id: "7", data: '{"a":\n1}' },
  { name: "message", id: "7", data: "x" },
];

test("events are the same however the stream is cut", () => {
  for (let size = 1; size <= STREAM.length; size += 1) {
    const reader = new EventReader();
    const pieces = Array.from({ length: Math.ceil(STREAM.length / size) }, (_, at) => STREAM.slice(at * size, (at + 1) * size));
    assert.deepEqual(pieces.flatMap((piece) => reader.feed(piece)), EXPECTED, `in pieces of ${size}`);
    assert.equal(reader.retry, 3000);
  }
});

test("an event that is not whole is not told", () => {
  assert.deepEqual(new EventReader().feed("data: half\n"), []);
});
