/**
 * A home router's mapping services as a function, with the faults that real ones have. Its table is what the tests look at: a
 * mapping is what is in there, not what was answered.
 */
import { addressToBytes, type Endpoint, parseAddress } from "@pinhole/protocol/net";
import { ByteReader, ByteWriter } from "@pinhole/protocol/wire";
import type { HttpAnswer, HttpRequest } from "../contract.ts";

export type Row = {
  readonly external: number;
  readonly client: string;
  readonly internal: number;
  /** Null: for ever. */
  readonly until: number | null;
  readonly nonce?: string;
  readonly pinholeId?: number;
};

export type GatewayFaults = {
  /** Of every PCP MAP, of every NAT-PMP mapping, of every AddPortMapping or AddPinhole. */
  readonly pcpResult?: number;
  readonly natPmpResult?: number;
  readonly addFault?: number;
  /** The code with which a lease that ends is refused. */
  readonly onlyPermanent?: number;
  /** Added to every internal port that is asked for. */
  readonly internalPortShift?: number;
  readonly ssdpDelayMs?: number;
  readonly ssdpPort?: number;
  /** Instead of where the description is. */
  readonly location?: string;
  readonly description?: string;
  readonly maxLifetimeS?: number;
};

export type GatewaySetup = {
  readonly address: string;
  readonly external: string;
  readonly pcp?: boolean;
  readonly natPmp?: boolean;
  readonly igd?: 1 | 2;
  readonly faults?: GatewayFaults;
};

export type Reply = { readonly from: Endpoint; readonly bytes: Uint8Array; readonly afterMs: number };

const HTTP_PORT = 49_152;

export class FakeGateway {
  setup: GatewaySetup;
  isSilent = false;
  /** Ports that somebody else holds. */
  readonly taken = new Set<number>();
  rows: Row[] = [];
  readonly asked: string[] = [];
  #bootedAt = 0;
  #nextPinhole = 7;

  constructor(setup: GatewaySetup) {
    this.setup = setup;
  }

  get faults(): GatewayFaults {
    return this.setup.faults ?? {};
  }

  /** As after a reboot, or a daemon that lost its file. */
  wipe(now: number): void {
    this.rows = [];
    this.#bootedAt = now;
  }

  onDatagram(from: Endpoint, to: Endpoint, bytes: Uint8Array, now: number): readonly Reply[] {
    this.#expire(now);
    if (this.isSilent) return [];
    if (to.port === 1900) return this.#onSearch(bytes);
    if (to.port !== 5351 || to.address !== this.setup.address) return [];
    const bytesBack = bytes[0] === 2 ? this.#onPcp(from, bytes, now) : this.#onNatPmp(from, bytes, now);
    return bytesBack === undefined ? [] : [{ from: to, bytes: bytesBack, afterMs: 2 }];
  }

  onHttp({ to, method, body }: HttpRequest, now: number): HttpAnswer | undefined {
    this.#expire(now);
    this.asked.push(`${method} ${to.address}:${to.port}${to.path}`);
    if (this.isSilent || this.setup.igd === undefined || to.port !== HTTP_PORT) return undefined;
    if (method === "GET") return { status: 200, body: this.faults.description ?? this.#description() };
    const action = /<u:(\w+) /.exec(body)?.[1] ?? "";
    this.asked.push(action);
    const value = (name: string): string => new RegExp(`<${name}>([^<]*)</${name}>`).exec(body)?.[1] ?? "";
    return this.#onAction(action, value, now);
  }

  #onSearch(bytes: Uint8Array): readonly Reply[] {
    const { address, igd, faults = {} } = this.setup;
    const text = new TextDecoder().decode(bytes);
    if (igd === undefined || !text.includes("InternetGatewayDevice")) return [];
    const location = faults.location ?? `http://${bracketed(address)}:${HTTP_PORT}/rootDesc.xml`;
    const answer = `HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=120\r\nST: upnp:x\r\nLocation:${location}\r\n\r\n`;
    const from = { address, port: faults.ssdpPort ?? 1900 };
    return [{ from, bytes: new TextEncoder().encode(answer), afterMs: faults.ssdpDelayMs ?? 30 }];
  }

