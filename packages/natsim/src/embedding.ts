/** IPv4 addresses as a NAT64 shows them inside, by their numbers: each is worked out once. */
import { embedIpv4, extractIpv4, type Prefix } from "@pinhole/protocol/net";
import { type AddressBook, type AddressId, addressOf, type EndpointKey, keyOf, portOf } from "./address-book.ts";

export class Embedding {
  readonly prefix: Prefix;
  readonly #book: AddressBook;
  readonly #embedded = new Map<AddressId, AddressId>();
  readonly #extracted = new Map<AddressId, AddressId | undefined>();

  constructor(prefix: Prefix, book: AddressBook) {
    this.prefix = prefix;
    this.#book = book;
  }

  embed(v4: EndpointKey): EndpointKey {
    const address = addressOf(v4);
    let embedded = this.#embedded.get(address);
    if (embedded === undefined) {
      embedded = this.#book.id(embedIpv4(this.prefix, this.#book.text(address)));
      this.#embedded.set(address, embedded);
    }
    return keyOf(embedded, portOf(v4));
  }

  /** Undefined of an endpoint that is outside the prefix. */
  extract(v6: EndpointKey): EndpointKey | undefined {
    const extracted = this.extractAddress(addressOf(v6));
    return extracted === undefined ? undefined : keyOf(extracted, portOf(v6));
  }

  extractAddress(address: AddressId): AddressId | undefined {
    if (!this.#extracted.has(address)) {
      const text = extractIpv4(this.prefix, this.#book.text(address));
      this.#extracted.set(address, text === undefined ? undefined : this.#book.id(text));
    }
    return this.#extracted.get(address);
  }
}
