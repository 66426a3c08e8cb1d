import { Alert, Table } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';

interface AccessListProps {
  readonly name: string;
  readonly titles: readonly string[];
  readonly rows: readonly { readonly key: string; readonly cells: readonly ReactNode[] }[];
  readonly error: Error | null;
  /** What a list without rows means. */
  readonly empty: string;
}

/** A list of the settings: users, tokens, sessions, entries of the log. */
export function AccessList({ name, titles, rows, error, empty }: AccessListProps) {
  if (error !== null) return <Alert color="red">{error.message}</Alert>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be within reach of the keyboard.
    <section className="sideways" tabIndex={0} aria-label={name}>
      <Table aria-label={name} verticalSpacing={4}>
        <Table.Thead>
          <Table.Tr>
            {titles.map((title) => (
              <Table.Th key={title}>{title}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(({ key, cells }) => (
            <Table.Tr key={key}>
              {cells.map((cell, i) => (
                <Table.Td key={titles[i]}>{cell}</Table.Td>
              ))}
            </Table.Tr>
          ))}
          {rows.length === 0 && (
            <Table.Tr>
              <Table.Td colSpan={titles.length}>{empty}</Table.Td>
            </Table.Tr>
          )}
        </Table.Tbody>
      </Table>
    </section>
  );
}

/** Does something to who may come in, and reads the lists again. `problem`: why it was refused, in the words of the node. */
export function useChange(): { readonly problem: string; run(work: () => Promise<unknown>): Promise<boolean> } {
  const client = useQueryClient();
  const [problem, setProblem] = useState('');
  const run = async (work: () => Promise<unknown>) => {
    try {
      await work();
      setProblem('');
      return true;
    } catch (error) {
      setProblem((error as Error).message);
      return false;
    } finally {
      await client.invalidateQueries({ queryKey: ['access'] });
      await client.invalidateQueries({ queryKey: ['session'] });
    }
  };
  return { problem, run };
}

/** To the minute, in UTC. */
export function timeOf(ms: number | null): string {
  return ms === null ? '-' : `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
