import { describe, expect, it } from 'vitest';
import { cgroupMount } from './cgroup-root.ts';

const V1 = '34 29 0:30 / /sys/fs/cgroup/memory rw,nosuid shared:14 - cgroup cgroup rw,memory';

describe('the tree of cgroups', () => {
  it.each([
    ['alone', '29 22 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate', '/sys/fs/cgroup'],
    [
      'beside those of version 1',
      `${V1}\n35 29 0:31 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw`,
      '/sys/fs/cgroup/unified',
    ],
    ['under a name with a blank', '29 22 0:26 / /mnt/c\\040g rw shared:4 master:1 - cgroup2 none rw', '/mnt/c g'],
    ['of version 1 alone', V1, null],
    ['of which only a part is there', '29 22 0:26 /system.slice /cg rw - cgroup2 cgroup2 rw', null],
    ['nowhere', '', null],
  ])('is found: %s', (_, mountinfo, folder) => {
    expect(cgroupMount(mountinfo)).toBe(folder);
  });
});
