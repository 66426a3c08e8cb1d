/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#pragma once

/*
 * Of the kernel's classic tracepoints. Where their fields lie is compared with what the kernel says in tracefs before a program is loaded
 * (../backend/kernel-events.ts); neither is run for a packet.
 */

/* sock:inet_sk_error_report (Linux 5.15): a socket is told why it cannot go on. */
struct error_report {
	u64 common;
	s32 error;
	/* As numbers. */
	u16 local_port, remote_port;
	u16 family, protocol;
	u8 local4[4], remote4[4];
	/* IPv4 as ::ffff:a.b.c.d. */
	u32 local[4], remote[4];
};

/* sched:sched_process_exec */
struct process_exec {
	u64 common;
	/* Where the text begins, from the beginning of this, and above it how long it is. */
	u32 filename;
	s32 pid, old_pid;
};

struct failure {
	u32 local[4], remote[4];
	u16 local_port, remote_port, protocol, error;
	u64 at_ns;
};

_Static_assert(sizeof(struct failure) == 48, "../backend/failed-sockets.ts has this size");

#define PROGRAM_PATH_BYTES 256

#define PROGRAM_PATH 12

struct program_start {
	/* By the clock of the owners of sockets. */
	u64 at_ns;
	u32 pid;
	char path[PROGRAM_PATH_BYTES];
};

struct map_definition SEC("maps") failures = { .type = BPF_MAP_TYPE_RINGBUF, .entries = 1 << 17 };
struct map_definition SEC("maps") programs = { .type = BPF_MAP_TYPE_RINGBUF, .entries = 1 << 17 };

/* An answer of others than the server: ICMP says why a packet went no further. A reset of an established connection is in its flags. */
static __always_inline int is_refusal(s32 error)
{
	return error == ECONNREFUSED || error == EHOSTUNREACH || error == ENETUNREACH || error == EACCES || error == ENOPROTOOPT ||
	       error == EHOSTDOWN || error == ENONET;
}

SEC("tp/sock/inet_sk_error_report") int on_socket_error(struct error_report *report)
{
	if (!is_refusal(report->error))
		return 0;
	struct failure *failure = bpf_ringbuf_reserve(&failures, sizeof(*failure), 0);
	if (!failure)
		return 0;
	for (int i = 0; i < 4; i++) {
		failure->local[i] = report->local[i];
		failure->remote[i] = report->remote[i];
	}
	failure->local_port = report->local_port;
	failure->remote_port = report->remote_port;
	failure->protocol = report->protocol;
	failure->error = report->error;
	failure->at_ns = bpf_ktime_get_ns();
	bpf_ringbuf_submit(failure, BPF_RB_NO_WAKEUP);
	return 0;
}

SEC("tp/sched/sched_process_exec") int on_program_start(struct process_exec *exec)
{
	struct program_start start = {};
	const char *path = (const char *)exec + (exec->filename & 0xffff);
	long bytes = bpf_probe_read_kernel_str(start.path, sizeof(start.path), path);
	if (bytes <= 0 || bytes > PROGRAM_PATH_BYTES)
		return 0;
	start.pid = exec->pid;
	start.at_ns = bpf_ktime_get_boot_ns();
	bpf_ringbuf_output(&programs, &start, PROGRAM_PATH + bytes, BPF_RB_NO_WAKEUP);
	return 0;
}
