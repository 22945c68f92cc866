import { expect, test } from "vitest";
import { controlUrl, parseServerUrl, relayUrl } from "./server-url.ts";

test.each([
  ["https://pinhole.example", "https://pinhole.example/"],
  ["192.0.2.1:3000", "http://192.0.2.1:3000/"],
  ["http://[2001:db8::1]:3000/below/?q#h", "http://[2001:db8::1]:3000/below/"],
])("takes %s", (text, href) => {
  expect(parseServerUrl(text)).toMatchObject({ ok: true, value: { href } });
});

test.each(["", "ftp://x", "http://", "file:///etc/passwd", "a b"])("refuses %j in words", (text) => {
  expect(parseServerUrl(text)).toMatchObject({
    ok: false,
    error: expect.stringContaining("no address of a dashboard"),
  });
});

test("keeps the path that the dashboard is served below", () => {
  expect(controlUrl("https://x.example/below/")).toBe("wss://x.example/below/agent/v1");
  expect(relayUrl("http://x.example:3000/", "")).toBe("ws://x.example:3000/relay/v1");
});

// The netmap names relays: what cannot be dialled must not end the agent.
test.each(["nonsense", "http://x.example", "ws://", "wss://x/#h", "javascript:0"])("knows no relay at %j", (text) => {
  expect(relayUrl("http://x.example/", text)).toBeUndefined();
});
