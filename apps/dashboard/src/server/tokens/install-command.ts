/**
 * The one command that a person pastes on a device. The token goes through standard input: it is in no URL, in no
 * process list and in no log of a proxy.
 */
export function installCommand(url: string, token: string): string {
  return `printf %s '${token}' | sudo sh -c "$(curl -fsSL ${url}/install.sh)"`;
}
