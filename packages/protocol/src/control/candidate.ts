import * as z from "zod";
import { bytesSchema } from "../base64.ts";
import { parseEndpoint } from "../endpoint.ts";

/** `203.0.113.7:40112` or `[2001:db8::1]:40112`. */
export const endpointSchema = z
  .string()
  .max(64)
  .refine((text) => parseEndpoint(text).ok, "not an endpoint");

/** RFC 8445 §5.1.1, and `mapped` for a port that a router opened on request. */
export const candidateKindSchema = z.enum(["host", "server-reflexive", "peer-reflexive", "mapped"]);
export type CandidateKind = z.infer<typeof candidateKindSchema>;

export const candidateSchema = z.object({ kind: candidateKindSchema, endpoint: endpointSchema });
export type Candidate = z.infer<typeof candidateSchema>;

/** Bounds what one device can make every peer of its team send probes to. */
export const MAX_CANDIDATES = 16;

/** An endpoint of ours as a STUN server saw it, with what that server signed: see `ENDPOINT-PROOF` of the STUN messages. */
export const endpointProofSchema = z.object({ endpoint: endpointSchema, proof: bytesSchema(16) });
export type SignedEndpoint = z.infer<typeof endpointProofSchema>;

/** Of one device; more are of no use to an attempt. */
export const MAX_PROVEN_ADDRESSES = 8;

export const candidatesSchema = z.array(candidateSchema).max(MAX_CANDIDATES);
