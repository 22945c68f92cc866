/** What a hard pair needs is known only when its NATs are measured, which is after its devices first try. */
import { expect, test } from "vitest";
import { startPair, untilPath } from "./pair.ts";
import { putPolicy } from "./put-policy.ts";

const LINK = { delayMs: 10 };
const NETWORKS = { a: "eim-apdf", b: "sequential" } as const;

/** From a device's first word of being online: measuring takes a quarter of it, and the failure of an attempt would take three seconds. */
const DIRECT_MS = 2_900;

test("a device behind a hard NAT is direct soon after it comes online", async () => {
  await using pair = await startPair({ ...LINK, networks: NETWORKS });
  const { lab, a, b } = pair;
  await b.stop();
  await lab.flushConntrack("b");
  const child = b.up();
  await child.waitForLine(/ online /, 30_000);
  const onlineAt = performance.now();
  const pings = lab.spawn("b", ["ping", "-i", "0.1", a.address], { stdin: "" });
  await child.waitForLine(/path changed .*kind=direct/, 30_000);
  expect(performance.now() - onlineAt).toBeLessThan(DIRECT_MS);
  pings.kill("SIGINT");
});

test("a hard pair that the policy keeps off the relay is direct", async () => {
  await using pair = await startPair({ ...LINK, networks: NETWORKS });
  const { server, a, b } = pair;
  // Nothing of the path before is left.
  await Promise.all([a.stop(), b.stop(), server.stop()]);
  await Promise.all([pair.lab.flushConntrack("a"), pair.lab.flushConntrack("b")]);
  putPolicy(server, { grants: [{ src: ["*"], dst: ["*"], ip: ["*"], transport: "direct-only" }] });
  await server.start();
  for (const agent of [a, b]) agent.up();
  await Promise.all([a.untilOnline(), b.untilOnline()]);
  await a.ping(b.name, { untilDirect: true, timeoutS: 30 });
  await untilPath(a, b, "direct");
  await untilPath(b, a, "direct");
});
