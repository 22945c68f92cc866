/** What `pinhole bench` measures, it measures through the tunnel and over the path that it names. */
import { expect, test } from "vitest";
import { startPair } from "./pair.ts";

const SECONDS = 2;
const DELAY_MS = 5;

test("a peer is measured both ways over the direct path, with progress, and counted by the metrics", async () => {
  await using pair = await startPair({ delayMs: DELAY_MS });
  const { lab, a, b } = pair;
  const before = await lab.udpBytesBetween("a", "b");
  const { stdout, stderr } = await a.run(["bench", "b", "--seconds", `${SECONDS}`, "--json"], { timeoutMs: 30_000 });
  const report = JSON.parse(stdout) as Record<string, number>;
  expect(report).toMatchObject({ peer: "b", address: b.address, path: "direct", seconds: SECONDS });
  expect(report["rttMs"]).toMatchObject({ median: expect.any(Number) });
  expect((report["rttMs"] as unknown as { min: number }).min).toBeGreaterThan(4 * DELAY_MS - 1);
  for (const direction of ["to", "from"])
    expect(stderr).toMatch(new RegExp(`${direction} b, second 1 of ${SECONDS}: .+ [kMG]bit/s`));

  const bits = (report["sendBitsPerSecond"] ?? 0) + (report["receiveBitsPerSecond"] ?? 0);
  expect(bits).toBeGreaterThan(1e6);
  const crossed = 8 * ((await lab.udpBytesBetween("a", "b")) - before);
  expect(crossed / (bits * SECONDS)).toBeGreaterThan(0.9);
  const metrics = (await a.run(["metrics"])).stdout;
  const counted = (direction: string): number =>
    Number(new RegExp(`^pinhole_${direction}_bytes_total\\{path="direct_ipv4"\\} (\\d+)$`, "m").exec(metrics)?.[1]);
  expect((8 * (counted("inbound") + counted("outbound"))) / crossed).toBeGreaterThan(0.9);

  const unknown = await a.run(["bench", "carol"], { allowFailure: true });
  expect(unknown).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining('There is no peer "carol"') });

  await b.stop();
  const gone = await a.run(["bench", "b"], { allowFailure: true, timeoutMs: 60_000 });
  expect(gone).toMatchObject({ code: 1, stdout: "", stderr: expect.stringMatching(/^b does not answer/) });
});
