/**
 * Small numbers for addresses and endpoints, so that tables on the way of every packet are
 * keyed by integers. An endpoint's key is its address's number and its port in 32 bits.
 */
import { type AddressFamily, addressFamily, type Endpoint, parseAddress } from "@pinhole/protocol/net";

export type AddressId = number;
export type EndpointKey = number;

/** What 16 bits hold: more addresses than any simulation has. */
const MAX_ADDRESSES = 0xffff;

export class AddressBook {
  readonly #ids = new Map<string, AddressId>();
  // Numbers begin at 1, so that the number of an address is never the key of an endpoint too.
  readonly #texts: string[] = [""];
  readonly #families: AddressFamily[] = [4];

  /** @throws RangeError when the text is no canonical address. */
  id(text: string): AddressId {
    return this.#ids.get(text) ?? this.#add(text);
  }

  text(id: AddressId): string {
    const text = this.#texts[id];
    if (text === undefined || id === 0) throw new RangeError(`no address has the number ${id}`);
    return text;
  }

  family(id: AddressId): AddressFamily {
    return this.#families[id] ?? 4;
  }

  key({ address, port }: Endpoint): EndpointKey {
    return keyOf(this.id(address), port);
  }

  endpoint(key: EndpointKey): Endpoint {
    return { address: this.text(addressOf(key)), port: portOf(key) };
  }

  #add(text: string): AddressId {
    const parsed = parseAddress(text);
    if (!parsed.ok || parsed.value !== text) throw new RangeError(`${JSON.stringify(text)} is no canonical address`);
    const id = this.#texts.length;
    if (id > MAX_ADDRESSES) throw new RangeError(`more than ${MAX_ADDRESSES} addresses`);
    this.#ids.set(text, id);
    this.#texts.push(text);
    this.#families.push(addressFamily(text));
    return id;
  }
}

export function keyOf(address: AddressId, port: number): EndpointKey {
  return address * 0x1_0000 + port;
}

export function addressOf(key: EndpointKey): AddressId {
  return key >>> 16;
}

export function portOf(key: EndpointKey): number {
  return key & 0xffff;
}
