/** The mappings of a NAT, found from inside and from outside. */
import type { EndpointKey } from "../address-book.ts";
import { type Mapping, scopeOf } from "./mapping.ts";
import type { Dependence } from "./options.ts";

export type MappingTableOptions = { readonly isOverloaded: boolean; readonly dependence: Dependence | "none" };

export class MappingTable {
  /** Whether one public endpoint stands for a mapping for each remote. */
  readonly #isOverloaded: boolean;
  readonly #dependence: MappingTableOptions["dependence"];
  readonly #byInside = new Map<EndpointKey, Map<number, Mapping>>();
  readonly #diverted = new Map<EndpointKey, Map<EndpointKey, Mapping>>();
  readonly #byOutside = new Map<EndpointKey, Mapping>();
  readonly #byTuple = new Map<EndpointKey, Map<EndpointKey, Mapping>>();
  readonly #newest = new Map<EndpointKey, Mapping>();
  /** By their public endpoints: they stand beside whatever else has these. */
  readonly #forwards = new Map<EndpointKey, Mapping>();
  #size = 0;

  constructor({ isOverloaded, dependence }: MappingTableOptions) {
    this.#isOverloaded = isOverloaded;
    this.#dependence = dependence;
  }

  get size(): number {
    return this.#size;
  }

  /** Live or not; so are all that are found. */
  fromInside(inside: EndpointKey, scope: number): Mapping | undefined {
    return this.#byInside.get(inside)?.get(scope);
  }

  divertedFromInside(inside: EndpointKey, remote: EndpointKey): Mapping | undefined {
    return this.#diverted.get(inside)?.get(remote);
  }

  fromOutside(outside: EndpointKey, remote: EndpointKey): Mapping | undefined {
    if (!this.#isOverloaded) return this.#byOutside.get(outside);
    const mappings = this.#byTuple.get(outside);
    return mappings?.get(remote) ?? mappings?.get(scopeOf(this.#dependence, remote));
  }

  /** With overloading: every mapping that the public endpoint stands for, whoever it is towards. */
  allFromOutside(outside: EndpointKey): Iterable<Mapping> {
    return this.#byTuple.get(outside)?.values() ?? [];
  }

  /** The one that was made last for an endpoint inside. */
  newestOf(inside: EndpointKey): Mapping | undefined {
    return this.#newest.get(inside);
  }

  forwardAt(outside: EndpointKey): Mapping | undefined {
    return this.#forwards.get(outside);
  }

  forwardsOf(inside: EndpointKey): readonly Mapping[] {
    return this.#forwards.size === 0 ? NONE : [...this.#forwards.values()].filter((each) => each.inside === inside);
  }

  add(mapping: Mapping): void {
    this.#size++;
    if (mapping.kind === "forward") return void this.#forwards.set(mapping.outside, mapping);
    const from = mapping.kind === "diverted" ? this.#diverted : this.#byInside;
    put(from, mapping.inside, { key: mapping.scope, mapping });
    if (this.#isOverloaded) put(this.#byTuple, mapping.outside, { key: mapping.scope, mapping });
    else this.#byOutside.set(mapping.outside, mapping);
    this.#newest.set(mapping.inside, mapping);
  }

  remove(mapping: Mapping): void {
    if (mapping.kind === "forward") {
      if (this.#forwards.get(mapping.outside) === mapping && this.#forwards.delete(mapping.outside)) this.#size--;
      return;
    }
    const from = mapping.kind === "diverted" ? this.#diverted : this.#byInside;
    if (!take(from, mapping.inside, mapping)) return;
    this.#size--;
    if (this.#isOverloaded) take(this.#byTuple, mapping.outside, mapping);
    else this.#byOutside.delete(mapping.outside);
    if (this.#newest.get(mapping.inside) === mapping) this.#newest.delete(mapping.inside);
  }

  clear(): void {
    this.#byInside.clear();
    this.#diverted.clear();
    this.#byOutside.clear();
    this.#byTuple.clear();
    this.#newest.clear();
    this.#forwards.clear();
    this.#size = 0;
  }

  *[Symbol.iterator](): Generator<Mapping> {
    for (const from of [this.#byInside, this.#diverted]) {
      for (const scopes of from.values()) yield* scopes.values();
    }
    yield* this.#forwards.values();
  }
}

const NONE: readonly Mapping[] = [];

type Nested = Map<EndpointKey, Map<number, Mapping>>;

function put(into: Nested, at: EndpointKey, { key, mapping }: { key: number; mapping: Mapping }): void {
  const known = into.get(at);
  if (known !== undefined) known.set(key, mapping);
  else into.set(at, new Map([[key, mapping]]));
}

function take(from: Nested, at: EndpointKey, mapping: Mapping): boolean {
  const known = from.get(at);
  if (known?.get(mapping.scope) !== mapping) return false;
  known.delete(mapping.scope);
  if (known.size === 0) from.delete(at);
  return true;
}
