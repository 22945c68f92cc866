import { membership, type Team, team } from "@pinhole/drizzle/schema";
import { type Capability, capabilitiesOf, hasCapability } from "@pinhole/protocol/team";
import { initTRPC, TRPCError } from "@trpc/server";
import { and, eq } from "drizzle-orm";
import superjson from "superjson";
import * as z from "zod";
import type { Actor } from "./actor.ts";
import { isSteppedUp } from "./auth/step-up.ts";
import type { Context } from "./context.ts";
import type { TeamSettings } from "./teams/configure-team.ts";

const t = initTRPC.context<Context>().create({
  transformer: superjson,
  // A stack names files of the server, and an unexpected error's message may hold anything.
  errorFormatter: ({ shape, error }) => ({
    ...shape,
    message:
      error.code === "INTERNAL_SERVER_ERROR"
        ? "internal-error"
        : error.cause instanceof z.ZodError
          ? "bad-input"
          : shape.message,
    data: {
      ...shape.data,
      stack: undefined,
      /** For `bad-input`: what is wrong with which field. */
      fields: error.cause instanceof z.ZodError ? z.flattenError(error.cause).fieldErrors : null,
    },
  }),
});

export const router = t.router;
export const createCallerFactory = t.createCallerFactory;

export const publicProcedure = t.procedure;

/** Anyone signed in, whatever their teams. */
export const signedInProcedure = t.procedure.use(({ ctx, next }) => {
  const signedIn = ctx.signedIn();
  if (signedIn === null) throw new TRPCError({ code: "UNAUTHORIZED", message: "signed-out" });
  const { user, sessionId, verifiedAt } = signedIn;
  return next({ ctx: { user, sessionId, isSteppedUp: isSteppedUp(verifiedAt, ctx.now()) } });
});

/** The slug in the page's path. It only picks one of the teams that the user is a member of. */
const teamInput = z.object({ team: z.string().max(63) });

/**
 * Members of the team whose role has the capability, or one of several, and API tokens of theirs with that scope.
 * Everything such a procedure reads must be scoped to `ctx.actor.teamId`, and a use case that several open asks
 * `ctx.actor.capabilities` which it was.
 */
export const procedureFor = (...anyOf: readonly [Capability, ...Capability[]]) =>
  t.procedure
    .input(teamInput)
    .use(({ ctx, input, next }) => next({ ctx: authorize(ctx, { slug: input.team, anyOf, isTokenWelcome: true }) }));

/** The same for people alone: what a program must never do in somebody's name. */
export const personalProcedureFor = (capability: Capability) =>
  signedInProcedure
    .input(teamInput)
    .use(({ ctx, input, next }) =>
      next({ ctx: authorize(ctx, { slug: input.team, anyOf: [capability], isTokenWelcome: false }) }),
    );

type Wanted = { readonly slug: string; readonly anyOf: readonly Capability[]; readonly isTokenWelcome: boolean };

/** @throws TRPCError */
function authorize(ctx: Context, { slug, anyOf, isTokenWelcome }: Wanted) {
  const token = isTokenWelcome ? ctx.apiToken() : null;
  const signedIn = token === null ? ctx.signedIn() : null;
  if (token === null && signedIn === null) throw new TRPCError({ code: "UNAUTHORIZED", message: "signed-out" });
  const { db, address } = ctx;
  const user = token?.user ?? signedIn?.user;
  const isRecent = signedIn !== null && isSteppedUp(signedIn.verifiedAt, ctx.now());
  const found = user && findActor({ db, address, user, isSteppedUp: isRecent }, slug);
  // A team one is not in looks the same as one that does not exist; a token is of one team alone.
  if (found === undefined || (token !== null && token.teamId !== found.team.id))
    throw new TRPCError({ code: "NOT_FOUND", message: "team-not-found" });
  if (!anyOf.some((capability) => hasCapability(found.actor.role, capability)))
    throw new TRPCError({ code: "FORBIDDEN", message: "role-insufficient" });
  if (token === null) return found;
  const capabilities = capabilitiesOf(found.actor.role, token.scopes);
  if (!anyOf.some((capability) => capabilities.includes(capability)))
    throw new TRPCError({ code: "FORBIDDEN", message: "scope-insufficient" });
  return { ...found, actor: { ...found.actor, capabilities } };
}

type Asking = Pick<Context, "db" | "address"> & {
  readonly isSteppedUp: boolean;
  readonly user: { readonly id: `usr_${string}`; readonly name: string };
};

/** The user as a member of the team of that slug, and what any member may know of the team. */
export function findActor(
  { db, address, user, isSteppedUp: isRecent }: Asking,
  slug: string,
): { actor: Actor; team: TeamFacts } | undefined {
  const row = db
    .select({
      role: membership.role,
      team: {
        id: team.id,
        slug: team.slug,
        name: team.name,
        ipv4Range: team.ipv4Range,
        ipv6Range: team.ipv6Range,
        maySpray: team.maySpray,
        needsApproval: team.needsApproval,
        keyLifetimeDays: team.keyLifetimeDays,
        removeUnseenDays: team.removeUnseenDays,
      },
    })
    .from(membership)
    .innerJoin(team, eq(team.id, membership.teamId))
    .where(and(eq(membership.userId, user.id), eq(team.slug, slug)))
    .get();
  if (row === undefined) return undefined;
  return {
    actor: {
      kind: "user",
      id: user.id,
      name: user.name,
      address,
      teamId: row.team.id,
      role: row.role,
      capabilities: capabilitiesOf(row.role),
      isSteppedUp: isRecent,
    },
    team: row.team,
  };
}

type TeamFacts = Pick<Team, "id" | "slug" | "name" | "ipv4Range" | "ipv6Range" | keyof TeamSettings>;
