/** The document that every team begins with. A real one: it is stored, parsed and compiled like any other. */
export const DEFAULT_POLICY = `// Who may reach whom. What no grant allows is denied.
{
  "grants": [
    // Every device of the team may reach every other one, on every port.
    { "src": ["*"], "dst": ["*"], "ip": ["*"] },
  ],
}
`;
