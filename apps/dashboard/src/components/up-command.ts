/** For machines that have the agent. The token goes through standard input, so that no process list shows it. */
export function upCommand(serverUrl: string, token: string): string {
  return `printf %s '${token}' | sudo pinhole up --server ${serverUrl} --token -`;
}
