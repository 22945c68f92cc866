import type { Tx } from "@pinhole/drizzle/append-revision";
import { membership, policyVersion, type Team, team } from "@pinhole/drizzle/schema";
import { DEFAULT_POLICY } from "@pinhole/protocol/policy";
import { recordEvent } from "../audit/record-event.ts";
import type { Author } from "../actor.ts";
import { toDnsLabel } from "../slug.ts";
import { drawIpv4Range, drawIpv6Range } from "./draw-ranges.ts";

type Input = { readonly name: string; readonly ownerId: `usr_${string}` };

/** A team with its owner, its address ranges and the default policy. Runs in the caller's transaction. */
export function createTeam(tx: Tx, author: Author, { name, ownerId }: Input, now: Date): Team {
  const others = tx.select({ slug: team.slug, ipv4Range: team.ipv4Range }).from(team).all();
  const slug = freeSlug(name, new Set(others.map((other) => other.slug)));

  const created = tx
    .insert(team)
    .values({
      slug,
      name,
      ipv4Range: drawIpv4Range(new Set(others.map((other) => other.ipv4Range))),
      ipv6Range: drawIpv6Range(),
      createdAt: now,
    })
    .returning()
    .get();
  tx.insert(membership).values({ teamId: created.id, userId: ownerId, role: "owner", createdAt: now }).run();
  tx.insert(policyVersion)
    .values({
      teamId: created.id,
      version: 1,
      document: DEFAULT_POLICY,
      message: "Default policy",
      author: ownerId,
      createdAt: now,
    })
    .run();
  recordEvent(
    tx,
    {
      teamId: created.id,
      author,
      action: "team.create",
      object: { kind: "team", id: created.id, name },
      after: { slug, ipv4Range: created.ipv4Range, ipv6Range: created.ipv6Range },
    },
    now,
  );
  return created;
}

/** `acme`, or `acme-2` where that is taken; `team` for a name of which a URL can show nothing. */
function freeSlug(name: string, taken: ReadonlySet<string>): string {
  const base = toDnsLabel(name).slice(0, 48).replace(/-+$/, "") || "team";
  for (let number = 1; ; number++) {
    const slug = number === 1 ? base : `${base}-${number}`;
    if (!taken.has(slug)) return slug;
  }
}
