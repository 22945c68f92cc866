import { setSigningOut } from "@/trpc/go-to-sign-in.ts";

/** Ends this browser's session on the server, then leaves every page of it. */
export async function signOutHere(next = "/login"): Promise<void> {
  // The live connection is refused before the answer to this arrives.
  setSigningOut(true);
  try {
    const { signOut } = await import("next-auth/react");
    await signOut({ redirect: false });
    window.location.assign(next);
  } catch (error) {
    setSigningOut(false);
    throw error;
  }
}
