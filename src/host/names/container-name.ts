import { readdirSync, readFileSync } from 'node:fs';

/** Longer files are not a container's configuration. */
const MAX_BYTES = 4 << 20;

/** Where runtimes leave what a container is called. Their daemons are not asked: that needs rights that a meter should not have. */
export interface ContainerPlaces {
  readonly docker: string;
  readonly podman: string;
  readonly podmanRun: string;
  readonly containerd: string;
}

const PLACES: ContainerPlaces = {
  docker: '/var/lib/docker/containers',
  podman: '/var/lib/containers/storage/overlay-containers',
  podmanRun: '/run/containers/storage/overlay-containers',
  containerd: '/run/containerd/io.containerd.runtime.v2.task',
};

/** The name of a container; null where nothing readable tells it. */
export function readContainerName(id: string, places: ContainerPlaces = PLACES): string | null {
  return docker(places.docker, id) ?? annotated(places, id) ?? podman(places.podman, id);
}

/** Docker writes `"Name":"/web"`. */
function docker(place: string, id: string): string | null {
  const name = at(json(`${place}/${id}/config.v2.json`), 'Name');
  return typeof name === 'string' && name !== '' ? name.replace(/^\//, '') : null;
}

/** Podman and CRI-O (containers/storage): lists of `{ id, names }`; what is gone at the next boot stands in a list of its own. */
function podman(place: string, id: string): string | null {
  for (const file of ['containers.json', 'volatile-containers.json']) {
    const list = json(`${place}/${file}`);
    const found = Array.isArray(list) ? list.find((one) => at(one, 'id') === id) : undefined;
    const names = at(found, 'names');
    if (Array.isArray(names) && typeof names[0] === 'string') return names[0];
  }
  return null;
}

/** The configuration that the runtime was given (OCI runtime specification) says in annotations what Kubernetes calls it. */
function annotated(places: ContainerPlaces, id: string): string | null {
  const files = [
    ...list(places.containerd).map((namespace) => `${places.containerd}/${namespace}/${id}/config.json`),
    `${places.podmanRun}/${id}/userdata/config.json`,
  ];
  for (const file of files) {
    const annotations = at(json(file), 'annotations');
    const text = (...names: string[]) =>
      names.map((n) => at(annotations, n)).find((v) => typeof v === 'string' && v !== '');
    const container = text('io.kubernetes.cri.container-name', 'io.kubernetes.container.name', 'nerdctl/name');
    if (container === undefined) continue;
    const pod = text('io.kubernetes.cri.sandbox-name', 'io.kubernetes.pod.name');
    const namespace = text('io.kubernetes.cri.sandbox-namespace', 'io.kubernetes.pod.namespace');
    return [namespace, pod, container].filter((part) => part !== undefined).join('/');
  }
  return null;
}

function at(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

function json(path: string): unknown {
  try {
    const text = readFileSync(path, 'utf8');
    return text.length > MAX_BYTES ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

function list(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
