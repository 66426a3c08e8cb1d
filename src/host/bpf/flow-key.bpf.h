/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#pragma once

#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_IPV6 0x86dd

#define ROLE_SOCKET 0
/* Of a socket that listens, for a connection that is not there yet: its cookie is in the flow, the key has none. */
#define ROLE_HANDSHAKE 1

struct flow_key {
	u64 cookie;
	/* As on the wire; IPv4 as ::ffff:a.b.c.d. */
	u32 local[4], remote[4];
	/* As numbers; 0 where the packet has none. Of ICMP what each side sends in place of its port: type and code. */
	u16 local_port, remote_port;
	u8 protocol, role, padding[2];
};

struct packet {
	/* Of all packets that it is on the wire: what the card cuts (TSO) or has joined (GRO) is one here. */
	u64 bytes, segments;
	u32 flags;
	/* Where the payload of TCP or UDP begins; 0: there is none to be seen. */
	u32 payload_at;
	/* Where the header of TCP or UDP begins, if there is a payload. */
	u32 upper_at;
};

/* RFC 8200 section 4: headers that may stand between IPv6 and what it carries. More of them than this are not walked: no ports then. */
#define MOST_EXTENSIONS 6

static __always_inline int is_extension(u8 header)
{
	return header == IPPROTO_HOPOPTS || header == IPPROTO_ROUTING || header == IPPROTO_DSTOPTS || header == IPPROTO_FRAGMENT ||
	       header == IPPROTO_AH;
}

/* Where the upper header begins; 0 where it is not in this packet (a later fragment) or cannot be reached. */
static __always_inline u32 walk_extensions(struct __sk_buff *skb, u8 *protocol)
{
	u32 at = 40;
	for (int i = 0; i < MOST_EXTENSIONS; i++) {
		u8 header[4];
		if (!is_extension(*protocol))
			return at;
		if (bpf_skb_load_bytes(skb, at, header, sizeof(header)))
			return 0;
		u8 here = *protocol;
		*protocol = header[0];
		if (here == IPPROTO_FRAGMENT) {
			if (((header[2] << 8) | header[3]) & 0xfff8)
				return 0;
			at += 8;
		} else if (here == IPPROTO_AH) {
			at += ((u32)header[1] + 2) * 4;
		} else {
			at += ((u32)header[1] + 1) * 8;
		}
	}
	return is_extension(*protocol) ? 0 : at;
}

/* The first four bytes of these are their ports: RFC 9293, 768, 9260, 4340, 3828. */
static __always_inline int has_ports(u8 protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_SCTP || protocol == IPPROTO_DCCP ||
	       protocol == IPPROTO_UDPLITE;
}

#define ICMP_NONE 0xffff

static __always_inline int is_icmp(u8 protocol)
{
	return protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6;
}

/* What answers a type of ICMP, or asks for it, of code 0: RFC 792 and 950, RFC 4443 and 4861. ICMP_NONE where nothing does. */
static __always_inline u16 icmp_other(u8 protocol, u8 type)
{
	u8 other;
	if (protocol == IPPROTO_ICMP) {
		if (type == 8 || type == 0)
			other = 8 - type;
		else if (type >= 13 && type <= 18)
			other = type & 1 ? type + 1 : type - 1;
		else
			return ICMP_NONE;
	} else {
		if (type == 128 || type == 129)
			other = type ^ 1;
		else if (type == 133 || type == 135)
			other = type + 1;
		else if (type == 134 || type == 136)
			other = type - 1;
		else
			return ICMP_NONE;
	}
	return (u16)other << 8;
}

/* All but the cookie. False for what is not IP, or broken. */
static __always_inline int read_packet(struct __sk_buff *skb, const int egress, struct flow_key *key, struct packet *packet)
{
	u8 *data = (u8 *)(long)skb->data;
	u8 *end = (u8 *)(long)skb->data_end;
	u32 *near = egress ? key->local : key->remote;
	u32 *far = egress ? key->remote : key->local;
	u32 upper, headers;
	if (skb->protocol == bpf_htons(ETHERTYPE_IPV4)) {
		if (data + 20 > end)
			return 0;
		near[2] = far[2] = bpf_htonl(0xffff);
		near[3] = *(u32 *)(data + 12);
		far[3] = *(u32 *)(data + 16);
		key->protocol = data[9];
		headers = upper = (data[0] & 0x0f) * 4;
		/* RFC 791: only the first fragment has the ports. */
		if (*(u16 *)(data + 6) & bpf_htons(0x1fff))
			upper = 0;
	} else if (skb->protocol == bpf_htons(ETHERTYPE_IPV6)) {
		if (data + 40 > end)
			return 0;
		__builtin_memcpy(near, data + 8, 16);
		__builtin_memcpy(far, data + 24, 16);
		key->protocol = data[6];
		upper = is_extension(key->protocol) ? walk_extensions(skb, &key->protocol) : 40;
		headers = upper ? upper : 40;
	} else {
		return 0;
	}
	if (upper >= 20 && upper < 512 && has_ports(key->protocol)) {
		u8 *header = data + upper;
		u8 length = 8;
		if (header + 4 <= end) {
			u16 source = bpf_ntohs(*(u16 *)header), destination = bpf_ntohs(*(u16 *)(header + 2));
			key->local_port = egress ? source : destination;
			key->remote_port = egress ? destination : source;
		}
		if (key->protocol == IPPROTO_TCP && header + 14 <= end) {
			length = (header[12] >> 4) * 4;
			packet->flags = header[13];
		}
		headers += length;
		packet->payload_at = headers;
		packet->upper_at = upper;
	} else if (is_icmp(key->protocol)) {
		key->local_port = key->remote_port = ICMP_NONE;
		u8 *header = data + (upper & 511);
		if (upper >= 20 && header + 2 <= end) {
			u8 type = header[0];
			u16 sent = (u16)type << 8 | header[1], other = icmp_other(key->protocol, type);
			key->local_port = egress ? sent : other;
			key->remote_port = egress ? other : sent;
		}
	}
	u32 segments = skb->gso_segs;
	packet->segments = segments ? segments : 1;
	/* Each packet that is cut out of it is sent with headers of its own. */
	packet->bytes = skb->len + (packet->segments - 1) * headers;
	return 1;
}
