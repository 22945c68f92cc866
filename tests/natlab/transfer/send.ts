/**
 * Sends random bytes to an echo and takes them back: a transfer both ways in one. Prints `echoed N` at every whole MiB
 * and at the end one line of JSON with both checksums.
 *
 *     send.ts ADDRESS PORT BYTES [BYTES_PER_SECOND]
 */
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

const [address = "", port = "", bytes = "", rate = "Infinity"] = process.argv.slice(2);
const CHUNK = 65_536;
const MIB = 1_048_576;

const total = Number(bytes);
const sent = createHash("sha256");
const echoed = createHash("sha256");
let echoedBytes = 0;
const startedAt = performance.now();

const socket = connect({ host: address, port: Number(port), noDelay: true });
socket.on("error", (error) => {
  console.error(error.message);
  process.exit(1);
});
socket.on("data", (chunk) => {
  echoed.update(chunk);
  const before = Math.floor(echoedBytes / MIB);
  echoedBytes += chunk.length;
  const now = Math.floor(echoedBytes / MIB);
  if (now > before) console.log(`echoed ${now * MIB}`);
});
const ended = once(socket, "end");
await once(socket, "connect");

for (let at = 0; at < total; ) {
  const chunk = randomBytes(Math.min(CHUNK, total - at));
  sent.update(chunk);
  at += chunk.length;
  if (!socket.write(chunk)) await once(socket, "drain");
  const aheadMs = startedAt + (at / Number(rate)) * 1_000 - performance.now();
  if (aheadMs > 0) await delay(aheadMs);
}
socket.end();
await ended;

const ms = Math.round(performance.now() - startedAt);
console.log(JSON.stringify({ bytes: echoedBytes, ms, sent: sent.digest("hex"), echoed: echoed.digest("hex") }));
process.exit(0);
