// Stand-alone relays as agents hear of them, and where each device says that it can be met.
import { openTestDb } from "@pinhole/drizzle/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { has, newReport, TestServer } from "./testing.ts";

const FRA = { name: "fra", url: "wss://fra.example.net/relay/v1" };

let server: TestServer;
beforeEach(async () => {
  server = await TestServer.start(openTestDb(), [FRA]);
});
afterEach(async () => server[Symbol.asyncDispose]());

test("a netmap names the dashboard's own relay first, then the others", async () => {
  const a = server.newAgent();
  a.follow();
  await has(a, "netmap");
  expect(a.of("netmap")[0]!.netmap.relays).toEqual([{ name: "main", url: "" }, FRA]);
});

test("peers hear of a device's distances when those change, and of none where the device never said any", async () => {
  const [a, b] = [server.newAgent(), server.newAgent()];
  a.follow();
  await has(a, "netmap");
  expect(a.of("netmap")[0]!.netmap.peers[0]).not.toHaveProperty("relays");

  const client = b.follow();
  const relays = [
    { relay: "fra", rttMs: 12 },
    { relay: "main", rttMs: 40 },
  ];
  await client.reportCandidates.mutate(newReport({ relays }));
  await has(a, "delta");
  expect(a.of("delta")[0]!.delta.upserted[0]).toMatchObject({ id: b.id, relays });

  const { revision } = server.hub.teams.snapshot(server.team.id);
  await client.reportCandidates.mutate(newReport({ relays }));
  expect(server.hub.teams.snapshot(server.team.id).revision).toBe(revision);
  await client.reportCandidates.mutate(newReport({ relays: relays.toReversed() }));
  expect(server.hub.teams.snapshot(server.team.id).revision).toBe(revision + 1);
});

// A name is shown to people and looked up by peers: only those of the netmap stand for anything.
test("relays that there are none of, and ones named twice, are left out", async () => {
  const [a, b] = [server.newAgent(), server.newAgent()];
  a.follow();
  await has(a, "netmap");
  const relays = ["elsewhere", "fra", "fra", "main"].map((relay) => ({ relay, rttMs: 1 }));
  await b.follow().reportCandidates.mutate(newReport({ relays }));
  await has(a, "delta");
  expect(a.of("delta")[0]!.delta.upserted[0]!.relays?.map(({ relay }) => relay)).toEqual(["fra", "main"]);
});
