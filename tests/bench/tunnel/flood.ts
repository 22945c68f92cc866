/**
 * Handshake messages without end from one address, for measuring what they take away from sessions that stand:
 * `node flood.ts --to=10.66.0.2:51820 --key=BASE64URL --per-second=50000 [--with-mac1]`. Bursts of 64, each one system call.
 */
import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";
import { fromBase64Url, parseEndpoint } from "@pinhole/protocol";
import { bindLibc } from "../../../apps/agent/src/datapath/ffi/libc.ts";
import { Message } from "../../../apps/agent/src/datapath/ffi/message.ts";
import { allocate } from "../../../apps/agent/src/datapath/ffi/native-memory.ts";
import { loadNative } from "../../../apps/agent/src/datapath/ffi/native.ts";
import { encodeSockaddr } from "../../../apps/agent/src/datapath/ffi/sockaddr.ts";
import { openUdpSocket } from "../../../apps/agent/src/datapath/ffi/udp-socket.ts";
import { mac1Key } from "../../../packages/wireguard/src/cookie-checker.ts";
import { newMac } from "../../../packages/wireguard/src/keyed-blake2s.ts";

const INITIATION_BYTES = 148;
const MAC1_AT = 116;
const BURST = 64;

const { values } = parseArgs({
  options: {
    to: { type: "string", default: "" },
    key: { type: "string", default: "" },
    "per-second": { type: "string", default: "50000" },
    "with-mac1": { type: "boolean", default: false },
  },
});
const to = parseEndpoint(values.to);
const key = fromBase64Url(values.key);
const native = loadNative();
if (!to.ok || key === undefined || !native.ok) throw new Error("flood.ts --to=ADDRESS:PORT --key=KEY, on Linux");
const libc = bindLibc(native.value);
const socket = openUdpSocket(libc, 4, 0);
if (!socket.ok) throw new Error(socket.error);

const mac1 = newMac(mac1Key(key));
const burst = allocate(native.value, BURST * INITIATION_BYTES);
burst.set(randomBytes(burst.length));
for (let at = 0; at < burst.length; at += INITIATION_BYTES) {
  burst.set([1, 0, 0, 0], at);
  if (values["with-mac1"]) burst.set(mac1(burst.subarray(at, at + MAC1_AT)), at + MAC1_AT);
}
const message = new Message(native.value);
const sockaddr = encodeSockaddr(to.value);
const { fd } = socket.value;

console.log("flooding");
const startedAt = performance.now();
const perMs = Number(values["per-second"]) / 1_000;
let sent = 0;
setInterval(() => {
  for (const due = (performance.now() - startedAt) * perMs; sent < due; sent += BURST) {
    message.prepareSend(burst, sockaddr, INITIATION_BYTES);
    libc.sendmsg(fd, message);
  }
}, 1);
