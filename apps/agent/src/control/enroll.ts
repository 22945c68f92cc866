/** Trades an enrollment token for a place in the team. The private keys never leave the machine. */
import { err, ok, parseEnrollmentToken, type Result, toBase64Url } from "@pinhole/protocol";
import { type EnrollRefusal, enrollOutputSchema, type HostInfo } from "@pinhole/protocol/control";
import { signatureInput } from "@pinhole/secure-channel";
import type { Identity } from "../state/identity.ts";
import type { Enrollment } from "../state/records.ts";
import { openControl } from "./open-control.ts";

export type EnrollError =
  | { readonly code: "not-a-token" }
  | { readonly code: "refused"; readonly refusal: EnrollRefusal | "unknown" }
  | { readonly code: "wrong-server-key" }
  | { readonly code: "unreachable"; readonly words: string };

type Input = {
  readonly server: URL;
  readonly token: string;
  readonly name: string;
  readonly host: HostInfo;
  readonly identity: Identity;
};

export async function enroll({ server, token, name, host, identity }: Input): Promise<Result<Enrollment, EnrollError>> {
  const parsed = parseEnrollmentToken(token);
  if (!parsed.ok) return err({ code: "not-a-token" });
  const opened = await openControl({
    server: server.href,
    expected: { fingerprint: parsed.value.fingerprint },
    connectionParams: () => null,
    onClosed: () => undefined,
  });
  if (!opened.ok) return opened;
  const { client, handshakeHash, serverKey, close } = opened.value;
  try {
    const output = await client.enroll.mutate({
      token: token.trim(),
      name,
      identityKey: identity.identityKey,
      nodeKey: identity.nodeKey,
      signature: toBase64Url(identity.sign(signatureInput(handshakeHash, "enroll"))),
      host,
    });
    // The server is authenticated; its answer is still bytes from another version of the program.
    const checked = enrollOutputSchema.parse(output);
    return ok({ server: server.href, serverKey: toBase64Url(serverKey), ...checked });
  } catch (error) {
    return err(refusalOf(error));
  } finally {
    close();
  }
}

const REFUSALS: Record<EnrollRefusal, true> = {
  "token-invalid": true,
  "token-used-up": true,
  "token-expired": true,
  "token-revoked": true,
  "key-already-enrolled": true,
  "team-full": true,
  "bad-signature": true,
};

function refusalOf(error: unknown): EnrollError {
  const message = error instanceof Error ? error.message : "";
  const refusal = (Object.keys(REFUSALS) as EnrollRefusal[]).find((code) => code === message);
  if (refusal !== undefined) return { code: "refused", refusal };
  return { code: "unreachable", words: message === "" ? "the connection was lost" : message };
}

/** What happened, what was kept, what to do. */
export function enrollErrorWords(error: EnrollError, server: string): string {
  switch (error.code) {
    case "not-a-token":
      return "This is no enrollment token: one begins with phk_ and has 72 characters. Copy it again from the dashboard. Nothing was changed on this machine.";
    case "wrong-server-key":
      return `${server} is not the dashboard that made this token: somebody may be in between, or the address is another dashboard's. Nothing was sent. Check the address, or create a new token there.`;
    case "unreachable":
      return `${server} cannot be reached: ${error.words}. Nothing was changed on this machine. Check the address and that its port is open from here.`;
    case "refused":
      return REFUSAL_WORDS[error.refusal];
    default:
      return error satisfies never;
  }
}

const ASK = "Nothing was changed on this machine. Create a new one in the dashboard under Enrollment.";

const REFUSAL_WORDS: Record<EnrollRefusal | "unknown", string> = {
  "token-invalid": `The dashboard does not know this token. ${ASK}`,
  "token-used-up": `This token was used up. ${ASK}`,
  "token-expired": `This token has expired. ${ASK}`,
  "token-revoked": `This token was revoked. ${ASK}`,
  "key-already-enrolled":
    "This machine's key is already enrolled or was revoked. Remove the state directory to enroll it as a new device.",
  "team-full": "The team has no overlay address left. Remove devices that are no longer used.",
  "bad-signature":
    "The dashboard could not verify this machine's key. Try again; if it stays so, the versions do not fit.",
  unknown: "The dashboard refused without a reason that this version knows. Upgrade the agent.",
};
