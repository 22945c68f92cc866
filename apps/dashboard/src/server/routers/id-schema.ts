import * as z from "zod";

/** An id as `newId` makes it. */
export const idSchema = <Prefix extends string>(prefix: Prefix) => {
  const pattern = new RegExp(`^${prefix}_[0-9a-f]{32}$`);
  return (
    z
      .custom<`${Prefix}_${string}`>(
        (value) => typeof value === "string" && pattern.test(value),
        `not a ${prefix}_ identifier`,
      )
      // What a JSON schema of it says: a custom check has no words of its own.
      .meta({ type: "string", pattern: pattern.source })
  );
};
