import { relayPublicKey } from "../keys.ts";
import { listRelays } from "../relays/list-relays.ts";
import { procedureFor, router } from "../trpc.ts";

export const relayRouter = router({
  /** With the public key that a new relay needs: no secret. */
  list: procedureFor("devices.view").query(({ ctx }) => ({
    ...listRelays(ctx, ctx.actor.teamId, ctx.now()),
    serverKey: relayPublicKey(ctx.keys),
  })),
});
