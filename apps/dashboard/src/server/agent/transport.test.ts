// A policy may keep a pair on the relay, or off it; what the two are told of each other follows.
import { fromBase64Url } from "@pinhole/protocol";
import { decodeTicket } from "@pinhole/protocol/relay";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { has, newReport, type TestAgent, TestServer } from "./testing.ts";

let server: TestServer;
beforeEach(async () => {
  server = await TestServer.start();
});
afterEach(() => server[Symbol.asyncDispose]());

const policy = (transport: string) =>
  `{ "grants": [{ "src": ["*"], "dst": ["*"], "ip": ["*"], "transport": "${transport}" }] }`;

describe("a relay-only pair", () => {
  test("is told nothing of where the other is, nor gets a plan", async () => {
    server.savePolicy(2, policy("relay-only"));
    const { a, b, clientA, clientB } = await pair();
    expect(a.of("netmap")[0]!.netmap.peers).toMatchObject([
      { id: b.id, transport: "relay-only", candidates: [], natProfile: null, probeEpoch: null },
    ]);
    await clientB.reportCandidates.mutate(newReport());
    await has(a, "delta");
    expect(JSON.stringify(a.events)).not.toMatch(/198\.51\.100\.7|192\.168\.1\.7/);
    await expect(clientA.requestPunch.mutate({ peerId: b.id, trigger: "traffic" })).rejects.toThrow("relay-only");
    await expect(clientB.requestPunch.mutate({ peerId: a.id, trigger: "manual" })).rejects.toThrow("relay-only");
    expect([...a.of("punch"), ...b.of("punch")]).toEqual([]);
    expect(ticketPeers(a)).toEqual([b.id]);
  });

  test("forgets what it knew when the policy changes", async () => {
    const { a, b, clientB } = await pair();
    await clientB.reportCandidates.mutate(newReport());
    await has(a, "delta");
    const before = a.of("delta").length;
    server.savePolicy(2, policy("relay-only"));
    await has(a, "delta", before + 1);
    expect(a.of("delta").at(-1)!.delta.upserted).toMatchObject([{ id: b.id, candidates: [], probeEpoch: null }]);
  });
});

test("a direct-only pair is in no relay ticket, and gets plans", async () => {
  const { a, b, clientA, clientB } = await pair();
  expect(ticketPeers(a)).toEqual([b.id]);
  const before = a.of("relay-ticket").length;
  server.savePolicy(2, policy("direct-only"));
  await has(a, "relay-ticket", before + 1);
  expect(ticketPeers(a)).toEqual([]);
  expect(a.of("delta").at(-1)!.delta.upserted).toMatchObject([{ id: b.id, transport: "direct-only" }]);
  await clientA.reportCandidates.mutate(newReport());
  await clientB.reportCandidates.mutate(newReport());
  await clientA.requestPunch.mutate({ peerId: b.id, trigger: "traffic" });
  await has(a, "punch");
});

describe("a note of an attempt", () => {
  const NOTE = "AAEC_w";

  test("of a direct-only pair goes by the server, while the attempt runs, and so many times", async () => {
    server.frozenAt = Date.now();
    server.savePolicy(2, policy("direct-only"));
    const { a, b, clientA, clientB } = await pair();
    await clientA.reportCandidates.mutate(newReport());
    await clientB.reportCandidates.mutate(newReport());
    const send = () => clientA.sendPunchNote.mutate({ peerId: b.id, note: NOTE });
    await expect(send()).rejects.toThrow("no-attempt");
    await clientA.requestPunch.mutate({ peerId: b.id, trigger: "traffic" });
    await send();
    await has(b, "punch-note");
    expect(b.of("punch-note")).toEqual([{ kind: "punch-note", peerId: a.id, note: NOTE }]);
    for (let n = 1; n < 64; n++)
      await (n % 2 === 0 ? send() : clientB.sendPunchNote.mutate({ peerId: a.id, note: NOTE }));
    server.skewMs = 1_000;
    await expect(send()).rejects.toThrow("no-attempt");
    server.skewMs = 60_000;
    await expect(send()).rejects.toThrow("no-attempt");
  });

  test("of a pair that has the relay does not, nor one that is longer than a note", async () => {
    const { b, clientA, clientB } = await pair();
    await clientA.reportCandidates.mutate(newReport());
    await clientB.reportCandidates.mutate(newReport());
    await clientA.requestPunch.mutate({ peerId: b.id, trigger: "traffic" });
    await expect(clientA.sendPunchNote.mutate({ peerId: b.id, note: NOTE })).rejects.toThrow("no-attempt");
    await expect(clientA.sendPunchNote.mutate({ peerId: b.id, note: "A".repeat(700) })).rejects.toThrow();
    expect(b.of("punch-note")).toEqual([]);
  });
});

test("a pair of which no grant says anything has no word of it in the netmap", async () => {
  const { a } = await pair();
  expect(a.of("netmap").at(-1)!.netmap.peers[0]).not.toHaveProperty("transport");
});

async function pair() {
  const [a, b] = [server.newAgent(), server.newAgent()];
  const [clientA, clientB] = [a.follow(), b.follow()];
  await has(a, "relay-ticket");
  await has(b, "relay-ticket");
  return { a, b, clientA, clientB };
}

/** Of the latest ticket. */
function ticketPeers(agent: TestAgent): readonly string[] {
  const signed = decodeTicket(fromBase64Url(agent.of("relay-ticket").at(-1)!.ticket)!);
  if (!signed.ok) throw new Error(signed.error);
  return signed.value.ticket.peers;
}
