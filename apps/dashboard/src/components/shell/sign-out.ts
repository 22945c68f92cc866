/** Ends this browser's session on the server, then leaves every page of it. */
export async function signOutHere(): Promise<void> {
  const { signOut } = await import("next-auth/react");
  await signOut({ redirect: false });
  window.location.assign("/login");
}
