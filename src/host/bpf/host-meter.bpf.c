// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Counts what sockets of this host send and receive, and learns which process each belongs to. Only what the kernel promises to
 * programs is used (include/uapi/linux/bpf.h): no type information of a kernel is needed, and one object runs on all from 5.11 on;
 * with -DNO_COARSE from 5.9 on. Layouts stand in ../flow-entry.ts and ../owner-entry.ts as well.
 */
#include <linux/bpf.h>
#include <linux/errno.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "definitions.bpf.h"
#include "flow-key.bpf.h"
#include "fragments.bpf.h"
#include "owners.bpf.h"
#include "server-names.bpf.h"
#include "kernel-events.bpf.h"

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_ACK 0x10

#define SOCK_STREAM 1
#define SOCK_RAW 3

struct flow {
	u64 tx_bytes, tx_packets, rx_bytes, rx_packets;
	/* Of the monotonic clock. The first ones are exact; the last is the coarse clock's, some milliseconds late at most. */
	u64 first_tx_ns, first_rx_ns, last_ns;
	/* First payload of each direction, exact; and of a connection that was accepted the packet that ended its handshake. */
	u64 tx_payload_ns, rx_payload_ns, accepted_ns;
	u64 cgroup;
	/* Of a connection that was accepted: the cookie of the socket that listened. */
	u64 listener;
	u32 uid, interface;
	u32 rtt_us, retransmits;
	u8 tx_flags, rx_flags, first_flags;
	/* Segments that may go on with a ClientHello. */
	u8 name_more;
	/* 1: the SYN that began it was made by a raw socket, past the kernel's TCP. */
	u8 raw;
	u8 padding[3];
};

_Static_assert(sizeof(struct flow_key) == 48 && sizeof(struct flow) == 120, "../flow-entry.ts has these sizes");

struct totals {
	u64 tx_bytes, tx_packets, rx_bytes, rx_packets;
};

struct map_definition SEC("maps") flows = {
	.type = BPF_MAP_TYPE_LRU_HASH, .key_bytes = sizeof(struct flow_key), .value_bytes = sizeof(struct flow), .entries = 65536,
};
/* What the flows lost when they were too many is known from these. */
struct map_definition SEC("maps") totals = {
	.type = BPF_MAP_TYPE_PERCPU_ARRAY, .key_bytes = sizeof(u32), .value_bytes = sizeof(struct totals), .entries = 1,
};

#ifdef NO_COARSE
#define coarse_ns() bpf_ktime_get_ns()
#else
#define coarse_ns() bpf_ktime_get_coarse_ns()
#endif

static __always_inline void add(struct flow *flow, const int egress, u64 bytes, u64 packets)
{
	if (egress) {
		__sync_fetch_and_add(&flow->tx_bytes, bytes);
		__sync_fetch_and_add(&flow->tx_packets, packets);
	} else {
		__sync_fetch_and_add(&flow->rx_bytes, bytes);
		__sync_fetch_and_add(&flow->rx_packets, packets);
	}
}

static __always_inline void add_total(const int egress, u64 bytes, u64 packets)
{
	u32 zero = 0;
	struct totals *sum = bpf_map_lookup_elem(&totals, &zero);
	if (!sum)
		return;
	/* A packet that comes may interrupt one that goes, on the same processor: they write different words. */
	if (egress) {
		__sync_fetch_and_add(&sum->tx_bytes, bytes);
		__sync_fetch_and_add(&sum->tx_packets, packets);
	} else {
		__sync_fetch_and_add(&sum->rx_bytes, bytes);
		__sync_fetch_and_add(&sum->rx_packets, packets);
	}
}

/*
 * The packets of a handshake belong, for the kernel, to the socket that listens, and have an entry of their own. The connection that it
 * leads to began with them, and its owner is taken to be that of the listener until a better one is known.
 */
