/**
 * Agents the lab has sockets for (electron/lab/gse/gse-lab.ts), in both id forms, so that a window can offer them
 * as targets before any of them sent an uplink. Two answer what they are sent, the last one is silent.
 */
export const LAB_AGENT_IDS: readonly string[] = [
  '0:10.0.0.1',
  '0200000000ffee000000011700000000001n',
  '0200000000ffee000000021700000000001n',
];
