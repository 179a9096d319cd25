import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ORCHESTRATOR, kindOfCgroup } from './cgroup-kind.ts';

const ID = 'a'.repeat(64);
const POD = '0f4b8ab2-6d5e-4a2b-9c1d-3e2f1a0b9c8d';

describe('kind of a cgroup', () => {
  it.each([
    [`/docker/${ID}`, 'docker', 'docker-aaaaaaaaaaaa'],
    [`/system.slice/docker-${ID}.scope`, 'docker', 'docker-aaaaaaaaaaaa'],
    [`/machine.slice/libpod-${ID}.scope`, 'podman', 'podman-aaaaaaaaaaaa'],
    [`/kubepods/burstable/pod${POD}/${ID}`, 'k8s', 'k8s-aaaaaaaaaaaa'],
    [`/kubepods.slice/kubepods-pod${POD.replaceAll('-', '_')}.slice`, 'k8s', `pod-${POD}`],
    ['/system.slice/cron.service', 'systemd', 'cron.service'],
    ['/system.slice/dev-disk\\x2d1.mount', 'systemd', 'dev-disk-1.mount'],
    ['/machine.slice/machine-qemu\\x2d7\\x2dweb.scope', 'kvm', 'web'],
    ['/machine/web.libvirt-qemu', 'kvm', 'web'],
    ['/lxc/db', 'lxc', 'db'],
    ['/lxc.payload.db', 'lxc', 'db'],
    ['/machine.slice/systemd-nspawn@build.service', 'nspawn', 'build'],
    ['/', 'unknown', '/'],
    ['/batch/job-7', 'unknown', 'job-7'],
  ] as const)('%s is %s, called %s', (path, orchestrator, name) => {
    expect(kindOfCgroup(path)).toMatchObject({ orchestrator: ORCHESTRATOR[orchestrator], name });
  });

  it('names the pod and the user', () => {
    expect(kindOfCgroup(`/kubepods/pod${POD}/${ID}`).labels).toContainEqual(['pod_uid', POD]);
    expect(kindOfCgroup('/user.slice/user-1000.slice/session-2.scope').labels).toContainEqual(['uid', '1000']);
  });

  it('takes any path', () => {
    fc.assert(
      fc.property(fc.string(), (path) => {
        const kind = kindOfCgroup(`/${path}`);
        expect(kind.name.length).toBeGreaterThan(0);
      }),
      { numRuns: 10_000 },
    );
  });
});
