import { toBase64Url } from "@pinhole/protocol";
import { afterEach, beforeEach, expect, test } from "vitest";
import { TestServer } from "./testing.ts";

const token = toBase64Url(new Uint8Array(12).fill(3));

let server: TestServer;
beforeEach(async () => {
  server = await TestServer.start();
});
afterEach(() => server[Symbol.asyncDispose]());

test("is for devices alone", async () => {
  const client = server.agentFor(null).connect();
  await expect(client.verifyReachable.mutate({ endpoint: "198.51.100.7:40000", token })).rejects.toThrow(
    "not-authenticated",
  );
});

test.each([
  ["198.51.100.7:40000", "address-not-yours"],
  ["127.0.0.1:40000", "bad-endpoint"],
])("of %s is refused to a device that is elsewhere: %s", async (endpoint, refusal) => {
  const client = server.newAgent().connect();
  await expect(client.verifyReachable.mutate({ endpoint, token })).rejects.toThrow(refusal);
});

test("is not a way to keep the server busy", async () => {
  server.frozenAt = Date.now();
  const client = server.newAgent().connect();
  const ask = () => client.verifyReachable.mutate({ endpoint: "198.51.100.7:40000", token });
  for (let i = 0; i < 20; i++) await expect(ask()).rejects.toThrow("address-not-yours");
  await expect(ask()).rejects.toThrow("too-many-requests");
});
