/** The flags of `pinhole relay` as texts → what to listen on, and whose tickets to honour. */
import type { KeyObject } from "node:crypto";
import { err, ok, parseEndpoint, type Result } from "@pinhole/protocol";
import { isRelayName } from "@pinhole/protocol/control";
import { importIdentityKey } from "@pinhole/relay";

export type RelayServerOptions = {
  readonly name: string;
  readonly listen: Listen;
  /** Ed25519: the dashboard signs tickets with it. */
  readonly serverKey: KeyObject;
  /** Undefined: no STUN. */
  readonly stun: { readonly addresses: readonly string[]; readonly port: number } | undefined;
  readonly tls: { readonly certFile: string; readonly keyFile: string } | undefined;
};

/** Without a host: on every address of the machine. */
export type Listen = { readonly host: string | undefined; readonly port: number };

export type RelayFlags = {
  readonly name?: string;
  readonly listen?: string;
  readonly "server-key"?: string;
  readonly stun?: string;
  readonly "tls-cert"?: string;
  readonly "tls-key"?: string;
};

/** The port of STUN and TURN, over TCP here: one number to open for both. */
const DEFAULT_LISTEN = ":3478";
const DEFAULT_STUN = ":3478";

/** The error is a sentence. */
export function parseRelayOptions(flags: RelayFlags): Result<RelayServerOptions, string> {
  const { name, listen = DEFAULT_LISTEN, stun = DEFAULT_STUN } = flags;
  if (name === undefined) return err("A relay needs the --name by which PINHOLE_RELAYS of the dashboard calls it");
  if (!isRelayName(name))
    return err(`"${name}" is no name of a relay: 1 to 32 small letters, digits and hyphens, and not "main"`);
  const listensAt = parseListen(listen);
  if (listensAt === undefined) return err(`"${listen}" is nothing to listen on: write :443 or 192.0.2.1:443`);
  const key = flags["server-key"];
  const serverKey = key === undefined ? undefined : importIdentityKey(key);
  if (serverKey === undefined)
    return err(
      `${key === undefined ? "A relay needs the --server-key" : `"${key}" is no key`}: \`npm run -s admin -- relay-key\` prints it on the dashboard's machine`,
    );
  const stunAt = parseStun(stun);
  if (!stunAt.ok) return stunAt;
  const { "tls-cert": certFile, "tls-key": keyFile } = flags;
  if ((certFile === undefined) !== (keyFile === undefined)) return err("Give --tls-cert and --tls-key together");
  const tls = certFile === undefined || keyFile === undefined ? undefined : { certFile, keyFile };
  return ok({ name, listen: listensAt, serverKey, stun: stunAt.value, tls });
}

function parseListen(text: string): Listen | undefined {
  const port = /^:(\d{1,5})$/.exec(text)?.[1];
  if (port !== undefined) return Number(port) <= 65_535 ? { host: undefined, port: Number(port) } : undefined;
  const endpoint = parseEndpoint(text);
  return endpoint.ok ? { host: endpoint.value.address, port: endpoint.value.port } : undefined;
}

/** `off`, `:3478`, or one or two addresses with the same port. */
function parseStun(text: string): Result<RelayServerOptions["stun"], string> {
  if (text === "off") return ok(undefined);
  const parts = text.split(",").map((part) => parseListen(part.trim()));
  const [first] = parts;
  const isGood = parts.every((part) => part !== undefined && part.port === first?.port);
  const addresses = parts.flatMap((part) => part?.host ?? []);
  if (first === undefined || !isGood || (addresses.length !== parts.length && parts.length > 1))
    return err(
      `"${text}" is nothing for STUN: write off, :3478, or one or two addresses with one port, such as 192.0.2.1:3478,192.0.2.2:3478`,
    );
  return ok({ addresses, port: first.port });
}
