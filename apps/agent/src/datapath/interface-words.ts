/** What happened to the interface, for people: the same words whichever way packets go. */

export function interfaceDown(name: string): string {
  return `The interface ${name} was taken down. Its addresses and routes return when it is up again.`;
}

export function interfaceGone(name: string): string {
  return `The interface ${name} was removed from the system; restart the agent to have it back.`;
}
