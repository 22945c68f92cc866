/** Plain http, no certificate anywhere, and somebody in the way: he can cut the line, and learns and changes nothing. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseEnrollmentToken } from "@pinhole/protocol";
import { expect, test } from "vitest";
import { Agent } from "./agent.ts";
import { Lab } from "./lab.ts";
import type { LabProcess } from "./lab-process.ts";
import { OWNER, Server } from "./server.ts";
import { SERVER_ADDRESSES } from "./topology.ts";
import { Recording } from "./wiretap/recording.ts";

const program = (name: string): string => fileURLToPath(new URL(`./wiretap/${name}.ts`, import.meta.url));
const PORT = 3_000;

test("who answers with a key of his own is found out before anything is said", async () => {
  await using lab = await Lab.create({ hosts: { a: { network: "eim-apdf" }, mallory: { network: "public" } } });
  await using server = await Server.start(lab);
  const token = await server.createToken(2);
  const impostor = lab.spawn("mallory", [process.execPath, program("impostor"), String(PORT)]);
  await impostor.waitForLine(/waiting/, 10_000);
  const impostorUrl = `http://${lab.host("mallory").publicAddress}:${PORT}`;

  const fooled = new Agent(lab, { host: "a", name: "fooled", server: impostorUrl, token, userspace: true });
  const refused = fooled.up(token);
  expect((await refused.exited).code).toBe(1);
  expect(refused.stderr.join("\n")).toMatch(/not the dashboard that made this token: somebody may be in between/);
  expectNothingLearnt(impostor, token);

  // A device that is enrolled already does not fall for him either, and is back when he is gone.
  const enrolled = await Agent.start(lab, { host: "a", name: "enrolled", server: server.url, token, userspace: true });
  await enrolled.stop();
  enrolled.up(undefined, impostorUrl);
  await enrolled.untilStatus(({ self }) => self.problem?.includes("somebody may be in between") === true, {
    timeoutMs: 15_000,
    what: "the device says what is wrong",
  });
  await enrolled.stop();
  expectNothingLearnt(impostor, token);
  enrolled.up(undefined, server.url);
  await enrolled.untilOnline();
});

test("who listens on plain http sees neither token nor names nor traffic", async () => {
  await using lab = await Lab.create({
    hosts: { a: { network: "udp-blocked" }, b: { network: "eim-apdf" }, mallory: { network: "public" } },
  });
  await using server = await Server.start(lab);
  const token = await server.createToken(2);
  const notes = join(lab.directory, "notes");
  mkdirSync(notes);
  const argv = [
    process.execPath,
    program("eavesdropper"),
    String(PORT),
    SERVER_ADDRESSES[0],
    String(PORT),
    notes,
  ] as const;
  await lab.spawn("mallory", [...argv]).waitForLine(/in the way/, 10_000);
  const url = `http://${lab.host("mallory").publicAddress}:${PORT}`;

  const start = (host: "a" | "b", name: string) => Agent.start(lab, { host, name, server: url, token });
  const [a, b] = await Promise.all([start("a", "hidden-heron"), start("b", "muted-magpie")]);
  // The pattern fills the echo's payload, and UDP is blocked: it goes to the relay, past him.
  const pattern = "c0ffee5ec7e7";
  await lab.exec("a", ["ping", "-c3", "-i0.2", "-W5", "-s", "600", "-p", pattern, b.address]);
  const { self } = await b.status();
  await Promise.all([a.stop(), b.stop()]);

  const recording = new Recording(notes);
  expect(recording.includes("GET /agent/v1")).toBe(true);
  expect(recording.includes("GET /relay/v1")).toBe(true);
  expect(recording.sealedBytes).toBeGreaterThan(3 * 600);
  // What the relay needs to know he sees too, so he does see what is in the messages.
  expect(recording.includes(Buffer.from(self.id.slice("dev_".length), "hex"))).toBe(true);
  const secrets: Record<string, string | Uint8Array> = {
    token,
    "the token's secret": secretOf(token),
    "a's name": a.name,
    "b's name": b.name,
    "the team's name": OWNER.team,
    "an overlay address": b.address,
    traffic: Buffer.from(pattern, "hex"),
  };
  expect(Object.entries(secrets).filter(([, secret]) => recording.includes(secret))).toEqual([]);
});

/** Every connection got as far as his key, which answers the first 32 bytes, and not a byte further. */
function expectNothingLearnt(impostor: LabProcess, token: string): void {
  const learnt = impostor.stdout.filter((line) => line.startsWith("{"));
  expect(learnt.some((line) => line.includes("/agent/v1"))).toBe(true);
  const frames = learnt.map((line) => JSON.parse(line) as { frame?: string; closedAfter?: number });
  for (const { frame, closedAfter } of frames) {
    if (frame !== undefined) expect(Buffer.from(frame, "base64")).toHaveLength(32);
    if (closedAfter !== undefined) expect(closedAfter).toBe(1);
  }
  expect(learnt.join("\n")).not.toContain(token);
  expect(learnt.join("\n")).not.toContain(OWNER.team);
}

function secretOf(token: string): Uint8Array {
  const parsed = parseEnrollmentToken(token);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value.secret;
}
