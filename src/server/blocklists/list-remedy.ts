import type { BlocklistStatus } from './blocklists.ts';
import type { ListFailureCause } from './list-failure.ts';

type Failure = NonNullable<BlocklistStatus['failure']>;

const OF_URL: Readonly<Record<Exclude<ListFailureCause, 'status'>, string>> = {
  unreachable:
    'see the firewall on the way, and whether the server runs; requests do not go through a proxy: where there must be one, fetch the list with a program that uses it, and name the file',
  dns: 'see the name in the URL, and the name servers of this machine (/etc/resolv.conf)',
  tls: 'see the certificate of the server and the clock of this machine; an authority of your own is named by NODE_EXTRA_CA_CERTS',
  timeout: 'the server is slow, or a firewall drops what goes there or comes back',
  cut: 'the server or something on the way ends the download: fetch it by hand and see its length',
  redirect: 'set `url` to where the list is now',
  too_large: 'take a smaller list, or a part of this one as a file',
  unreadable: 'see the path and its permissions for the user of weir',
  unwritable: 'free some disk space, and see the permissions of the data directory',
  broken: 'see what the URL answers: it must be a list of addresses; `format` says how it is read',
};

/** What somebody has to do so that a list is refreshed again. */
export function listRemedy({ reason, status }: Failure, isFile: boolean): string {
  if (isFile && reason === 'broken')
    return 'mend the file, or name its `format`; it is read again once it has changed, or on SIGHUP';
  if (reason === 'status') return ofStatus(status ?? 0);
  return OF_URL[reason];
}

function ofStatus(status: number): string {
  if (status === 404 || status === 410) return 'the list is not there any more: see where its publisher has it now';
  if (status === 429) return 'the server is asked too often: raise `refresh`';
  if (status >= 400 && status < 500)
    return 'the publisher refuses it: see whether the list takes a key or an agreement, and whether the URL has it';
  return 'the server has a trouble of its own: weir asks again by itself';
}
