/** Set by the bundler; a checkout run from source says so. */
declare const PINHOLE_VERSION: string | undefined;

export const VERSION = typeof PINHOLE_VERSION === "string" ? PINHOLE_VERSION : "0.1.0-source";
