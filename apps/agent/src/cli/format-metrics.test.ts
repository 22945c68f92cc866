import { describe, expect, test } from "vitest";
import type { Metrics } from "../daemon/local-messages.ts";
import { formatMetrics } from "./format-metrics.ts";
import { newMetrics } from "./testing.ts";

describe("metrics", () => {
  test("have these names and units", () => {
    expect(samplesOf(newMetrics())).toEqual([
      'pinhole_build_info{version="1.2.3"} 1',
      "pinhole_control_connected 1",
      "pinhole_warnings 2",
      'pinhole_inbound_bytes_total{path="direct_ipv4"} 1000',
      'pinhole_inbound_bytes_total{path="direct_ipv6"} 0',
      'pinhole_inbound_bytes_total{path="relay"} 50',
      'pinhole_outbound_bytes_total{path="direct_ipv4"} 2000',
      'pinhole_outbound_bytes_total{path="direct_ipv6"} 0',
      'pinhole_outbound_bytes_total{path="relay"} 60',
      'pinhole_inbound_packets_total{path="direct_ipv4"} 10',
      'pinhole_inbound_packets_total{path="direct_ipv6"} 0',
      'pinhole_inbound_packets_total{path="relay"} 5',
      'pinhole_outbound_packets_total{path="direct_ipv4"} 20',
      'pinhole_outbound_packets_total{path="direct_ipv6"} 0',
      'pinhole_outbound_packets_total{path="relay"} 6',
      'pinhole_inbound_dropped_packets_total{reason="policy"} 7',
      'pinhole_outbound_dropped_packets_total{reason="no-route"} 1',
      'pinhole_peers{state="online"} 1',
      'pinhole_peers{state="offline"} 1',
      'pinhole_peers_connected{path="direct_ipv4"} 1',
      'pinhole_peers_connected{path="direct_ipv6"} 0',
      'pinhole_peers_connected{path="relay"} 0',
      'pinhole_relay_connected{relay="main"} 1',
      'pinhole_relay_connected{relay="fra"} 0',
      'pinhole_relay_round_trip_seconds{relay="main"} 0.0125',
      "process_cpu_seconds_total 3.5",
      "process_resident_memory_bytes 90000000",
      "process_start_time_seconds 1700000000",
      'pinhole_peer_inbound_bytes_total{peer="nas"} 900',
      'pinhole_peer_inbound_bytes_total{peer="phone"} 0',
      'pinhole_peer_outbound_bytes_total{peer="nas"} 1900',
      'pinhole_peer_outbound_bytes_total{peer="phone"} 0',
      'pinhole_peer_inbound_packets_total{peer="nas"} 9',
      'pinhole_peer_inbound_packets_total{peer="phone"} 0',
      'pinhole_peer_outbound_packets_total{peer="nas"} 19',
      'pinhole_peer_outbound_packets_total{peer="phone"} 0',
      'pinhole_peer_online{peer="nas"} 1',
      'pinhole_peer_online{peer="phone"} 0',
      'pinhole_peer_path_info{peer="nas",path="direct_ipv4"} 1',
      'pinhole_peer_path_info{peer="phone",path="none"} 1',
      'pinhole_peer_round_trip_seconds{peer="nas"} 0.002',
      'pinhole_peer_loss_ratio{peer="nas"} 0.25',
      'pinhole_peer_path_mtu_bytes{peer="nas"} 1500',
      'pinhole_peer_last_handshake_timestamp_seconds{peer="nas"} 1700000100',
    ]);
  });

  test("say of each family once what it is, before its samples", () => {
    const lines = formatMetrics(newMetrics(), { hasPeers: true }).split("\n");
    const families = lines.filter((line) => line.startsWith("# TYPE ")).map((line) => line.split(" ")[2]);
    expect(new Set(families).size).toBe(families.length);
    for (const [at, line] of lines.entries()) {
      if (line.startsWith("# TYPE ")) expect(lines[at - 1]).toMatch(/^# HELP \S+ \S/);
      const [, name, type] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
      if (name !== undefined) expect(type).toBe(name.endsWith("_total") ? "counter" : "gauge");
    }
    expect(lines.at(-1)).toBe("");
  });

  test("name no peer to strangers", () => {
    const text = formatMetrics(newMetrics(), { hasPeers: false });
    expect(text).not.toMatch(/nas|phone|pinhole_peer_/);
    expect(text).toContain('pinhole_peers{state="online"} 1');
  });

  // A peer's name is another machine's text: it must not make samples of its own.
  test.each(['a"} 1\npinhole_warnings 9', "back\\slash", "line\u2028end\u0000", "tab\t"])(
    "keep %j within its quotes",
    (name) => {
      const metrics = newMetrics();
      const [peer] = metrics.peers;
      const text = formatMetrics(
        { ...metrics, peers: peer === undefined ? [] : [{ ...peer, name }] },
        { hasPeers: true },
      );
      for (const line of text.split("\n").filter((each) => each.startsWith("pinhole_peer_"))) {
        expect(line).toMatch(/^[a-z_]+\{peer="(?:[^"\\\n]|\\["\\n])*"(?:,path="[a-z0-9_]+")?\} [\d.e+-]+$/);
      }
      expect(text.split("\n").filter((line) => line.startsWith("pinhole_warnings "))).toEqual(["pinhole_warnings 2"]);
    },
  );
});

function samplesOf(metrics: Metrics): string[] {
  return formatMetrics(metrics, { hasPeers: true })
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
}
