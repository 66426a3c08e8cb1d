/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#pragma once

/* The order of OWNER_SOURCES in ../owner-entry.ts. */
#define SOURCE_NONE 0
#define SOURCE_CREATE 1
#define SOURCE_CONNECT 2
#define SOURCE_SEND 3
#define SOURCE_RECEIVE 4
#define SOURCE_ACCEPT 5
#define SOURCE_IO 6
#define SOURCE_RELEASE 7
#define SOURCE_LISTENER 8

struct owner {
	u64 cgroup;
	/* What user space calls the process; as the first PID namespace has it. */
	u32 pid, uid;
	char comm[16];
	u8 source, released, padding[6];
	/* When it was seen with the socket, by the clock of /proc/PID/stat: who has the pid and began later is another process. */
	u64 seen_ns;
};

_Static_assert(sizeof(struct owner) == 48, "../backend/owner-entry.ts has this size");

struct map_definition SEC("maps") owners = {
	.type = BPF_MAP_TYPE_LRU_HASH, .key_bytes = sizeof(u64), .value_bytes = sizeof(struct owner), .entries = 65536,
};

static __always_inline void set_owner(u64 cookie, u8 source, u8 released)
{
	struct owner fresh = {};
	fresh.cgroup = bpf_get_current_cgroup_id();
	fresh.pid = bpf_get_current_pid_tgid() >> 32;
	fresh.uid = bpf_get_current_uid_gid();
	bpf_get_current_comm(fresh.comm, sizeof(fresh.comm));
	fresh.source = source;
	fresh.released = released;
	fresh.seen_ns = bpf_ktime_get_boot_ns();
	bpf_map_update_elem(&owners, &cookie, &fresh, BPF_ANY);
}

/* A call of the process itself on its socket: the last process that made one has it. */
static __always_inline int note_owner(u64 cookie, u8 source)
{
	struct owner *owner = bpf_map_lookup_elem(&owners, &cookie);
	if (!owner || owner->pid != (u32)(bpf_get_current_pid_tgid() >> 32) || owner->source == SOURCE_LISTENER)
		set_owner(cookie, source, 0);
	return 1;
}

/* The last holder closes: for an accepted connection often the first time that its process is seen. */
static __always_inline int note_release(u64 cookie)
{
	struct owner *owner = bpf_map_lookup_elem(&owners, &cookie);
	if (!owner || owner->source == SOURCE_LISTENER || owner->source == SOURCE_NONE)
		set_owner(cookie, SOURCE_RELEASE, 1);
	else
		owner->released = 1;
	return 1;
}

static __always_inline void note_accepted(u64 cookie, u64 listener)
{
	struct owner fresh = {};
	struct owner *owner = bpf_map_lookup_elem(&owners, &listener);
	if (owner) {
		fresh = *owner;
		fresh.source = SOURCE_LISTENER;
		fresh.released = 0;
	}
	bpf_map_update_elem(&owners, &cookie, &fresh, BPF_NOEXIST);
}

/*
 * For calls that are seen of all sockets, those of AF_UNIX among them: only sockets that are known already are looked at. (One that was
 * opened before this program ran is known from a dump of sockets.)
 */
static __always_inline int note_known(u64 cookie, u8 source)
{
	struct owner *owner = bpf_map_lookup_elem(&owners, &cookie);
	if (!owner)
		return 0;
	if (owner->pid != (u32)(bpf_get_current_pid_tgid() >> 32) || owner->source == SOURCE_LISTENER)
		set_owner(cookie, source, owner->released);
	return 0;
}

SEC("cgroup/sock_create") int own_create(struct bpf_sock *socket)
{
	return note_owner(bpf_get_socket_cookie(socket), SOURCE_CREATE);
}
SEC("cgroup/connect4") int own_connect4(struct bpf_sock_addr *call)
{
	return note_owner(bpf_get_socket_cookie(call), SOURCE_CONNECT);
}
SEC("cgroup/connect6") int own_connect6(struct bpf_sock_addr *call)
{
	return note_owner(bpf_get_socket_cookie(call), SOURCE_CONNECT);
}
SEC("cgroup/sendmsg4") int own_send4(struct bpf_sock_addr *call)
{
	return note_owner(bpf_get_socket_cookie(call), SOURCE_SEND);
}
SEC("cgroup/sendmsg6") int own_send6(struct bpf_sock_addr *call)
{
	return note_owner(bpf_get_socket_cookie(call), SOURCE_SEND);
}
SEC("cgroup/recvmsg4") int own_receive4(struct bpf_sock_addr *call)
{
	return note_owner(bpf_get_socket_cookie(call), SOURCE_RECEIVE);
}
SEC("cgroup/recvmsg6") int own_receive6(struct bpf_sock_addr *call)
{
	return note_owner(bpf_get_socket_cookie(call), SOURCE_RECEIVE);
}
SEC("cgroup/sock_release") int own_release(struct bpf_sock *socket)
{
	return note_release(bpf_get_socket_cookie(socket));
}

/* Optional, where the kernel describes its own types: the arguments are passed on as they are, so no layout of a kernel is built in. */
SEC("tp_btf/sock_send_length") int own_sent(u64 *arguments)
{
	return note_known(bpf_get_socket_cookie((void *)arguments[0]), SOURCE_IO);
}
SEC("tp_btf/sock_recv_length") int own_received(u64 *arguments)
{
	return note_known(bpf_get_socket_cookie((void *)arguments[0]), SOURCE_IO);
}
/* inet_csk_accept has two arguments from Linux 6.10 on and four before; what it returns stands behind them. The wrong one is refused. */
SEC("fexit/inet_csk_accept") int own_accept2(u64 *arguments)
{
	void *socket = (void *)arguments[2];
	return socket ? note_known(bpf_get_socket_cookie(socket), SOURCE_ACCEPT) : 0;
}
SEC("fexit/inet_csk_accept") int own_accept4(u64 *arguments)
{
	void *socket = (void *)arguments[4];
	return socket ? note_known(bpf_get_socket_cookie(socket), SOURCE_ACCEPT) : 0;
}
