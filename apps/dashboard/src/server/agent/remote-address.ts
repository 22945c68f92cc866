import type { IncomingMessage } from "node:http";
import { parseAddress } from "@pinhole/protocol";

/** Where a connection comes from, as canonical text; headers are anybody's word and are not looked at. */
export function remoteAddress({ socket }: Pick<IncomingMessage, "socket">): string {
  const address = parseAddress(socket.remoteAddress ?? "");
  return address.ok ? address.value : "unknown";
}
