/**
 * The version of what agent and dashboard say to each other. Agents in the field are older than the server: within a
 * version, messages only gain optional fields; anything else is a new version beside the old one.
 *
 * 1: enrollment, session events, candidates, punch plans, traces, path reports, metrics.
 */
export const PROTOCOL_VERSION = 1;

/** Where the agent's control session is served, below the dashboard's URL. */
export const CONTROL_PATH = "/agent/v1";
export const RELAY_PATH = "/relay/v1";
