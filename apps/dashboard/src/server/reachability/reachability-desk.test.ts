import { type Endpoint, formatEndpoint, parseEndpoint, toBase64Url } from "@pinhole/protocol";
import type { ReachabilityRequest, SignedEndpoint } from "@pinhole/protocol/control";
import { decodeStun } from "@pinhole/protocol/stun";
import { EndpointProof } from "@pinhole/stun-server";
import { expect, test } from "vitest";
import { ProvenAddresses } from "../coordination/proven-addresses.ts";
import { ReachabilityDesk } from "./reachability-desk.ts";

const TOKEN = new Uint8Array(12).fill(3);
const HOME = "198.51.100.7";
const from = (address: string) => ({ proven: new ProvenAddresses(address) });
const request = (endpoint: string, seen?: SignedEndpoint): ReachabilityRequest => ({
  endpoint,
  token: toBase64Url(TOKEN),
  ...(seen === undefined ? {} : { seen }),
});

test("sends one indication with the token to where the session comes from", async () => {
  const run = new Run();
  expect(await run.desk.verify(from(HOME), request(`${HOME}:40000`))).toEqual({ ok: true, value: undefined });
  expect(run.sent).toMatchObject([{ to: `${HOME}:40000` }]);
  expect(run.sent[0]!.bytes).toHaveLength(20);
  const value = { kind: "binding-indication", transactionId: TOKEN };
  expect(decodeStun(run.sent[0]!.bytes)).toEqual({ ok: true, value });
});

test("sends to where a STUN answer arrived, told of before or with the question, whatever the session's address", async () => {
  const run = new Run();
  for (const address of ["127.0.0.1", "unknown", "172.17.0.1"]) {
    const session = from(address);
    expect(await run.desk.verify(session, request(`${HOME}:40000`))).toMatchObject({ ok: false });
    const seen = run.sign(`${HOME}:7777`);
    expect(await run.desk.verify(session, request(`${HOME}:40000`, seen))).toMatchObject({ ok: true });
    session.proven.add(HOME, new Date(run.now));
    expect(await run.desk.verify(session, request(`${HOME}:40000`))).toMatchObject({ ok: true });
  }
  const seen = run.sign("[2001:db8::7]:7777");
  expect(await run.desk.verify(from(HOME), request("[2001:db8::7]:40000", seen))).toMatchObject({ ok: true });
  run.now += 1_200_000;
  expect(await run.desk.verify(from(HOME), request("[2001:db8::7]:40000", seen))).toMatchObject({ ok: false });
});

test.each(["198.51.100.8:40000", "203.0.113.200:40000", "192.168.1.1:40000", "[2001:db8::7]:40000"])(
  "sends nothing to %s, where the device was never seen",
  async (endpoint) => {
    const run = new Run();
    const refused = { ok: false, error: "address-not-yours" };
    const forged = { endpoint, proof: toBase64Url(new Uint8Array(16)) };
    const ofAnother = { ...run.sign(`${HOME}:7777`), endpoint };
    for (const seen of [undefined, forged, ofAnother, run.sign(`${HOME}:7777`)])
      expect(await run.desk.verify(from(HOME), request(endpoint, seen))).toEqual(refused);
    expect(run.sent).toEqual([]);
  },
);

// Behind a proxy every session comes from the proxy's address.
test.each(["172.17.0.1", "10.0.0.1", "100.64.0.1"])("sends nothing to %s for the session's sake", async (address) => {
  const run = new Run();
  const answer = await run.desk.verify(from(address), request(`${address}:40000`));
  expect(answer).toEqual({ ok: false, error: "address-not-yours" });
  expect(run.sent).toEqual([]);
});

test.each(["127.0.0.1:40000", "169.254.169.254:8080", "224.0.0.1:40000", `${HOME}:53`, `${HOME}:0`, "x"])(
  "sends nothing to %s, proven or not",
  async (endpoint) => {
    const run = new Run();
    const seen = endpoint === "x" ? undefined : run.sign(endpoint);
    expect(await run.desk.verify(from(HOME), request(endpoint, seen))).toEqual({ ok: false, error: "bad-endpoint" });
    expect(run.sent).toEqual([]);
  },
);

test("sends to one endpoint, and to one address, only so often", async () => {
  const run = new Run();
  const session = from(HOME);
  for (let i = 0; i < 50; i++) await run.desk.verify(session, request(`${HOME}:40000`));
  expect(run.sent).toHaveLength(12);
  const refused = { ok: false, error: "too-many-requests" };
  expect(await run.desk.verify(session, request(`${HOME}:40000`))).toEqual(refused);
  for (let port = 2_000; port < 3_000; port++) await run.desk.verify(session, request(`${HOME}:${port}`));
  expect(run.sent.length).toBeLessThanOrEqual(212);
  run.now += 30_000;
  expect(await run.desk.verify(session, request(`${HOME}:40000`))).toMatchObject({ ok: true });
});

test("says when there is no way there", async () => {
  const run = new Run();
  run.canSend = false;
  const answer = await run.desk.verify(from(HOME), request(`${HOME}:40000`));
  expect(answer).toEqual({ ok: false, error: "not-sendable" });
});

class Run {
  now = Date.UTC(2026, 0, 1);
  canSend = true;
  readonly sent: { to: string; bytes: Uint8Array }[] = [];
  readonly endpointProof = new EndpointProof(new Uint8Array(32).fill(1), () => this.now);
  readonly desk = new ReachabilityDesk({
    now: () => new Date(this.now),
    endpointProof: this.endpointProof,
    send: async (to: Endpoint, bytes) => {
      if (this.canSend) this.sent.push({ to: formatEndpoint(to), bytes });
      return this.canSend;
    },
  });

  /** As the STUN server does with where it answers to. */
  sign(text: string): SignedEndpoint {
    const endpoint = parseEndpoint(text);
    if (!endpoint.ok) throw new Error(text);
    return { endpoint: text, proof: toBase64Url(this.endpointProof.prove(endpoint.value)) };
  }
}
