/** OpenAPI 3.1 of {@link STABLE_API}, from the very schemas that check the inputs. */
import type { AnyTRPCRouter } from "@trpc/server";
import * as z from "zod";
import { SCOPE_LIST, STABLE_API, type StableProcedure } from "./stable-api.ts";

type Schema = Record<string, unknown>;

/** Of the router, what a description is made of. */
type Described = { readonly _def: { readonly type: string; readonly inputs: readonly unknown[] } };

export function buildOpenApi(router: AnyTRPCRouter, serverUrl: string): Schema {
  const procedures = router._def.procedures as unknown as Readonly<Record<string, Described>>;
  const paths = Object.entries<StableProcedure>(STABLE_API).map(([name, stable]) => {
    const procedure = procedures[name];
    if (procedure === undefined) throw new Error(`the stable API names ${name}, which there is none of`);
    return [`/api/trpc/${name}`, pathItem(name, stable, procedure)] as const;
  });
  return {
    openapi: "3.1.0",
    info: { title: "Pinhole", version: "1", description: DESCRIPTION },
    servers: [{ url: serverUrl }],
    security: [{ apiToken: [] }],
    paths: Object.fromEntries(paths),
    components: {
      securitySchemes: { apiToken: { type: "http", scheme: "bearer", bearerFormat: "pha_…" } },
      schemas: { Error: ERROR },
    },
  };
}

const DESCRIPTION = [
  "Make an API token under Settings and send it as a bearer token. Its scopes are some of:",
  `${SCOPE_LIST}.`,
  'Inputs are `{"json": …}`, in the body of a POST or, URL-encoded, in the parameter `input` of a GET.',
  "Answers may hold more fields than are described.",
].join(" ");

function pathItem(name: string, { summary, scope, output }: StableProcedure, { _def }: Described): Schema {
  const input = envelope(mergeInputs(_def.inputs));
  const operation = {
    operationId: name,
    summary,
    description: `Needs the scope \`${scope}\`.`,
    responses: {
      200: {
        description: "Done",
        content: json(object({ result: object({ data: envelope(toSchema(output, "output")) }) })),
      },
      default: {
        description: "Refused; nothing was changed",
        content: json({ $ref: "#/components/schemas/Error" }),
      },
    },
  };
  return _def.type === "query"
    ? { get: { ...operation, parameters: [{ name: "input", in: "query", required: true, content: json(input) }] } }
    : { post: { ...operation, requestBody: { required: true, content: json(input) } } };
}

/** A procedure's inputs are objects, each with some of the fields. */
function mergeInputs(inputs: readonly unknown[]): Schema {
  const merged: { properties: Schema; required: string[] } = { properties: {}, required: [] };
  for (const input of inputs) {
    if (!(input instanceof z.ZodType)) continue;
    const { properties, required } = toSchema(input, "input");
    Object.assign(merged.properties, properties);
    if (Array.isArray(required)) merged.required.push(...required.map(String));
  }
  return { type: "object", ...merged };
}

function toSchema(schema: z.ZodType, io: "input" | "output"): Schema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return rest;
}

const object = (properties: Schema): Schema => ({ type: "object", properties, required: Object.keys(properties) });
/** How superjson writes a value; `meta` is for what JSON has no word for, and can be left out. */
const envelope = (schema: Schema): Schema => object({ json: schema });
const json = (schema: Schema): Schema => ({ "application/json": { schema } });

const ERROR = object({
  error: envelope(
    object({
      message: { type: "string", description: "A code such as `role-insufficient`: compare this" },
      code: { type: "integer" },
      data: object({ code: { type: "string" }, httpStatus: { type: "integer" } }),
    }),
  ),
});
