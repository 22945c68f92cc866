/** Where Debian, and nearly everybody else, keeps it: what a search path says is not asked about a program that root runs. */
export const PERL = "/usr/bin/perl";

/** None of the variables by which a user changes what Perl does. */
export const PERL_OPTIONS = { env: {}, cwd: "/" } as const;
