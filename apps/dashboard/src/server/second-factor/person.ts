/** Somebody signed in, as far as their own account is concerned. */
export type Person = {
  readonly id: `usr_${string}`;
  readonly name: string;
  readonly email: string;
  readonly address: string | null;
  readonly isSteppedUp: boolean;
};
