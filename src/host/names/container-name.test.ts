import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type ContainerPlaces, readContainerName } from './container-name.ts';

const ID = 'c0ffee'.repeat(10);
const made: string[] = [];
afterEach(() => {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true });
});

/** Places in a directory of their own, with one file. */
function places(file: string, content: unknown): ContainerPlaces {
  const root = mkdtempSync(join(tmpdir(), 'weir-containers-'));
  made.push(root);
  const path = join(root, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return {
    docker: join(root, 'docker'),
    podman: join(root, 'podman'),
    podmanRun: join(root, 'run'),
    containerd: join(root, 'containerd'),
  };
}

const KUBERNETES = {
  'io.kubernetes.cri.container-name': 'nginx',
  'io.kubernetes.cri.sandbox-name': 'web-7c5d',
  'io.kubernetes.cri.sandbox-namespace': 'shop',
};
const CRIO = {
  'io.kubernetes.container.name': 'db',
  'io.kubernetes.pod.name': 'db-0',
  'io.kubernetes.pod.namespace': 'shop',
};

describe('the name of a container', () => {
  it.each([
    ['Docker', `docker/${ID}/config.v2.json`, { ID, Name: '/web' }, 'web'],
    ['Podman', 'podman/containers.json', [{ id: 'other' }, { id: ID, names: ['mail'] }], 'mail'],
    ['Podman until the next boot', 'podman/volatile-containers.json', [{ id: ID, names: ['mail'] }], 'mail'],
    [
      'containerd for Kubernetes',
      `containerd/k8s.io/${ID}/config.json`,
      { annotations: KUBERNETES },
      'shop/web-7c5d/nginx',
    ],
    ['nerdctl', `containerd/default/${ID}/config.json`, { annotations: { 'nerdctl/name': 'web' } }, 'web'],
    ['CRI-O', `run/${ID}/userdata/config.json`, { annotations: CRIO }, 'shop/db-0/db'],
  ])('%s', (_, file, content, name) => {
    expect(readContainerName(ID, places(file, content))).toBe(name);
  });

  it.each(['', '{', '[]', 'null', '{"Name":7}', '[{"id":7,"names":"x"}]'])(
    'is unknown where files say %j',
    (content) => {
      expect(readContainerName(ID, places(`docker/${ID}/config.v2.json`, content))).toBeNull();
      expect(readContainerName(ID, places('podman/containers.json', content))).toBeNull();
    },
  );
});
