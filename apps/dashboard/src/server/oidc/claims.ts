/** What a provider says about a person, as far as it is of use here. */
import { emailSchema } from "../auth/password.ts";
import { displayNameSchema } from "../display-name.ts";

export type Claims = {
  /** Whom the provider means, for good. */
  readonly subject: string;
  /** Lower case; null: none was given. */
  readonly email: string | null;
  /** Whether the provider has seen that the address is theirs. */
  readonly isVerified: boolean;
  readonly name: string | null;
  /** When they last proved there who they are; null: it does not say. */
  readonly verifiedAt: Date | null;
};

type Given = Readonly<Record<string, unknown>>;

/** @param more of the userinfo endpoint: for what the ID token leaves out */
export function readClaims(token: Given & { readonly sub: string }, more: Given): Claims {
  // The two belong together: an address of one must not be vouched for by the other.
  const source = token["email"] !== undefined && token["email_verified"] !== undefined ? token : more;
  const email = emailSchema.safeParse(source["email"] ?? token["email"]);
  const { email_verified: verified } = source;
  const name = displayNameSchema.safeParse(token["name"] ?? more["name"]);
  const authTime = token["auth_time"];
  return {
    subject: token.sub,
    email: email.success ? email.data : null,
    // Some providers write it as text.
    isVerified: source["email"] !== undefined && (verified === true || verified === "true"),
    name: name.success ? name.data : null,
    verifiedAt:
      typeof authTime === "number" && authTime > 0 && authTime < 1e11 ? new Date(Math.floor(authTime) * 1_000) : null,
  };
}