  #onPcp(from: Endpoint, bytes: Uint8Array, now: number): Uint8Array | undefined {
    if (!this.setup.pcp) return this.setup.natPmp ? this.#natPmpHeader(0x80, 1, now).finish() : undefined;
    const reader = new ByteReader(bytes);
    reader.skip(1);
    const opcode = reader.u8();
    reader.skip(2);
    const wishedS = reader.u32();
    reader.skip(16);
    this.asked.push(opcode === 0 ? "pcp announce" : "pcp map");
    const lifetimeS = Math.min(wishedS, this.faults.maxLifetimeS ?? wishedS);
    const answer = (result: number, seconds: number): ByteWriter =>
      new ByteWriter()
        .u8(2)
        .u8(opcode | 0x80)
        .u8(0)
        .u8(result)
        .u32(seconds)
        .u32(this.#epochS(now))
        .zeros(12);
    if (opcode === 0) return answer(0, 0).finish();
    const nonce = reader.bytes(12);
    reader.skip(4);
    const internal = reader.u16() + (this.faults.internalPortShift ?? 0);
    const row = this.#map({ from, internal, wished: reader.u16(), lifetimeS, nonce: nonce.join("."), now });
    const fault = this.faults.pcpResult ?? (row === "not-yours" ? 2 : 0);
    if (fault !== 0) this.rows = this.rows.filter((each) => each !== row);
    const external = typeof row === "object" && fault === 0 ? row.external : 0;
    const writer = answer(fault, fault === 0 ? lifetimeS : 900)
      .bytes(nonce)
      .u8(17)
      .zeros(3);
    return writer
      .u16(internal)
      .u16(external)
      .bytes(mapped(this.#externalFor(from)))
      .finish();
  }

  #onNatPmp(from: Endpoint, bytes: Uint8Array, now: number): Uint8Array | undefined {
    if (!this.setup.natPmp) return undefined;
    const reader = new ByteReader(bytes);
    reader.skip(1);
    const opcode = reader.u8();
    this.asked.push(opcode === 0 ? "nat-pmp address" : "nat-pmp map");
    if (opcode === 0) return this.#natPmpHeader(0x80, 0, now).bytes(addressToBytes(this.setup.external)).finish();
    reader.skip(2);
    const internal = reader.u16() + (this.faults.internalPortShift ?? 0);
    const wished = reader.u16();
    const lifetimeS = reader.u32();
    const result = this.faults.natPmpResult ?? 0;
    if (result !== 0) return this.#natPmpHeader(0x81, result, now).zeros(8).finish();
    const row = this.#map({ from, internal, wished, lifetimeS, nonce: "nat-pmp", now });
    const external = typeof row === "object" ? row.external : 0;
    return this.#natPmpHeader(0x81, 0, now).u16(internal).u16(external).u32(lifetimeS).finish();
  }

  #onAction(action: string, value: (name: string) => string, now: number): HttpAnswer {
    const { external, faults = {} } = this.setup;
    const port = Number(value("NewExternalPort"));
    switch (action) {
      case "GetExternalIPAddress":
        return success(action, `<NewExternalIPAddress>${external}</NewExternalIPAddress>`);
      case "AddPortMapping": {
        const leaseS = Number(value("NewLeaseDuration"));
        if (faults.addFault !== undefined) return failure(faults.addFault);
        if (faults.onlyPermanent !== undefined && leaseS !== 0) return failure(faults.onlyPermanent);
        if (this.taken.has(port)) return failure(718);
        const internal = Number(value("NewInternalPort")) + (faults.internalPortShift ?? 0);
        const until = leaseS === 0 ? null : now + leaseS * 1_000;
        const row = { external: port, client: value("NewInternalClient"), internal, until };
        this.rows = [...this.rows.filter((each) => each.external !== port), row];
        return success(action, "");
      }
      case "GetSpecificPortMappingEntry": {
        const row = this.rows.find((each) => each.external === port);
        if (row === undefined) return failure(714);
        const fields = `<NewInternalPort>${row.internal}</NewInternalPort><NewInternalClient>${row.client}</NewInternalClient>`;
        return success(action, fields);
      }
      case "DeletePortMapping":
        this.rows = this.rows.filter((each) => each.external !== port);
        return success(action, "");
      case "GetFirewallStatus":
        return success(action, "<InboundPinholeAllowed>1</InboundPinholeAllowed>");
      case "AddPinhole": {
        if (faults.addFault !== undefined) return failure(faults.addFault);
        const internal = Number(value("InternalPort"));
        const until = now + Number(value("LeaseTime")) * 1_000;
        const pinholeId = this.#nextPinhole++;
        this.rows.push({ external: internal, internal, client: value("InternalClient"), until, pinholeId });
        return success(action, `<UniqueID>${pinholeId}</UniqueID>`);
      }
      case "UpdatePinhole":
      case "DeletePinhole": {
        const row = this.rows.find(({ pinholeId }) => pinholeId === Number(value("UniqueID")));
        if (row === undefined) return failure(704);
        this.rows = this.rows.filter((each) => each !== row);
        if (action === "UpdatePinhole") this.rows.push({ ...row, until: now + Number(value("NewLeaseTime")) * 1_000 });
        return success(action, "");
      }
      default:
        return failure(401);
    }
  }

