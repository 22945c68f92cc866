import { err, ok, type Result } from "@pinhole/protocol";
import type { Context } from "../context.ts";
import type { Refusal } from "../refusal.ts";
import type { Person } from "../second-factor/person.ts";
import { sealTicket } from "./flow.ts";

type Asking = { readonly sessionId: `ses_${string}`; readonly page: string };

/** Somebody who connects a sign-in lets its holder stay: like everything of that kind, it asks for a recent proof. */
export function makeTicket(
  { env, sealingKey, now }: Pick<Context, "env" | "sealingKey" | "now">,
  person: Pick<Person, "isSteppedUp">,
  { sessionId, page }: Asking,
): Result<{ readonly ticket: string }, Refusal> {
  if (env.oidc === undefined) return err({ code: "provider-off" });
  if (!person.isSteppedUp) return err({ code: "step-up-needed" });
  return ok({ ticket: sealTicket(sealingKey, { connects: sessionId, next: page, at: now().getTime() }) });
}
