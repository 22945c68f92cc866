import { Card } from "@/components/card.tsx";
import { CommandBlock } from "@/components/command-block.tsx";

const NAME = "fra";
const ADDRESS = "198.51.100.7";
const RELAYS_RULE = '"tagOwners": { "tag:relay": [] },\n"relays": [\n  { "devices": ["tag:relay"], "for": ["*"] }\n]';

/** How a machine becomes a relay; the key is the server's own, so that the command is whole but for names and addresses. */
export function AddStandAlone({ serverKey }: { readonly serverKey: string }) {
  return (
    <Card title="Add a relay on a machine of its own">
      <ol className="flex list-decimal flex-col gap-3 ps-5">
        <li>
          On the machine, with TCP and UDP port 3478 open and the agent installed:
          <div className="mt-2">
            <CommandBlock text={`pinhole relay --name ${NAME} --server-key ${serverKey}`} what="relay command" />
          </div>
        </li>
        <li>
          In the dashboard's environment, with the machine's address in place of <code>{ADDRESS}</code>; then start the
          dashboard again:
          <div className="mt-2">
            <CommandBlock
              text={`PINHOLE_RELAYS=${NAME}=ws://${ADDRESS}:3478\nPINHOLE_RELAY_STUN=${ADDRESS}:3478`}
              what="settings"
            />
          </div>
        </li>
      </ol>
    </Card>
  );
}

/** How a device may relay for others. */
export function AddRelayingDevice() {
  return (
    <Card title="Let a device of the team relay">
      <p className="mb-3">
        A device with a good line can pass on sealed packets, by UDP, for pairs that cannot be direct. It cannot open
        them. None does unless the policy says so, with a tag or a name of your choice:
      </p>
      <CommandBlock text={RELAYS_RULE} what="policy entry" />
      <p className="mt-3 text-muted">
        Both devices of a pair must be among <code>for</code>, and may talk with each other and with the device between.
      </p>
    </Card>
  );
}
