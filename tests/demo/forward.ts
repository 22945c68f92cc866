/**
 * Runs inside the lab and lets the world outside in, by way of the file system, which namespaces share: no route, no
 * interface and no firewall of the machine is touched.
 *
 *     forward.ts SOCKET ADDRESS PORT
 */
import { connect, createServer } from "node:net";

const [socketPath = "", address = "", port = ""] = process.argv.slice(2);

createServer({ allowHalfOpen: true }, (outside) => {
  const inside = connect({ host: address, port: Number(port), allowHalfOpen: true });
  outside.pipe(inside).pipe(outside);
  outside.on("error", () => inside.destroy());
  inside.on("error", () => outside.destroy());
}).listen(socketPath, () => console.log("forwarding"));
