// An agent's word for where it is gets it probed; only what a server saw by itself may be sprayed at.
import { toBase64Url } from "@pinhole/protocol";
import type { SignedEndpoint } from "@pinhole/protocol/control";
import { EndpointProof } from "@pinhole/stun-server";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { has, newReport, TestServer } from "./testing.ts";

const HOME = { address: "198.51.100.7", port: 40_000 };
const VICTIM = { address: "192.0.2.1", port: 443 };

let server: TestServer;
beforeEach(async () => {
  server = await TestServer.start();
});
afterEach(() => server[Symbol.asyncDispose]());

describe("the proven addresses of a plan", () => {
  test("are those for which the peer showed a STUN server's proof", async () => {
    expect(await provenAfter([signed(HOME)])).toEqual([HOME.address]);
  });

  test("hold the proof of the last period, and none that is older", async () => {
    server.skewMs = -600_000;
    const recent = signed(HOME);
    server.skewMs = -1_200_000;
    const old = signed({ ...HOME, address: "198.51.100.8" });
    server.skewMs = 0;
    expect(await provenAfter([recent, old])).toEqual([HOME.address]);
  });

  test("are none for a device that only claims to be somewhere", async () => {
    expect(await provenAfter(undefined)).toEqual([]);
  });

  test.each<[string, () => SignedEndpoint]>([
    ["of another endpoint", () => ({ ...signed(HOME), endpoint: "192.0.2.1:443" })],
    ["of another port of its own", () => ({ ...signed(HOME), endpoint: "198.51.100.7:40001" })],
    ["by another server", () => signed(VICTIM, new EndpointProof(new Uint8Array(32), () => Date.now()))],
    ["that is a guess", () => ({ endpoint: "192.0.2.1:443", proof: toBase64Url(new Uint8Array(16)) })],
    ["of an address in the overlay", () => signed({ address: server.team.ipv4Range.split("/")[0]!, port: 1 })],
    ["of the metadata service", () => signed({ address: "169.254.169.254", port: 80 })],
    ["of loopback", () => signed({ address: "127.0.0.1", port: 80 })],
  ])("have none for a proof %s", async (_, proof) => {
    expect(await provenAfter([proof()])).toEqual([]);
  });

  test("do not outlive the session", async () => {
    const { a, b, clientA, clientB } = await pair();
    await clientB.reportCandidates.mutate(newReport({ proofs: [signed(HOME)] }));
    b.disconnect();
    await has(a, "presence", 2);
    const again = b.follow();
    await has(b, "relay-ticket", 2);
    await again.reportCandidates.mutate(newReport());
    await clientA.requestPunch.mutate({ peerId: b.id, trigger: "traffic" });
    await has(a, "punch");
    expect(a.of("punch")[0]!.plan.peerProvenAddresses).toEqual([]);
  });
});

test("nine proofs at once are one too many", async () => {
  const { clientB } = await pair();
  const proofs = Array.from({ length: 9 }, (_, i) => signed({ ...HOME, port: 40_000 + i }));
  await expect(clientB.reportCandidates.mutate(newReport({ proofs }))).rejects.toThrow();
});

/** What A is told of B, once B has reported with these. */
async function provenAfter(proofs: SignedEndpoint[] | undefined): Promise<string[] | undefined> {
  const { a, b, clientA, clientB } = await pair();
  await clientB.reportCandidates.mutate(newReport(proofs === undefined ? {} : { proofs }));
  await clientA.requestPunch.mutate({ peerId: b.id, trigger: "traffic" });
  await has(a, "punch");
  return a.of("punch")[0]!.plan.peerProvenAddresses;
}

async function pair() {
  const [a, b] = [server.newAgent(), server.newAgent()];
  const [clientA, clientB] = [a.follow(), b.follow()];
  await has(a, "relay-ticket");
  await has(b, "relay-ticket");
  await clientA.reportCandidates.mutate(newReport());
  return { a, b, clientA, clientB };
}

const signed = (endpoint: typeof HOME, by: EndpointProof = server.hub.endpointProof): SignedEndpoint => ({
  endpoint: `${endpoint.address}:${endpoint.port}`,
  proof: toBase64Url(by.prove(endpoint)),
});
