/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#pragma once

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s32 s32;

/* What the loader reads of a map, in section "maps" (src/system/bpf/elf-object.ts). */
struct map_definition {
	u32 type, key_bytes, value_bytes, entries, flags;
};

#define UNKNOWN_UID 0xffffffff
