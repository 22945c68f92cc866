/** Counts the datagrams that come to a port, with room for what arrives while others have the processor: `node udp-sink.ts PORT`. Prints their number so far when it has changed, five times a second. */
import { bindLibc } from "../../../apps/agent/src/datapath/ffi/libc.ts";
import { loadNative } from "../../../apps/agent/src/datapath/ffi/native.ts";
import { openLoopPacketIo } from "../../../apps/agent/src/datapath/loop-packet-io.ts";

const SAY_EVERY_MS = 200;

const native = loadNative();
if (!native.ok) throw new Error(native.error.words);
const io = openLoopPacketIo({
  native: native.value,
  libc: bindLibc(native.value),
  port: Number(process.argv[2]),
  tunName: null,
  countDrop: () => undefined,
  report: (_, words) => console.error(words),
});
if (!io.ok) throw new Error(io.error.words);

let [count, said, saidAt] = [0, 0, 0];
console.log("counting");
await io.value.run({
  packet: () => undefined,
  woken: () => undefined,
  interfaceRestored: () => undefined,
  datagram: () => void (count += 1),
  turn() {
    const now = performance.now();
    if (count !== said && now - saidAt >= SAY_EVERY_MS) {
      console.log(count);
      [said, saidAt] = [count, now];
    }
    return SAY_EVERY_MS;
  },
});
