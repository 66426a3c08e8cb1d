import { Button, Drawer, Group, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type CellColumn, cellText, millisText } from '../../../src/chart/index.ts';
import { vocabulary } from '../api/answers.ts';
import { conversationOf, type FlowRecord, flowNamed, flowSeen } from '../api/flows.ts';
import { useView } from '../app/use-view.ts';
import { ValueMenu } from './value-menu.tsx';

interface FlowDrawerProps {
  /** As `weir label explain` reads it. */
  readonly name: string;
  /** The record where somebody opened it; null: a link leads here, and the node is asked for it. */
  readonly known: FlowRecord | null;
  readonly columns: readonly CellColumn[];
  readonly close: () => void;
}

/** One record with every field that it has, and who else saw the flow. */
export function FlowDrawer({ name, known, columns, close }: FlowDrawerProps) {
  const { change } = useView();
  const asked = useQuery({ ...flowNamed(name), enabled: known === null });
  const record = known ?? asked.data ?? null;
  return (
    // What locks the page behind it writes a style that the content policy refuses.
    <Drawer opened onClose={close} position="right" size="lg" title="One flow record">
      {record === null && (
        <Text size="sm" role="status">
          {asked.error?.message ?? `Looking for ${name}`}
        </Text>
      )}
      {record !== null && (
        <>
          <Group mb={8}>
            <Button
              size="compact-sm"
              variant="default"
              onClick={() => change({ filter: conversationOf(record), duplicates: 'all', flow: undefined })}
            >
              Only this conversation
            </Button>
          </Group>
          <Seen record={record} columns={columns} />
          <Fields record={record} columns={columns} />
        </>
      )}
    </Drawer>
  );
}

function Fields({ record, columns }: { record: FlowRecord; columns: readonly CellColumn[] }) {
  const { data } = useQuery(vocabulary());
  const meanings = new Map([...(data?.dimensions ?? []), ...(data?.metrics ?? [])].map((d) => [d.name, d.meaning]));
  const isDimension = new Set(data?.dimensions.map(({ name }) => name));
  return (
    <Table aria-label="Fields" mt={8}>
      <Table.Tbody>
        {columns
          .filter(({ name }) => record[name] !== undefined)
          .map((column) => (
            <Table.Tr key={column.name}>
              <Table.Th scope="row">{column.name}</Table.Th>
              <Table.Td className={column.type === 'time' ? 'time' : 'value'}>
                {isDimension.has(column.name) ? (
                  <ValueMenu column={column.name} value={record[column.name]!} />
                ) : (
                  fieldText(record, column)
                )}
              </Table.Td>
              <Table.Td className="value" c="dimmed">
                {meanings.get(column.name) ?? ''}
              </Table.Td>
            </Table.Tr>
          ))}
      </Table.Tbody>
    </Table>
  );
}

/** Counters in full: the list has them short. */
function fieldText(record: FlowRecord, column: CellColumn): string {
  const value = record[column.name];
  return column.type === 'time' ? millisText(Number(value)) : `${value} ${column.unit ?? ''}`.trimEnd();
}

/** How long before and after a record those of other vantage points may be: the usual active timeout. */
const ABOUT_MS = 300_000;

/** The records of the same conversation: of every vantage point, of the meters at both ends, and of the other direction. */
function Seen({ record, columns }: { record: FlowRecord; columns: readonly CellColumn[] }) {
  const time = Number(record.time);
  const { data, error } = useQuery(flowSeen(record, { from: time - ABOUT_MS, to: time + ABOUT_MS }));
  const shown = ['time', 'src_addr', 'exporter', 'host', 'process', 'bytes', 'duplicate']
    .map((name) => columns.find((column) => column.name === name))
    .filter((column) => column !== undefined);
  return (
    <>
      <Title order={3} fz="sm">
        All vantage points and both directions
      </Title>
      {error !== null && <Text size="sm">{error.message}</Text>}
      {data !== undefined && (
        <Table aria-label="Vantage points">
          <Table.Thead>
            <Table.Tr>
              {shown.map(({ name }) => (
                <Table.Th key={name}>{name === 'src_addr' ? 'from' : name}</Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {data.records.map((seen) => (
              <Table.Tr key={JSON.stringify(seen)}>
                {shown.map((column) => (
                  <Table.Td key={column.name} className={column.type === 'time' ? 'time' : 'value'}>
                    {cellText(seen[column.name], column)}
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </>
  );
}
