/** Everything that a browser may ask. Agents have a router of their own, and neither reaches the other's. */
import { createCallerFactory, router } from "../trpc.ts";
import { activityRouter } from "./activity.ts";
import { apiTokenRouter } from "./api-token.ts";
import { connectionRouter } from "./connection.ts";
import { deviceRouter } from "./device.ts";
import { identityRouter } from "./identity.ts";
import { inviteRouter } from "./invite.ts";
import { memberRouter } from "./member.ts";
import { passkeyRouter } from "./passkey.ts";
import { policyRouter } from "./policy.ts";
import { relayRouter } from "./relay.ts";
import { secondFactorRouter } from "./second-factor.ts";
import { sessionRouter } from "./session.ts";
import { setupRouter } from "./setup.ts";
import { signInRouter } from "./sign-in.ts";
import { teamRouter } from "./team.ts";
import { tokenRouter } from "./token.ts";
import { webhookRouter } from "./webhook.ts";

export const appRouter = router({
  activity: activityRouter,
  apiToken: apiTokenRouter,
  connection: connectionRouter,
  device: deviceRouter,
  identity: identityRouter,
  invite: inviteRouter,
  member: memberRouter,
  passkey: passkeyRouter,
  policy: policyRouter,
  relay: relayRouter,
  secondFactor: secondFactorRouter,
  session: sessionRouter,
  setup: setupRouter,
  signIn: signInRouter,
  team: teamRouter,
  token: tokenRouter,
  webhook: webhookRouter,
});

export type AppRouter = typeof appRouter;

export const createCaller = createCallerFactory(appRouter);
