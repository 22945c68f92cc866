/** How `up` was called, after everything in it was checked. */
export type DaemonOptions = {
  readonly stateDirectory: string;
  readonly server: URL | undefined;
  readonly token: string | undefined;
  readonly name: string | undefined;
  readonly tun: string | undefined;
  readonly isUserspace: boolean | undefined;
  readonly port: number | undefined;
  /** Whether routers are asked for a port. */
  readonly isPortMapping: boolean | undefined;
};
