/** What every answer tells the browser: nothing from elsewhere, nothing to elsewhere, in no frame. */

export type HeaderOptions = {
  readonly host: string;
  /** Fresh for each answer: a script runs only with it. */
  readonly nonce: string;
  readonly isSecure: boolean;
  /** Next's development client evaluates strings. */
  readonly isDev: boolean;
};

export function contentSecurityPolicy({ host, nonce, isDev }: HeaderOptions): string {
  return [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${isDev ? " 'unsafe-eval'" : ""}`,
    // Components set sizes and positions in style attributes, and toasts bring a style sheet of their own.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    // Written out for browsers in which 'self' does not include WebSockets.
    `connect-src 'self' ws://${host} wss://${host}`,
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
}

export function securityHeaders(options: HeaderOptions): Record<string, string> {
  return {
    "content-security-policy": contentSecurityPolicy(options),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    // Over plain http browsers ignore both, and complain about the second on every page.
    ...(options.isSecure && {
      "strict-transport-security": "max-age=31536000",
      "cross-origin-opener-policy": "same-origin",
    }),
  };
}
