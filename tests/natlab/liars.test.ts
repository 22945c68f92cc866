/** What members who lie, or a dashboard that does, can make an agent send to somebody who has nothing to do with them. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { openDb } from "@pinhole/drizzle";
import { team } from "@pinhole/drizzle/schema";
import { insertDevice } from "@pinhole/drizzle/testing";
import { toBase64Url } from "@pinhole/protocol";
import { expect, test } from "vitest";
import { Agent } from "./agent.ts";
import { Lab } from "./lab.ts";
import { Server } from "./server.ts";

const LIARS = 1_000;
/** Of each, and the next ones of the next. */
const PORTS = 3;

/** What one agent may send to one address that has not answered, whoever named it. */
const BURST = 120;
const PER_SECOND = 50;

const LASTS_S = 10;

test("a thousand peers that name one victim make an agent send it no more than one would", async () => {
  await using lab = await Lab.create({ hosts: { a: { network: "eim-apdf" }, victim: { network: "public" } } });
  await using server = await Server.start(lab);
  const liars = addLiars(server, lab.host("victim").publicAddress);
  const a = await Agent.start(lab, { host: "a", server: server.url, token: await server.createToken(1) });
  expect((await a.status()).peers).toHaveLength(LIARS);
  expect((await lab.traffic("a", "victim", { what: "sent" })).packets).toBe(0);

  const startedAt = performance.now();
  // Bash writes each a datagram; who is not online is looked for without a plan.
  const write = 'for address in "$@"; do echo hello > /dev/udp/$address/9; done';
  await lab.exec("a", ["bash", "-c", write, "bash", ...liars]);
  await lab.exec("a", ["ping", "-q", `-c${LASTS_S}`, "-i1", "-W1", liars[0]!], { allowFailure: true });
  const { packets } = await lab.traffic("a", "victim", { what: "sent" });
  const seconds = (performance.now() - startedAt) / 1_000;
  expect(packets).toBeLessThanOrEqual(BURST + PER_SECOND * seconds);
  // They tried: without a limit it would be thousands.
  expect(packets).toBeGreaterThan(BURST);
});

/** Devices that are not online, as their last report left them, but for what they say of where they are. Returns their overlay addresses. */
function addLiars({ dataDirectory }: Server, victim: string): string[] {
  const db = openDb(join(dataDirectory, "pinhole.db"));
  try {
    return db.transaction((tx) => {
      const { id: teamId, ipv4Range, ipv6Range } = tx.select().from(team).get()!;
      return Array.from({ length: LIARS }, (_, at) => {
        const ipv4 = addressIn(ipv4Range, 256 + at);
        const ipv6 = `${ipv6Range.replace(/\/\d+$/, "")}${(0x100 + at).toString(16)}`;
        const candidates = Array.from({ length: PORTS }, (__, port) => ({
          kind: "server-reflexive" as const,
          endpoint: `${victim}:${1_000 + PORTS * at + port}`,
        }));
        insertDevice(db, {
          teamId,
          name: `liar-${at}`,
          ipv4,
          ipv6,
          candidates,
          probeEpoch: toBase64Url(randomBytes(16)),
        });
        return ipv4;
      });
    });
  } finally {
    db.$client.close();
  }
}

function addressIn(range: string, at: number): string {
  const [a = 0, b = 0, c = 0] = range.split(".").map(Number);
  return `${a}.${b}.${c + (at >> 8)}.${at & 0xff}`;
}
