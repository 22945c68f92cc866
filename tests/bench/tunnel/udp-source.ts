/** Datagrams at an even rate, each a call of its own as most programs send them: `node udp-source.ts ADDRESS:PORT BYTES PER_SECOND SECONDS`. Prints how many left, and how long it took in milliseconds. */
import { randomBytes } from "node:crypto";
import { parseEndpoint } from "@pinhole/protocol";
import { bindLibc } from "../../../apps/agent/src/datapath/ffi/libc.ts";
import { loadNative } from "../../../apps/agent/src/datapath/ffi/native.ts";
import { encodeSockaddr } from "../../../apps/agent/src/datapath/ffi/sockaddr.ts";
import { openUdpSocket } from "../../../apps/agent/src/datapath/ffi/udp-socket.ts";

const [, , endpoint = "", bytes, perSecond, seconds] = process.argv;
const [to, native] = [parseEndpoint(endpoint), loadNative()];
if (!to.ok || !native.ok) throw new Error("udp-source.ts needs an endpoint, on Linux");
const libc = bindLibc(native.value);
const socket = openUdpSocket(libc, 4, 0);
if (!socket.ok) throw new Error(socket.error);

const { fd } = socket.value;
const sockaddr = encodeSockaddr(to.value);
const datagram = randomBytes(Number(bytes));
const perMs = Number(perSecond) / 1_000;
const total = Number(perSecond) * Number(seconds);
const startedAt = performance.now();
let sent = 0;
const timer = setInterval(() => {
  for (const due = Math.min(total, (performance.now() - startedAt) * perMs); sent < due; ) {
    // A full buffer is the socket's own way to slow a program down.
    if (libc.sendto(fd, datagram, sockaddr).ok) sent += 1;
    else break;
  }
  if (sent < total) return;
  clearInterval(timer);
  console.log(JSON.stringify({ sent, ms: performance.now() - startedAt }));
}, 1);
