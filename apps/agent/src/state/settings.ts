/** The interface of an agent that was not told another name. */
export const DEFAULT_INTERFACE = "pinhole0";
