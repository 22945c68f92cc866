/**
 * What the browser carries from here to the provider and back, sealed: nobody reads it, makes one or changes it, and what
 * comes back without it was begun elsewhere (login CSRF).
 */
import * as z from "zod";
import { seal, unseal } from "../storage/seal.ts";
import { STEP_UP_MS } from "../auth/step-up.ts";

const flowSchema = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  /** The page to go to afterwards; a path of this site. */
  next: z.string(),
  /** Whose session is to be connected; null: it is a sign-in. */
  connects: z.templateLiteral(["ses_", z.string()]).nullable(),
  at: z.number(),
});

const ticketSchema = flowSchema
  .pick({ next: true, at: true })
  .extend({ connects: z.templateLiteral(["ses_", z.string()]) });

export type Flow = z.infer<typeof flowSchema>;
/** That the holder of a session asked, on our own page, for it to be connected: a link that somebody sent cannot. */
type Ticket = z.infer<typeof ticketSchema>;

/** A person finds their password and their phone meanwhile. */
export const FLOW_MS = STEP_UP_MS;

const TICKET_MS = 60_000;

/** What a browser keeps of one cookie. */
const MAX_LENGTH = 4_096;

export const flowCookieName = (isSecure: boolean) => (isSecure ? "__Host-pinhole.oidc" : "pinhole.oidc");

export const sealFlow = (key: Uint8Array, flow: Flow): string => seal(key, bytesOf(flow), "oidc-flow");
export const sealTicket = (key: Uint8Array, ticket: Ticket): string => seal(key, bytesOf(ticket), "oidc-ticket");

/** Undefined: none of ours, or too old. */
export function openFlow(key: Uint8Array, text: string | undefined, now: Date): Flow | undefined {
  const flow = flowSchema.safeParse(valueOf(key, text, "oidc-flow"));
  return flow.success && isWithin(FLOW_MS, flow.data.at, now) ? flow.data : undefined;
}

export function openTicket(key: Uint8Array, text: string, now: Date): Ticket | undefined {
  const ticket = ticketSchema.safeParse(valueOf(key, text, "oidc-ticket"));
  return ticket.success && isWithin(TICKET_MS, ticket.data.at, now) ? ticket.data : undefined;
}

const bytesOf = (value: object) => Buffer.from(JSON.stringify(value));

function valueOf(key: Uint8Array, text: string | undefined, purpose: "oidc-flow" | "oidc-ticket"): unknown {
  if (text === undefined || text.length > MAX_LENGTH) return undefined;
  const bytes = unseal(key, text, purpose);
  return bytes === undefined ? undefined : JSON.parse(Buffer.from(bytes).toString());
}

const isWithin = (ms: number, at: number, now: Date) => now.getTime() - at < ms && now.getTime() >= at;