static __always_inline void take_handshake(const struct flow_key *key, struct flow *fresh)
{
	struct flow_key before = *key;
	before.cookie = 0;
	before.role = ROLE_HANDSHAKE;
	struct flow *handshake = bpf_map_lookup_elem(&flows, &before);
	if (!handshake)
		return;
	fresh->first_tx_ns = handshake->first_tx_ns;
	fresh->first_rx_ns = handshake->first_rx_ns;
	fresh->first_flags = handshake->first_flags;
	fresh->rx_payload_ns = handshake->rx_payload_ns;
	fresh->accepted_ns = handshake->accepted_ns;
	fresh->listener = handshake->listener;
	note_accepted(key->cookie, fresh->listener);
}

/*
 * A socket of a connection. The kernel sends resets, and acknowledgements of connections that are over, with a raw socket of its own, whose
 * protocol is TCP as well: nothing of a connection can be read from it.
 */
static __always_inline struct bpf_sock *connection_of(struct __sk_buff *skb)
{
	struct bpf_sock *socket = skb->sk;
	if (!socket)
		return 0;
	socket = bpf_sk_fullsock(socket);
	return socket && socket->type == SOCK_STREAM ? socket : 0;
}

static __always_inline void read_connection(struct __sk_buff *skb, struct flow *flow)
{
	struct bpf_sock *socket = connection_of(skb);
	if (!socket)
		return;
	struct bpf_tcp_sock *connection = bpf_tcp_sock(socket);
	if (!connection)
		return;
	/* The kernel keeps it in eighths (tcp_sock.srtt_us). */
	if (connection->srtt_us)
		flow->rtt_us = connection->srtt_us >> 3;
	flow->retransmits = connection->total_retrans;
}

static __always_inline int has_payload(const struct __sk_buff *skb, const struct packet *packet)
{
	return packet->payload_at && skb->len > packet->payload_at;
}

static __always_inline int is_raw(struct bpf_sock *socket)
{
	socket = bpf_sk_fullsock(socket);
	return socket && socket->type == SOCK_RAW;
}

static __always_inline void begin(struct __sk_buff *skb, struct flow_key *key, const struct packet *packet, const int egress)
{
	struct flow fresh = {};
	struct bpf_sock *socket = skb->sk;
	u64 exact_ns = bpf_ktime_get_ns();
	fresh.last_ns = exact_ns;
	fresh.interface = skb->ifindex;
	fresh.uid = UNKNOWN_UID;
	fresh.first_flags = packet->flags;
	if (egress) {
		fresh.tx_bytes = packet->bytes;
		fresh.tx_packets = packet->segments;
		fresh.tx_flags = packet->flags;
	} else {
		fresh.rx_bytes = packet->bytes;
		fresh.rx_packets = packet->segments;
		fresh.rx_flags = packet->flags;
	}
	if (socket) {
		fresh.uid = bpf_get_socket_uid(skb);
		fresh.cgroup = bpf_sk_cgroup_id(socket);
		if (key->role == ROLE_HANDSHAKE)
			fresh.listener = bpf_get_socket_cookie(skb);
		else if (key->protocol == IPPROTO_TCP && (packet->flags & TCP_SYN) && is_raw(socket))
			fresh.raw = 1;
		else if (key->protocol == IPPROTO_TCP && !(packet->flags & TCP_SYN) && connection_of(skb))
			take_handshake(key, &fresh);
	}
	if (egress && !fresh.first_tx_ns)
		fresh.first_tx_ns = exact_ns;
	if (!egress && !fresh.first_rx_ns)
		fresh.first_rx_ns = exact_ns;
	if (has_payload(skb, packet)) {
		if (egress && !fresh.tx_payload_ns)
			fresh.tx_payload_ns = exact_ns;
		if (!egress && !fresh.rx_payload_ns)
			fresh.rx_payload_ns = exact_ns;
	}
	if (bpf_map_update_elem(&flows, key, &fresh, BPF_NOEXIST) == 0)
		return;
	/* The other processor was first, or there is no memory: then the totals tell. */
	struct flow *flow = bpf_map_lookup_elem(&flows, key);
	if (flow)
		add(flow, egress, fresh.tx_bytes + fresh.rx_bytes, fresh.tx_packets + fresh.rx_packets);
}

