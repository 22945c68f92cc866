/** Which addresses this dashboard is reached at. Self-hosters use a LAN address and a name side by side, so both must do. */

const HOST_PATTERN = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]{2,45}\])(?::[0-9]{1,5})?$/i;

/**
 * A `Host` header that names a host and nothing else: it ends up in headers, scripts and commands, and as the base of
 * addresses, where one such as `1.2.3.999` or `a:99999` would be thrown over.
 */
export function isValidHost(host: string | undefined): host is string {
  return host !== undefined && host.length <= 260 && HOST_PATTERN.test(host) && URL.canParse(`http://${host}`);
}

/** Scheme and host as the browser sees them. Behind TLS, only `publicUrl` knows the scheme. */
export function originOf(host: string, publicUrl: string | undefined): string {
  return publicUrl !== undefined && new URL(publicUrl).host === host ? publicUrl : `http://${host}`;
}

/** Whether a page of this dashboard made the request: browsers set `Origin` themselves, and no page can forge it. */
export function isOwnOrigin(origin: string | undefined, host: string, publicUrl: string | undefined): boolean {
  if (origin === undefined || !URL.canParse(origin)) return false;
  if (origin === publicUrl) return true;
  const url = new URL(origin);
  return ["http:", "https:"].includes(url.protocol) && url.host === host.toLowerCase();
}
