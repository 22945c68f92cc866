import type { Db } from "@pinhole/drizzle";

/**
 * Whether another process has written to the database: the server's command line does, and no bus reaches from there to
 * here. SQLite counts the commits of other connections; asking costs no read.
 */
export class DatabaseWatch {
  readonly #db: Db;
  #version: unknown;

  constructor(db: Db) {
    this.#db = db;
    this.#version = this.#read();
  }

  hasChanged(): boolean {
    const version = this.#read();
    const isChanged = version !== this.#version;
    this.#version = version;
    return isChanged;
  }

  #read(): unknown {
    return this.#db.$client.pragma("data_version", { simple: true });
  }
}