/* A SYN where a handshake was completed, or refused: a new connection with the same addresses and ports. What was counted is told with it. */
static __always_inline void begin_again(struct flow *handshake)
{
	handshake->first_rx_ns = handshake->first_tx_ns = 0;
	handshake->rx_payload_ns = handshake->tx_payload_ns = handshake->accepted_ns = 0;
	handshake->rx_flags = handshake->tx_flags = 0;
}

static __always_inline int count(struct __sk_buff *skb, const int egress, const int names)
{
	struct flow_key key = {};
	struct packet packet = {};
	if (!read_packet(skb, egress, &key, &packet))
		return 1;
	count_fragments(skb, &key, &packet);
	key.cookie = bpf_get_socket_cookie(skb);
	add_total(egress, packet.bytes, packet.segments);
	if (key.protocol == IPPROTO_TCP) {
		struct bpf_sock *socket = skb->sk;
		if (socket && socket->state == BPF_TCP_LISTEN) {
			key.cookie = 0;
			key.role = ROLE_HANDSHAKE;
			/* Data may come with the end of a handshake, and is no part of what it says. */
			packet.flags &= TCP_SYN | TCP_ACK | TCP_FIN | TCP_RST;
		}
	}
	struct flow *flow = bpf_map_lookup_elem(&flows, &key);
	if (!flow) {
		begin(skb, &key, &packet, egress);
		/* Of what comes, only an answer is looked at. */
		if (names && egress)
			offer_name(skb, &key, &packet, egress, 0);
		return 1;
	}
	if (names && (egress ? flow->tx_packets < NAME_PACKETS || flow->name_more : flow->first_tx_ns != 0))
		offer_name(skb, &key, &packet, egress, &flow->name_more);
	if (key.role == ROLE_HANDSHAKE && !egress && (packet.flags & (TCP_SYN | TCP_ACK)) == TCP_SYN && (flow->rx_flags & ~TCP_SYN))
		begin_again(flow);
	add(flow, egress, packet.bytes, packet.segments);
	if (egress ? !flow->first_tx_ns : !flow->first_rx_ns) {
		u64 exact_ns = bpf_ktime_get_ns();
		if (egress)
			flow->first_tx_ns = exact_ns;
		else
			flow->first_rx_ns = exact_ns;
	}
	if ((egress ? !flow->tx_payload_ns : !flow->rx_payload_ns) && has_payload(skb, &packet)) {
		u64 exact_ns = bpf_ktime_get_ns();
		if (egress)
			flow->tx_payload_ns = exact_ns;
		else
			flow->rx_payload_ns = exact_ns;
	}
	if (!egress && key.role == ROLE_HANDSHAKE && !flow->accepted_ns && (packet.flags & (TCP_SYN | TCP_ACK)) == TCP_ACK)
		flow->accepted_ns = bpf_ktime_get_ns();
	if (egress)
		flow->tx_flags |= packet.flags;
	else
		flow->rx_flags |= packet.flags;
	u64 now = coarse_ns();
	if (now > flow->last_ns || (packet.flags & (TCP_FIN | TCP_RST))) {
		if (now > flow->last_ns)
			flow->last_ns = now;
		if (key.protocol == IPPROTO_TCP)
			read_connection(skb, flow);
	}
	return 1;
}

SEC("cgroup_skb/egress") int count_egress(struct __sk_buff *skb) { return count(skb, 1, 0); }
SEC("cgroup_skb/ingress") int count_ingress(struct __sk_buff *skb) { return count(skb, 0, 0); }
/* In place of them where names of servers are wanted. */
SEC("cgroup_skb/egress") int name_egress(struct __sk_buff *skb) { return count(skb, 1, 1); }
SEC("cgroup_skb/ingress") int name_ingress(struct __sk_buff *skb) { return count(skb, 0, 1); }

char license_text[] SEC("license") = "Dual MIT/GPL";
