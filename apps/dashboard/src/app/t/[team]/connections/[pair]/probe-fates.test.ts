import { expect, test } from "vitest";
import { probeFates } from "./probe-fates.ts";

test("each candidate has the best that came of the other side's probes", () => {
  const fates = probeFates(
    {
      events: [
        { side: "a", atMs: 0, kind: "probe-sent", endpoint: "10.0.0.2:1", isSeen: false },
        { side: "a", atMs: 0, kind: "probe-sent", endpoint: "203.0.113.7:2", isSeen: true },
        { side: "a", atMs: 20, kind: "pong-received", endpoint: "203.0.113.7:2", rttMs: 20 },
        { side: "a", atMs: 21, kind: "path-selected", endpoint: "203.0.113.7:2" },
        { side: "a", atMs: 25, kind: "probe-sent", endpoint: "203.0.113.7:2", isSeen: true },
        { side: "a", atMs: 26, kind: "probe-sent", endpoint: "203.0.113.7:3", isSeen: true },
        { side: "b", atMs: 0, kind: "probe-sent", endpoint: "198.51.100.4:9", isSeen: true },
      ],
    },
    "b",
  );
  expect([...fates]).toEqual([
    ["10.0.0.2:1", { fate: "sent" }],
    ["203.0.113.7:2", { fate: "chosen", rttMs: 20 }],
    ["203.0.113.7:3", { fate: "arrived" }],
  ]);
});
