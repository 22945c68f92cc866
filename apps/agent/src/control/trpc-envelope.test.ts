import { expect, test } from "vitest";
import { newEnvelopeEncoder } from "./trpc-envelope.ts";

test.each([
  [{ id: 1, result: { type: "data", data: { serverNow: 1 } } }],
  [{ id: 1, jsonrpc: "2.0", result: { type: "started" } }],
  [{ id: null, method: "reconnect" }],
  [{ id: 2, error: { code: -32_000, message: "device-revoked", data: {} } }],
])("hands on what tRPC says: %j", (message) => {
  expect(decode(JSON.stringify(message))).toEqual({ message, isMalformed: false });
});

// Each of these makes the client throw where nobody catches, which would end the agent.
test.each([
  "",
  "{",
  "null",
  "7",
  '"text"',
  "[]",
  "{}",
  '{"id":1}',
  '{"id":{},"result":{}}',
  '{"id":1,"result":null}',
  '{"id":1,"result":{"type":7}}',
  '{"id":1,"error":"no"}',
  '{"id":1,"method":"rm"}',
])("stops anything else: %s", (text) => {
  const { message, isMalformed } = decode(text);
  expect(isMalformed).toBe(true);
  expect(message).toMatchObject({ id: null });
});

test("stops bytes", () => {
  expect(decode(new ArrayBuffer(3)).isMalformed).toBe(true);
});

function decode(data: unknown) {
  let isMalformed = false;
  const message = newEnvelopeEncoder(() => (isMalformed = true)).decode(data);
  return { message, isMalformed };
}
