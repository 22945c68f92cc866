import type { Person } from "../second-factor/person.ts";

type Asking = Pick<Person, "isSteppedUp" | "address"> & { readonly user: Pick<Person, "id" | "name" | "email"> };

export function personOf({ user, address, isSteppedUp }: Asking): Person {
  return { ...user, address, isSteppedUp };
}
