#!/bin/sh
# Installs the programs that the tests compare Weir with. Does nothing where all are there.
set -e
missing=""
need() { command -v "$1" >/dev/null 2>&1 || missing="$missing $2"; }
need nfcapd nfdump
need sfcapd nfdump-sflow
need softflowd softflowd
need pmacctd pmacct
need ovs-vswitchd openvswitch-switch
need tcpreplay tcpreplay
need tshark tshark
need tcpdump tcpdump
# scapy is run by Debian's python3.
need scapy "python3-scapy python3-cryptography"
need ip iproute2
need ping iputils-ping
need nft nftables
need sysctl procps
need mount mount
need iperf3 iperf3
need ethtool ethtool
need curl curl
need openssl openssl
# Compiles the programs for the kernel again, to see that the objects are theirs.
need clang-14 "clang-14 libbpf-dev libc6-dev"
# Only to read the unit of the service: no test starts systemd.
need systemd-analyze systemd
need squid squid
need bgpdump bgpdump
need vsftpd vsftpd
# Samba's RPC servers, and who asks them.
need smbd samba
need rpcclient smbclient
# Draws the dashboard; letters are needed to see that none overlap.
need chromium "chromium fonts-dejavu-core"
need sipp sip-tester
need snmpd snmpd
[ -z "$missing" ] && exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
  echo "tests need these Debian packages:$missing" >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
# Tests start these programs by hand, in folders of their own: no daemon of a package is to run beside them
# (policy-rc.d(8): 101 forbids the action). A policy that the machine has already is left as it is.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 1' HUP INT TERM
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi
apt-get update -qq >&2
# shellcheck disable=SC2086
apt-get install -y -qq --no-install-recommends $missing >&2
