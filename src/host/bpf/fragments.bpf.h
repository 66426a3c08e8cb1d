/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#pragma once

/* RFC 8200 section 5: what every link carries. Smaller packets are not looked at. */
#define LEAST_MTU 1280
/* Less than this no link has (RFC 791), with the longest header of IPv4. */
#define LEAST_ROOM 128
/* RFC 8200 section 4.5 */
#define FRAGMENT_HEADER 8

/* By number of an interface the bytes that one packet has there at most, as user space last read it; 0: it is not there any more. */
struct map_definition SEC("maps") mtus = {
	.type = BPF_MAP_TYPE_HASH, .key_bytes = sizeof(u32), .value_bytes = sizeof(u32), .entries = 8192,
};

/*
 * A datagram that is longer than its interface takes is sent in fragments, behind these programs, and those that come are put together before them: here it is one
 * packet. Each fragment has the header of IP, and all but the last so much else that it is a multiple of 8 (RFC 791, RFC 8200 section 4.5).
 */
static __always_inline void count_fragments(struct __sk_buff *skb, const struct flow_key *key, struct packet *packet)
{
	/* TCP cuts by itself. What the card cuts is no longer than the interface takes. */
	if (skb->len <= LEAST_MTU || packet->segments > 1 || key->protocol == IPPROTO_TCP)
		return;
	u32 interface = skb->ifindex;
	u32 *mtu = bpf_map_lookup_elem(&mtus, &interface);
	if (!mtu || *mtu < LEAST_ROOM || skb->len <= *mtu)
		return;
	u8 *data = (u8 *)(long)skb->data;
	u32 header = 40, extra = FRAGMENT_HEADER;
	if (skb->protocol == bpf_htons(ETHERTYPE_IPV4)) {
		/* The sender does not let it be cut. */
		if (data + 8 > (u8 *)(long)skb->data_end || (data[6] & 0x40))
			return;
		header = (data[0] & 0x0f) * 4;
		extra = 0;
	}
	u32 room = *mtu - header - extra;
	u32 whole = room & ~7u;
	u32 further = (skb->len - header - room + whole - 1) / whole;
	packet->segments = 1 + further;
	packet->bytes = skb->len + (u64)further * header + (u64)packet->segments * extra;
}
