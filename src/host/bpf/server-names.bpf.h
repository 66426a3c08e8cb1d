/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#pragma once

/* Of what a flow sends only so many packets are looked at: the name of a server stands in the first. */
#define NAME_PACKETS 6
/* Whole ClientHellos: that of a browser has some 1,800. A power of two. */
#define NAME_BYTES 2048

#define NAME_DNS 1
#define NAME_TLS 2
#define NAME_QUIC 3

struct name_event {
	struct flow_key key;
	u16 length;
	u8 kind, padding[5];
	u8 payload[NAME_BYTES];
};

struct map_definition SEC("maps") names = { .type = BPF_MAP_TYPE_RINGBUF, .entries = 1 << 20 };
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

static __always_inline void offer_name(struct __sk_buff *skb, const struct flow_key *key, const struct packet *packet, const int egress)
{
	u8 first[8];
	u32 at = packet->payload_at;
	if (!at || skb->len < at + 12 || bpf_skb_load_bytes(skb, at, first, sizeof(first)))
		return;
	u8 kind = name_kind(key, first, egress);
	if (!kind)
		return;
	struct name_event *event = bpf_ringbuf_reserve(&names, sizeof(*event), 0);
	if (!event) {
		u32 zero = 0;
		u64 *lost = bpf_map_lookup_elem(&names_lost, &zero);
		if (lost)
			__sync_fetch_and_add(lost, 1);
		return;
	}
	u64 length = skb->len - at;
	if (length > NAME_BYTES)
		length = NAME_BYTES;
	event->key = *key;
	event->kind = kind;
	event->length = length;
	/* It is in these bounds already. The verifier of Linux 6.1 does not see it, and the compiler would leave it out. */
	length -= 1;
	asm volatile("" : "+r"(length));
	length = (length & (NAME_BYTES - 1)) + 1;
	if (bpf_skb_load_bytes(skb, at, event->payload, length))
		bpf_ringbuf_discard(event, BPF_RB_NO_WAKEUP);
	else
		bpf_ringbuf_submit(event, BPF_RB_NO_WAKEUP);
}
