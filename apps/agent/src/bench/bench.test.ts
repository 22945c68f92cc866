/** Both ends of a measurement, over the loopback interface. */
import { connect, createServer, type Server } from "node:net";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { newLog } from "../log.ts";
import { formatHello, formatResult, parseHello, parseResult } from "./hello.ts";
import { LineReader } from "./line-reader.ts";
import { measure, type Measurement } from "./measure.ts";
import { BenchResponder } from "./responder.ts";

const HOST = "127.0.0.1";
const SECONDS = 0.2;

const opened: (() => void)[] = [];
afterEach(() => {
  for (const close of opened.splice(0)) close();
});

describe("a measurement", () => {
  test.each(["send", "receive"] as const)(
    "counts what arrives when it is to %s, and takes as long as it was told",
    async (direction) => {
      const port = await open();
      const startedAt = performance.now();
      const measured = await measure({ ...QUIET, address: HOST, direction, seconds: SECONDS, port });
      expect(measured).toEqual({ ok: true, value: expect.any(Number) });
      if (measured.ok) expect(measured.value).toBeGreaterThan(1e6);
      expect(performance.now() - startedAt).toBeGreaterThanOrEqual(SECONDS * 1_000);
    },
  );

  test("says how it goes on", async () => {
    const port = await open();
    const seen: number[] = [];
    await measure({
      ...QUIET,
      address: HOST,
      direction: "receive",
      seconds: 1.5,
      port,
      progress: (bits) => seen.push(bits),
    });
    expect(seen).toHaveLength(1);
    expect(seen[0]).toBeGreaterThan(1e6);
  });

  test("is one at a time, and the next is served after it", async () => {
    const port = await open();
    const stop = new AbortController();
    const begun = Promise.withResolvers<void>();
    const first = measure({
      address: HOST,
      direction: "receive",
      seconds: 30,
      port,
      signal: stop.signal,
      progress: () => begun.resolve(),
    });
    await begun.promise;
    const other = { ...QUIET, address: HOST, direction: "send", seconds: SECONDS, port } as const;
    expect(await measure(other)).toEqual({ ok: false, error: "busy" });
    stop.abort();
    expect(await first).toEqual({ ok: false, error: "stopped" });
    await expect.poll(() => measure(other)).toMatchObject({ ok: true });
  });

  test("says that nobody takes part, or somebody else does", async () => {
    const port = await open();
    for (const close of opened.splice(0)) close();
    await expect
      .poll(() => measure({ ...QUIET, address: HOST, direction: "send", seconds: 1, port }))
      .toEqual({
        ok: false,
        error: "refused",
      });
    for (const words of ["SSH-2.0-OpenSSH_9.2\r\n", "x".repeat(1_000), ""]) {
      const strange = await listen((socket) => socket.end(words));
      expect(await measure({ ...QUIET, address: HOST, direction: "send", seconds: 1, port: strange })).toEqual({
        ok: false,
        error: "strange",
      });
    }
  });

  test("says when what was reached goes away in the middle", async () => {
    const port = await listen((socket) => {
      socket.once("data", () => {
        socket.write("ok\n");
        socket.once("data", () => socket.destroy());
      });
    });
    expect(await measure({ ...QUIET, address: HOST, direction: "send", seconds: 30, port })).toEqual({
      ok: false,
      error: "stalled",
    });
  });
});

describe("the other end", () => {
  test.each(["GET / HTTP/1.1\r\n\r\n", "pinhole-bench 2 send\n", "pinhole-bench 1 both\n", "x".repeat(10_000), "\n"])(
    "gives nothing to %j",
    async (words) => {
      const port = await open();
      expect(await answerTo(port, words)).toBe("");
      expect(await measure({ ...QUIET, address: HOST, direction: "send", seconds: SECONDS, port })).toMatchObject({
        ok: true,
      });
    },
  );

  test("counts the bytes that come together with the question", async () => {
    const port = await open();
    expect(await answerTo(port, `${formatHello("send")}12345`)).toMatch(/^ok\n5 \d+\n$/);
  });

  test("has an end with the agent", async () => {
    const port = await open();
    const cut = measure({
      ...QUIET,
      address: HOST,
      direction: "receive",
      seconds: 30,
      port,
      progress: () => closeAll(),
    });
    expect(await cut).toEqual({ ok: false, error: "stalled" });
  });
});

test("lines are read whole, at any cut, and none is longer than a line may be", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("send", "receive"),
      fc.nat(30),
      fc.uint8Array({ maxLength: 20 }),
      (direction, cut, rest) => {
        const bytes = Buffer.concat([Buffer.from(formatHello(direction)), rest]);
        const reader = new LineReader();
        const first = reader.take(bytes.subarray(0, cut));
        const read = first === undefined ? reader.take(bytes.subarray(cut)) : first;
        expect(parseHello(read?.line ?? "")).toBe(direction);
      },
    ),
  );
  expect(new LineReader().take(new Uint8Array(65))).toBeNull();
  fc.assert(fc.property(fc.string(), (text) => void [parseHello(text), parseResult(text)]));
  expect(parseResult(formatResult({ bytes: 12, ms: 3.6 }).trim())).toEqual({ bytes: 12, ms: 4 });
});

const QUIET: Pick<Measurement, "signal" | "progress"> = {
  signal: new AbortController().signal,
  progress: () => undefined,
};

/** On a port that was free a moment ago. */
async function open(): Promise<number> {
  const port = await listen(() => undefined);
  closeAll();
  const responder = new BenchResponder({
    addresses: [HOST],
    log: newLog(
      () => undefined,
      "error",
      () => 0,
    ),
    port,
  });
  opened.push(() => responder.close());
  await expect.poll(() => answerTo(port, "\n"), { interval: 5 }).toBe("");
  return port;
}

function closeAll(): void {
  for (const close of opened.splice(0)) close();
}

async function listen(serve: Parameters<typeof createServer>[1] & object): Promise<number> {
  const server: Server = createServer(serve);
  await new Promise<void>((resolve) => server.listen(0, HOST, () => resolve()));
  opened.push(() => server.close());
  return (server.address() as { port: number }).port;
}

/** Until it is closed; undefined when nobody is there. */
function answerTo(port: number, words: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = "";
    const socket = connect(port, HOST, () => socket.end(words));
    socket.setEncoding("utf8");
    socket.on("data", (chunk: string) => (text += chunk));
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code === "ECONNREFUSED" ? undefined : text));
    socket.on("close", () => resolve(text));
  });
}
