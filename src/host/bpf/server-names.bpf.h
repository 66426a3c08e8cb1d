/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#pragma once

/* Of what a flow sends only so many packets are looked at: the name of a server stands in the first. */
#define NAME_PACKETS 6
/* Whole ClientHellos: that of a browser has some 1,800, with a session to take up again more; and two datagrams that go to the card as one. A power of two. */
#define NAME_BYTES 4096
/* Segments after one in which a ClientHello begins and does not end. */
#define MORE_SEGMENTS 4

#define NAME_DNS 1
#define NAME_TLS 2
#define NAME_QUIC 3
/* What may go on with a ClientHello. */
#define NAME_TLS_MORE 4

struct name_event {
	struct flow_key key;
	u16 length;
	u8 kind;
	/* Of the place where it is written: one who interrupts there must not write, too. */
	u8 busy;
	/* Of TCP, as on the wire. */
	u32 sequence;
	u8 payload[NAME_BYTES];
};

_Static_assert(__builtin_offsetof(struct name_event, payload) == 56, "../server-names/server-names.ts has this size");

struct map_definition SEC("maps") names = { .type = BPF_MAP_TYPE_RINGBUF, .entries = 1 << 20 };
/* Where an event is written before it is as long as it must be. */
struct map_definition SEC("maps") name_place = {
	.type = BPF_MAP_TYPE_PERCPU_ARRAY, .key_bytes = sizeof(u32), .value_bytes = sizeof(struct name_event), .entries = 1,
};
/* Events for which the ring had no room. */
struct map_definition SEC("maps") names_lost = {
	.type = BPF_MAP_TYPE_ARRAY, .key_bytes = sizeof(u32), .value_bytes = sizeof(u64), .entries = 1,
};

/* What may hold a name: an answer of DNS, the ClientHello of TLS (RFC 8446 section 5.1), an Initial packet of QUIC (RFC 9000 section 17.2.2). */
static __always_inline u8 name_kind(const struct flow_key *key, const u8 *payload, const int egress)
{
	if (!egress)
		return key->protocol == IPPROTO_UDP && key->remote_port == 53 ? NAME_DNS : 0;
	if (key->protocol == IPPROTO_TCP)
		return payload[0] == 0x16 && payload[1] == 0x03 && payload[5] == 0x01 ? NAME_TLS : 0;
	return key->protocol == IPPROTO_UDP && (payload[0] & 0xc0) == 0xc0 && key->remote_port == 443 ? NAME_QUIC : 0;
}

static __always_inline void lose_name(void)
{
	u32 zero = 0;
	u64 *lost = bpf_map_lookup_elem(&names_lost, &zero);
	if (lost)
		__sync_fetch_and_add(lost, 1);
}

static __always_inline void write_name(struct __sk_buff *skb, const struct flow_key *key, const struct packet *packet, u8 kind)
{
	u32 zero = 0, at = packet->payload_at;
	struct name_event *event = bpf_map_lookup_elem(&name_place, &zero);
	if (!event)
		return;
	if (event->busy) {
		lose_name();
		return;
	}
	event->busy = 1;
	u64 length = skb->len - at;
	if (length > NAME_BYTES)
		length = NAME_BYTES;
	event->key = *key;
	event->kind = kind;
	event->length = length;
	event->sequence = 0;
	if (key->protocol == IPPROTO_TCP)
		bpf_skb_load_bytes(skb, packet->upper_at + 4, &event->sequence, sizeof(event->sequence));
	/* It is in these bounds already. The verifier of Linux 6.1 does not see it, and the compiler would leave it out. */
	length -= 1;
	asm volatile("" : "+r"(length));
	length = (length & (NAME_BYTES - 1)) + 1;
	if (!bpf_skb_load_bytes(skb, at, event->payload, length) &&
	    bpf_ringbuf_output(&names, event, __builtin_offsetof(struct name_event, payload) + length, BPF_RB_NO_WAKEUP))
		lose_name();
	event->busy = 0;
}

/* `more`, if there is one, is how many segments of the flow may go on with a ClientHello that was begun. */
static __always_inline void offer_name(struct __sk_buff *skb, const struct flow_key *key, const struct packet *packet, const int egress, u8 *more)
{
	u8 first[8];
	u32 at = packet->payload_at;
	if (!at || skb->len <= at)
		return;
	if (egress && more && *more) {
		*more -= 1;
		write_name(skb, key, packet, NAME_TLS_MORE);
		return;
	}
	if (skb->len < at + 12 || bpf_skb_load_bytes(skb, at, first, sizeof(first)))
		return;
	u8 kind = name_kind(key, first, egress);
	if (!kind)
		return;
	u32 record = 5 + ((first[3] << 8) | first[4]);
	if (kind == NAME_TLS && more && record > skb->len - at)
		*more = MORE_SEGMENTS;
	write_name(skb, key, packet, kind);
}
