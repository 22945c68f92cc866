/**
 * Stands in the way of plain http and writes down everything, in both directions: what anybody on the path can do.
 *
 *     eavesdropper.ts PORT TARGET_ADDRESS TARGET_PORT DIRECTORY
 */
import { createWriteStream } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";

const [port = "", address = "", targetPort = "", directory = ""] = process.argv.slice(2);
let connections = 0;

createServer((client) => {
  const server = connect({ host: address, port: Number(targetPort) });
  connections++;
  carry(client, server, `${connections}-up`);
  carry(server, client, `${connections}-down`);
}).listen(Number(port), "0.0.0.0", () => console.log("in the way"));

function carry(from: Socket, to: Socket, name: string): void {
  const record = createWriteStream(join(directory, name));
  from.on("data", (bytes) => record.write(bytes));
  from.pipe(to);
  from.on("error", () => to.destroy());
  from.on("close", () => to.destroy());
}
