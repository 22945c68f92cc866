import { integer, text } from "drizzle-orm/sqlite-core";

/** `dev_9f1c…`: the prefix names the table, so that an id in the wrong place is seen at a glance. */
export const newId = <Prefix extends string>(prefix: Prefix): `${Prefix}_${string}` =>
  `${prefix}_${crypto.randomUUID().replaceAll("-", "")}`;

export const id = <Prefix extends string>(prefix: Prefix) =>
  text()
    .$type<`${Prefix}_${string}`>()
    .primaryKey()
    .$defaultFn(() => newId(prefix));

/** A column that holds another table's id. */
export const ref = <Prefix extends string>(_prefix: Prefix) => text().$type<`${Prefix}_${string}`>();

/** Milliseconds since the epoch, stored as an integer and read back as a `Date`. */
export const timestamp = () => integer({ mode: "timestamp_ms" });

export const createdAt = timestamp()
  .notNull()
  .$defaultFn(() => new Date());

export const json = <T>() => text({ mode: "json" }).$type<T>();
