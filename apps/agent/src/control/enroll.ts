/** Trades an enrollment token for a place in the team. The private keys never leave the machine. */
import { err, ok, parseEnrollmentToken, type Result, toBase64Url } from "@pinhole/protocol";
import { type EnrollRefusal, enrollOutputSchema, type HostInfo } from "@pinhole/protocol/control";
import { signatureInput } from "@pinhole/secure-channel";
import { TRPCClientError } from "@trpc/client";
import type { Identity } from "../state/identity.ts";
import type { Enrollment } from "../state/records.ts";
import { openControl } from "./open-control.ts";
import { wordsOf } from "./session-words.ts";

/** From the open channel to the answer: the dashboard writes one row. */
const ANSWER_TIMEOUT_MS = 15_000;

export type EnrollError =
  | { readonly code: "not-a-token" }
  | { readonly code: "refused"; readonly refusal: Refusal }
  | { readonly code: "wrong-server-key" }
  | { readonly code: "unreachable"; readonly words: string };

/** `unknown`: of a newer dashboard, or a problem of its own. */
type Refusal = EnrollRefusal | "too-many-requests" | "unknown";

type Input = {
  readonly server: URL;
  readonly token: string;
  readonly name: string;
  readonly host: HostInfo;
  readonly identity: Pick<Identity, "identityKey" | "nodeKey" | "sign">;
  readonly signal?: AbortSignal;
};

export async function enroll({
  server,
  token,
  name,
  host,
  identity,
  signal,
}: Input): Promise<Result<Enrollment, EnrollError>> {
  const parsed = parseEnrollmentToken(token);
  if (!parsed.ok) return err({ code: "not-a-token" });
  const opened = await openControl({
    server: server.href,
    expected: { fingerprint: parsed.value.fingerprint },
    connectionParams: () => null,
    onClosed: () => undefined,
    signal,
  });
  if (!opened.ok) return opened;
  const { client, handshakeHash, serverKey, close } = opened.value;
  const late = setTimeout(close, ANSWER_TIMEOUT_MS);
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
    const checked = enrollOutputSchema.safeParse(output);
    if (!checked.success) return err({ code: "refused", refusal: "unknown" });
    return ok({ server: server.href, serverKey: toBase64Url(serverKey), ...checked.data });
  } catch (error) {
    return err(refusalOf(error));
  } finally {
    clearTimeout(late);
    close();
  }
}

function refusalOf(error: unknown): EnrollError {
  const message = wordsOf(error);
  if (isRefusal(message)) return { code: "refused", refusal: message };
  // What the dashboard itself says has a code; what happens to the connection has none.
  const isAnswer = error instanceof TRPCClientError && error.data !== undefined && error.data !== null;
  return isAnswer ? { code: "refused", refusal: "unknown" } : { code: "unreachable", words: message };
}

const isRefusal = (text: string): text is Refusal => Object.hasOwn(REFUSAL_WORDS, text);

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

const REFUSAL_WORDS: Record<Refusal, string> = {
  "token-invalid": `The dashboard does not know this token. ${ASK}`,
  "token-used-up": `This token was used up. ${ASK}`,
  "token-expired": `This token has expired. ${ASK}`,
  "token-revoked": `This token was revoked. ${ASK}`,
  "key-already-enrolled":
    "This machine's key is already enrolled or was revoked. Remove the state directory to enroll it as a new device.",
  "team-full": "The team has no overlay address left. Remove devices that are no longer used.",
  "bad-signature":
    "The dashboard could not verify this machine's key. Try again; if it stays so, the versions do not fit.",
  "too-many-requests":
    "The dashboard has had too many wrong tokens from this address. Nothing was changed on this machine. Check the token and try again in a minute.",
  unknown:
    "The dashboard refused without a reason that this version knows. Nothing was changed on this machine. Its log may say more; or upgrade the agent.",
};
