import { describe, expect, it } from 'vitest';
import { readTracepointFormat } from './tracepoint.ts';

/** As Linux 6.1, 6.12 and 6.18 have it. */
const FORMAT = `name: sched_process_exec
ID: 365
format:
	field:unsigned short common_type;	offset:0;	size:2;	signed:0;
	field:int common_pid;	offset:4;	size:4;	signed:1;

	field:__data_loc char[] filename;	offset:8;	size:4;	signed:0;
	field:pid_t pid;	offset:12;	size:4;	signed:1;
	field:__u8 saddr_v6[16];	offset:28;	size:16;	signed:0;

print fmt: "filename=%s pid=%d", __get_str(filename), REC->pid
`;

describe('the format of a tracepoint', () => {
  it('is its number and where its own fields lie', () => {
    expect(readTracepointFormat(FORMAT)).toEqual({ id: 365, fields: 'filename@8:4 pid@12:4 saddr_v6@28:16' });
  });

  it('is none where the kernel writes it in another way', () => {
    expect(() => readTracepointFormat('nothing of the kind')).toThrow('in another way');
  });
});
