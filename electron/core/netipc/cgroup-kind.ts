/** What the path of a cgroup tells about who made it. Paths are relative to the hierarchy's root, such as `/system.slice/cron.service`. */

/** Numbers of docs/protocols/netipc.md section 7.4. */
export const ORCHESTRATOR = {
  unknown: 0,
  systemd: 1,
  docker: 2,
  k8s: 3,
  kvm: 4,
  lxc: 5,
  podman: 6,
  nspawn: 7,
} as const;

export interface CgroupKind {
  readonly orchestrator: number;
  /** What an operator would call it. Not unique by itself. */
  readonly name: string;
  readonly labels: readonly (readonly [key: string, value: string])[];
}

const ID_SHOWN_CHARACTERS = 12;
const CONTAINER_ID = /(?:^|[-/])([0-9a-f]{64})(?:\.scope)?$/;
const POD = /pod([0-9a-f]{8}[-_][0-9a-f_-]{27})/;

/** systemd writes `-` of a name as `\x2d` (systemd-escape). */
function unescapeUnit(text: string): string {
  return text.replaceAll(/\\x([0-9a-f]{2})/g, (_all, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function containerOf(path: string, last: string): CgroupKind | null {
  const id = CONTAINER_ID.exec(path)?.[1];
  if (id === undefined) return null;
  const shown = id.slice(0, ID_SHOWN_CHARACTERS);
  const container = ['container_id', id] as const;
  const pod = POD.exec(path)?.[1]?.replaceAll('_', '-');
  if (path.includes('/kubepods')) {
    const labels = pod === undefined ? [container] : [['pod_uid', pod] as const, container];
    return { orchestrator: ORCHESTRATOR.k8s, name: `k8s-${shown}`, labels };
  }
  if (last.startsWith('libpod-') || path.includes('/libpod')) {
    return { orchestrator: ORCHESTRATOR.podman, name: `podman-${shown}`, labels: [container] };
  }
  if (last.startsWith('docker-') || path.includes('/docker/')) {
    return { orchestrator: ORCHESTRATOR.docker, name: `docker-${shown}`, labels: [container] };
  }
  return { orchestrator: ORCHESTRATOR.unknown, name: `container-${shown}`, labels: [container] };
}

function podOf(path: string, last: string): CgroupKind | null {
  if (!path.includes('/kubepods')) return null;
  const pod = POD.exec(last)?.[1]?.replaceAll('_', '-');
  if (pod === undefined) return { orchestrator: ORCHESTRATOR.k8s, name: last, labels: [] };
  return { orchestrator: ORCHESTRATOR.k8s, name: `pod-${pod}`, labels: [['pod_uid', pod]] };
}

function machineOf(path: string, last: string): CgroupKind | null {
  const qemu = /^machine-qemu-\d+-(.+)\.scope$/.exec(unescapeUnit(last))?.[1];
  if (qemu !== undefined) return { orchestrator: ORCHESTRATOR.kvm, name: qemu, labels: [['machine', qemu]] };
  const libvirt = /^(.+)\.libvirt-(qemu|lxc)$/.exec(last);
  if (libvirt !== null) {
    const [, name = last, kind] = libvirt;
    const orchestrator = kind === 'lxc' ? ORCHESTRATOR.lxc : ORCHESTRATOR.kvm;
    return { orchestrator, name, labels: [['machine', name]] };
  }
  const lxc = /\/lxc(?:\.payload)?[./]([^/]+)$/.exec(path)?.[1];
  if (lxc !== undefined) return { orchestrator: ORCHESTRATOR.lxc, name: lxc, labels: [['machine', lxc]] };
  const nspawn = /^systemd-nspawn@(.+)\.service$/.exec(last)?.[1] ?? machineSliceName(path, last);
  if (nspawn === null) return null;
  const name = unescapeUnit(nspawn);
  return { orchestrator: ORCHESTRATOR.nspawn, name, labels: [['machine', name]] };
}

function machineSliceName(path: string, last: string): string | null {
  if (!path.startsWith('/machine.slice/')) return null;
  return /^machine-(.+)\.scope$/.exec(last)?.[1] ?? null;
}

function unitOf(path: string, last: string): CgroupKind | null {
  if (!/\.(?:service|scope|slice|socket|mount|swap)$/.test(last)) return null;
  const labels: [string, string][] = [['unit', unescapeUnit(last)]];
  const user = /\/user-(\d+)\.slice/.exec(path)?.[1];
  if (user !== undefined) labels.push(['uid', user]);
  return { orchestrator: ORCHESTRATOR.systemd, name: unescapeUnit(last), labels };
}

/** Never fails; a path that says nothing gives its last part as the name. */
export function kindOfCgroup(path: string): CgroupKind {
  const last = lastPart(path);
  if (path === '/' || last === '') return { orchestrator: ORCHESTRATOR.unknown, name: '/', labels: [] };
  return (
    containerOf(path, last) ??
    podOf(path, last) ??
    machineOf(path, last) ??
    unitOf(path, last) ?? { orchestrator: ORCHESTRATOR.unknown, name: unescapeUnit(last), labels: [] }
  );
}