  #map(wish: {
    readonly from: Endpoint;
    readonly internal: number;
    readonly wished: number;
    readonly lifetimeS: number;
    readonly nonce: string;
    readonly now: number;
  }): Row | "not-yours" | undefined {
    const client = wish.from.address;
    const isOurs = (row: Row): boolean => row.client === client && row.internal === wish.internal;
    const known = this.rows.find(isOurs);
    if (known?.nonce !== undefined && known.nonce !== wish.nonce) return "not-yours";
    this.rows = this.rows.filter((row) => !isOurs(row));
    if (wish.lifetimeS === 0) return undefined;
    const isFree = (port: number): boolean => !this.taken.has(port) && !this.rows.some((row) => row.external === port);
    const external = known?.external ?? (isFree(wish.wished) ? wish.wished : wish.wished + 1_000);
    const until = wish.now + wish.lifetimeS * 1_000;
    const row = { external, client, internal: wish.internal, until, nonce: wish.nonce };
    this.rows.push(row);
    return row;
  }

  #externalFor({ address }: Endpoint): string {
    return address.includes(":") ? address : this.setup.external;
  }

  #expire(now: number): void {
    this.rows = this.rows.filter(({ until }) => until === null || until > now);
  }

  #epochS(now: number): number {
    return Math.floor((now - this.#bootedAt) / 1_000) + 1_000;
  }

  #natPmpHeader(opcode: number, result: number, now: number): ByteWriter {
    return new ByteWriter().u8(0).u8(opcode).u16(result).u32(this.#epochS(now));
  }

  #description(): string {
    const version = this.setup.igd ?? 1;
    const service = (type: string, control: string): string =>
      `<service><serviceType>urn:schemas-upnp-org:service:${type}</serviceType><controlURL>${control}</controlURL></service>`;
    const firewall = version === 2 ? service("WANIPv6FirewallControl:1", "/ctl/fw") : "";
    return `<?xml version="1.0"?><root xmlns="urn:schemas-upnp-org:device-1-0"><device><friendlyName>Tom & Jerry</friendlyName><serviceList>${service(`WANIPConnection:${version}`, "ctl/ip")}${firewall}</serviceList></device></root>`;
  }
}

function success(action: string, fields: string): HttpAnswer {
  const body = `<?xml version="1.0"?><s:Envelope xmlns:s="x"><s:Body><u:${action}Response xmlns:u="y">${fields}</u:${action}Response></s:Body></s:Envelope>`;
  return { status: 200, body };
}

function failure(code: number): HttpAnswer {
  const body = `<s:Envelope xmlns:s="x"><s:Body><s:Fault><detail><UPnPError><errorCode>${code}</errorCode></UPnPError></detail></s:Fault></s:Body></s:Envelope>`;
  return { status: 500, body };
}

function bracketed(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}

function mapped(text: string): Uint8Array {
  const address = parseAddress(text);
  const bytes = addressToBytes(address.ok ? address.value : "0.0.0.0");
  if (bytes.length === 16) return bytes;
  return Uint8Array.of(...new Uint8Array(10), 0xff, 0xff, ...bytes);
}
