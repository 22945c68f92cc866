/** What the dashboard has been told of attempts: the two agents' own records. */
import { join } from "node:path";
import { type Db, openDb } from "@pinhole/drizzle";
import { device, pathAttempt } from "@pinhole/drizzle/schema";
import type { DeviceId } from "@pinhole/protocol";
import type { NatProfile } from "@pinhole/protocol/control";
import { and, asc, eq, or } from "drizzle-orm";
import { type Attempt, type Encounter, newAttempt, newEncounter } from "./encounter.ts";
import type { Server } from "./server.ts";
import { until } from "./until.ts";

type DeviceIds = readonly [DeviceId, DeviceId];

/** Both sides send theirs when they are done, and the dashboard writes a moment later. */
const RECORDED_MS = 30_000;

export class Attempts implements Disposable {
  readonly #db: Db;

  constructor({ dataDirectory }: Server) {
    this.#db = openDb(join(dataDirectory, "pinhole.db"));
  }

  /** What an agent has told of its NAT, and its plans are made with. */
  profileOf(name: string): NatProfile | undefined {
    const row = this.#db.select({ profile: device.natProfile }).from(device).where(eq(device.name, name)).get();
    return row?.profile ?? undefined;
  }

  /** `path` is what the two have: a late answer finds the attempt that it is of over. */
  async encounter(devices: DeviceIds, { path, what }: EncounterWish): Promise<Encounter> {
    const find = async (): Promise<Encounter | undefined> => newEncounter(this.#between(devices), path);
    return until(find, { timeoutMs: RECORDED_MS, what: `both records of ${what}` });
  }

  [Symbol.dispose](): void {
    this.#db.$client.close();
  }

  /** Those of which both sides have told, in order. */
  #between([one, other]: DeviceIds): Attempt[] {
    const { initiatorId, responderId, startAt } = pathAttempt;
    const between = (a: DeviceId, b: DeviceId) => and(eq(initiatorId, a), eq(responderId, b));
    const rows = this.#db
      .select()
      .from(pathAttempt)
      .where(or(between(one, other), between(other, one)))
      .orderBy(asc(startAt))
      .all();
    return rows.flatMap(({ strategy, initiatorId: initiator, initiatorTrace, responderTrace }) => {
      if (initiatorTrace === null || responderTrace === null) return [];
      const ofOne = initiator === one ? initiatorTrace : responderTrace;
      return [newAttempt(strategy, [ofOne, ofOne === initiatorTrace ? responderTrace : initiatorTrace])];
    });
  }
}

type EncounterWish = { readonly path: Encounter["path"]; readonly what: string };
