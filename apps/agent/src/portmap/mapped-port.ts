/**
 * One port at one router: a candidate from when the outside has reached it until it is gone.
 *
 *     granted ──check──▶ reached      → advertised; checked again with every renewal
 *                 │
 *                 ├────▶ not reached  → given back, the router's next protocol is asked
 *                 └────▶ unknown      → checked again later; what was reached before stays
 */
import type { HeldMapping, MapperSnapshot, ProtocolName } from "@pinhole/portmap";
import { type Endpoint, endpointsEqual, formatEndpoint } from "@pinhole/protocol";
import type { PortMapping as PortMappingState } from "@pinhole/protocol/control";
import type { Log } from "../log.ts";
import type { GatewayWay } from "./gateway-ways.ts";
import type { MapperRun } from "./mapper-run.ts";
import type { OutsideCheck, OutsideVerdict } from "./outside-check.ts";

/** After nobody could be asked; being online again does not wait for it. */
const RECHECK_MS = [5_000, 30_000, 300_000] as const;

type Mapper = Pick<MapperRun, "snapshot" | "reject" | "hurry" | "close" | "abandon">;

type Options = {
  readonly way: GatewayWay;
  readonly open: (onChange: () => void) => Mapper;
  readonly outside: Pick<OutsideCheck, "check">;
  readonly onChange: () => void;
  readonly log: Log;
};

type Unknown = Extract<OutsideVerdict, { kind: "unknown" }>;

export type MappedPortReport = {
  readonly family: 4 | 6;
  readonly gateway: string;
  readonly offers: ProtocolName[];
  readonly state: PortMappingState | "searching";
  readonly protocol: ProtocolName | null;
  /** As the router names it. */
  readonly external: string | null;
  /** As the outside reaches it. */
  readonly reachedAt: string | null;
  /** Why there is none, or why it is not verified. */
  readonly problem: NonNullable<MapperSnapshot["refusal"]> | Unknown["because"] | null;
};

export class MappedPort {
  readonly #options: Options;
  readonly #run: Mapper;
  #reached: { readonly external: Endpoint; readonly endpoint: Endpoint } | undefined;
  /** Of the grant that it speaks of. */
  #verdict: { readonly revision: number; readonly verdict: OutsideVerdict } | undefined;
  #external: Endpoint | undefined;
  #isChecking = false;
  #unknowns = 0;
  #timer: NodeJS.Timeout | undefined;
  #state: PortMappingState | undefined;
  #isClosed = false;

  constructor(options: Options) {
    this.#options = options;
    this.#run = options.open(() => this.#onMapper());
  }

  get endpoint(): Endpoint | undefined {
    return this.#reached?.endpoint;
  }

  /** As the router names it, or did when it last gave one: it need not be reached there. */
  get external(): Endpoint | undefined {
    return this.#external;
  }

  /** The last that was found out; undefined before anything was. */
  get state(): PortMappingState | undefined {
    return this.#state;
  }

  /** Nothing is being found out. */
  get isSettled(): boolean {
    return this.#run.snapshot.state !== "searching" && !this.#isChecking;
  }

  get report(): MappedPortReport {
    const { way } = this.#options;
    const { offers, mapping, refusal } = this.#run.snapshot;
    const verdict =
      mapping !== undefined && this.#verdict?.revision === mapping.revision ? this.#verdict.verdict : undefined;
    return {
      family: way.family,
      gateway: way.network.gateway,
      offers: [...offers],
      state: this.#state ?? "searching",
      protocol: mapping?.protocol ?? null,
      external: mapping === undefined ? null : formatEndpoint(mapping.external),
      reachedAt: this.#reached === undefined ? null : formatEndpoint(this.#reached.endpoint),
      problem: verdict?.kind === "unknown" ? verdict.because : (refusal ?? null),
    };
  }

  /** Something changed that may have kept it from being checked. Who has asked too often waits all the same. */
  recheck(): void {
    const verdict = this.#verdict?.verdict;
    if (verdict?.kind === "unknown" && verdict.because !== "too-many-requests") this.#checkAgain();
  }

  /** Asks the router anew, where it has given nothing. */
  hurry(): void {
    this.#run.hurry();
  }

  async close(): Promise<void> {
    this.#end();
    await this.#run.close();
  }

  /** Without a word to the router. */
  abandon(): void {
    this.#end();
    this.#run.abandon();
  }

  #checkAgain(): void {
    this.#verdict = undefined;
    void this.#check();
  }

  #end(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #onMapper(): void {
    this.#external = this.#run.snapshot.mapping?.external ?? this.#external;
    if (this.#isClosed) return;
    const { mapping } = this.#run.snapshot;
    const isGone =
      mapping === undefined || !endpointsEqual(mapping.external, this.#reached?.external ?? mapping.external);
    if (isGone) this.#reached = undefined;
    void this.#check();
    this.#tell();
  }

  /** One at a time, until the latest grant has its verdict. */
  async #check(): Promise<void> {
    if (this.#isChecking) return;
    this.#isChecking = true;
    clearTimeout(this.#timer);
    for (let grant = this.#unchecked(); grant !== undefined; grant = this.#unchecked()) {
      const verdict = await this.#options.outside.check(grant.external);
      if (this.#isClosed) return;
      if (this.#run.snapshot.mapping?.revision === grant.revision) this.#onVerdict(grant, verdict);
    }
    this.#isChecking = false;
    this.#tell();
  }

  #unchecked(): HeldMapping | undefined {
    const { mapping } = this.#run.snapshot;
    return mapping?.revision === this.#verdict?.revision ? undefined : mapping;
  }

  #onVerdict({ revision, external, protocol }: HeldMapping, verdict: OutsideVerdict): void {
    const { log, way } = this.#options;
    this.#verdict = { revision, verdict };
    log.info("port mapping checked from outside", { family: way.family, protocol, outcome: verdict.kind });
    switch (verdict.kind) {
      case "reached":
        this.#unknowns = 0;
        this.#reached = { external, endpoint: verdict.endpoint };
        log.debug("port mapping", { endpoint: formatEndpoint(verdict.endpoint) });
        return;
      case "not-reached":
        this.#reached = undefined;
        this.#run.reject(revision);
        return;
      case "unknown":
        this.#timer = setTimeout(() => this.#checkAgain(), RECHECK_MS[this.#unknowns] ?? RECHECK_MS[2]);
        this.#unknowns = Math.min(this.#unknowns + 1, RECHECK_MS.length - 1);
        return;
      default:
        verdict satisfies never;
    }
  }

  #tell(): void {
    this.#state = this.#currentState() ?? this.#state;
    this.#options.onChange();
  }

  #currentState(): PortMappingState | undefined {
    if (this.#reached !== undefined) return "mapped";
    const { state, refusal } = this.#run.snapshot;
    switch (state) {
      case "searching":
        return undefined;
      case "mapped":
        return this.#verdict?.verdict.kind === "unknown" ? "unverified" : undefined;
      case "refused":
        return refusal === "unreachable" ? "unverified" : "refused";
      case "none":
        return "none";
      default:
        return state satisfies never;
    }
  }
}
