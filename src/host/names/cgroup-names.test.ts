import { describe, expect, it } from 'vitest';
import { namesOfCgroup } from './cgroup-names.ts';

const ID = '3f1c'.repeat(16);
const SHORT = ID.slice(0, 12);
const NOTHING = { container: '', vm: '', unit: '' };

describe('what the path of a cgroup says', () => {
  it.each([
    ['Docker with systemd', `/system.slice/docker-${ID}.scope`, SHORT],
    ['Docker with cgroupfs', `/docker/${ID}`, SHORT],
    ['Podman as root', `/machine.slice/libpod-${ID}.scope/container`, SHORT],
    ['Podman of a user', `/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${ID}.scope`, SHORT],
    [
      'Kubernetes with containerd',
      `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod0c.slice/cri-containerd-${ID}.scope`,
      SHORT,
    ],
    ['Kubernetes with cgroupfs', `/kubepods/besteffort/pod1b2c/${ID}`, SHORT],
    ['CRI-O', `/kubepods.slice/kubepods-pod1.slice/crio-${ID}.scope`, SHORT],
    ['Docker in Docker, the inner one', `/docker/${'ab'.repeat(32)}/docker/${ID}`, SHORT],
    ['LXC 4', '/lxc.payload.mail/system.slice/postfix.service', 'mail'],
    ['LXC 3', '/lxc/mail/init.scope', 'mail'],
    ['systemd-nspawn', '/machine.slice/systemd-nspawn@build\\x2dbox.service/payload/init.scope', 'build-box'],
  ])('%s: the container', (_, path, container) => {
    expect(namesOfCgroup(path)).toEqual({ container, vm: '', unit: '' });
  });

  it.each([
    ['/system.slice/nginx.service', 'nginx'],
    ['/system.slice/system-getty.slice/getty@tty1.service', 'getty@tty1'],
    ['/system.slice/dbus\\x2dbroker.service', 'dbus-broker'],
    ['/user.slice/user-1000.slice/user@1000.service/app.slice/syncthing.service', 'syncthing'],
    ['/user.slice/user-1000.slice/user@1000.service/app.slice/app-gnome-firefox-4711.scope', 'firefox'],
    ['/user.slice/user-1000.slice/user@1000.service/app.slice/app-org.kde.kate@1f.service', 'org.kde.kate'],
    ['/user.slice/user-1000.slice/user@1000.service/app.slice/app-flatpak-org.gimp.GIMP-99.scope', 'org.gimp.GIMP'],
  ])('%s is of unit %s', (path, unit) => {
    expect(namesOfCgroup(path)).toEqual({ ...NOTHING, unit });
  });

  it.each([
    '/',
    '',
    '/user.slice/user-1000.slice/session-3.scope',
    '/init.scope',
    '/user.slice/user-1000.slice/user@1000.service/init.scope',
    '/user.slice/user-1000.slice/user@1000.service/app.slice/vte-spawn-8d5e.scope',
  ])('%s says nothing of an application', (path) => {
    expect(namesOfCgroup(path)).toEqual(NOTHING);
  });

  it('knows a machine of libvirt', () => {
    expect(namesOfCgroup('/machine.slice/machine-qemu\\x2d3\\x2dweb\\x2d1.scope/libvirt/emulator')).toEqual({
      container: '',
      vm: 'web-1',
      unit: '',
    });
  });
});
