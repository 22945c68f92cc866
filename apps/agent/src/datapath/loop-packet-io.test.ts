import { expect, test } from "vitest";
import { bindLibc } from "./ffi/libc.ts";
import { loadNative, type Native } from "./ffi/native.ts";
import { type LoopPacketIo, openLoopPacketIo } from "./loop-packet-io.ts";

const LATE_MS = 5_000;
const RETURNS = 3;

const loaded = loadNative();

test.runIf(loaded.ok)(
  "a loop that never sleeps lets its thread's event loop do what waits there, again and again",
  async () => {
    const native = (loaded as { value: Native }).value;
    const libc = bindLibc(native);
    const io = (
      openLoopPacketIo({ native, libc, port: 0, tunName: null, countDrop, report }) as { value: LoopPacketIo }
    ).value;
    const lateAt = performance.now() + LATE_MS;
    let returns = 0;
    const onReturn = (): void => {
      returns += 1;
      if (returns === RETURNS) io.stop();
      else setImmediate(onReturn);
    };
    setImmediate(onReturn);
    await io.run({
      packet: () => undefined,
      datagram: () => undefined,
      woken: () => undefined,
      interfaceRestored: () => undefined,
      turn: () => {
        if (performance.now() > lateAt) io.stop();
        return 0;
      },
    });
    io.close();
    libc.close(io.wakeFd);
    expect(returns).toBe(RETURNS);
  },
);

const countDrop = (): void => undefined;
const report = (code: string, words: string): never => {
  throw new Error(`${code}: ${words}`);
};
