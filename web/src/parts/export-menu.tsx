import { Button, Menu } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useRef } from 'react';
import { OTHERS, offsetText, rangeText } from '../../../src/chart/index.ts';
import { type QueryAnswer, spreadsheetLine } from '../../../src/query/index.ts';
import { fetchFile } from '../api/fetch-json.ts';
import { useView } from '../app/use-view.ts';
import { chartPicture } from './chart-picture.ts';
import { fileName, saveFile } from './saved-file.ts';

type Format = 'csv' | 'json' | 'png';

/** The answer that is shown, as a file: its groups as a table, all of it with what it is worth, or its chart as a picture that says both. */
export function ExportAnswer({ title, answer }: { title: string; answer: QueryAnswer }) {
  const { range, asked } = useView();
  const about = [`${rangeText(range.from, range.to)} ${offsetText(range.to)}`, asked.filter]
    .filter(Boolean)
    .join(' · ');
  const button = useRef<HTMLButtonElement>(null);
  const save = async (format: Format) => {
    const content = await contentOf(format, { title, about }, answer, button.current?.closest('.panel') ?? null);
    if (content !== null) saveFile(`${fileName(title, range)}.${format}`, content);
  };
  return (
    <Menu position="bottom-end" withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <Button ref={button} size="compact-xs" variant="default" aria-label={`Export: ${title}`}>
          export
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => void save('csv')}>CSV, for spreadsheets</Menu.Item>
        <Menu.Item onClick={() => void save('json')}>JSON, with what it is worth</Menu.Item>
        <Menu.Item onClick={() => void save('png')}>PNG of the chart</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

async function contentOf(
  format: Format,
  said: { readonly title: string; readonly about: string },
  answer: QueryAnswer,
  panel: Element | null,
) {
  switch (format) {
    case 'csv':
      return new Blob([answerAsCsv(answer)], { type: 'text/csv' });
    case 'json':
      return new Blob([JSON.stringify(answer, null, 2)], { type: 'application/json' });
    case 'png':
      return panel === null ? null : chartPicture(panel, { ...said, quality: answer.quality });
  }
}

/** Times as ISO 8601 in UTC. What is in no group that is shown stands last, in each bucket of time: else the sums would be too small. */
function answerAsCsv(answer: QueryAnswer): string {
  const { columns, rows } = answer;
  const lines = [...rows, ...othersOf(answer)].map((row) =>
    row.map((cell, i) => (columns[i]?.type === 'time' ? new Date(Number(cell)).toISOString() : cell)),
  );
  return [columns.map(({ name }) => name), ...lines].map(spreadsheetLine).join('');
}

function othersOf({ columns, buckets, other }: QueryAnswer): QueryAnswer['rows'] {
  const parts = buckets ?? (other === null ? [] : [{ time: 0, other }]);
  return parts.flatMap(({ time, other: of }) =>
    of === null
      ? []
      : [columns.map(({ name, type }) => (type === 'time' ? time : name in of ? (of[name] ?? null) : OTHERS))],
  );
}

const RECORDS = { csv: 'CSV, for spreadsheets', jsonl: 'JSON lines', parquet: 'Parquet' } as const;

/** All records that the page is about, as a file that the node makes, and beside it what they are worth. */
export function ExportRecords() {
  const { asked, range } = useView();
  const save = useMutation({
    mutationFn: async (format: keyof typeof RECORDS) => {
      const { file, answer } = await fetchFile(`/api/v1/export?format=${format}&spreadsheet=true`, asked);
      const name = fileName('flows', range);
      saveFile(`${name}.${format}`, file);
      saveFile(`${name}.quality.json`, new Blob([answer], { type: 'application/json' }));
    },
  });
  return (
    <Menu position="bottom-start" withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <Button size="xs" variant="default" loading={save.isPending} {...(save.isError ? { color: 'red' } : {})}>
          {save.isError ? `not exported: ${save.error.message}` : 'Export'}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {Object.entries(RECORDS).map(([format, words]) => (
          <Menu.Item key={format} onClick={() => save.mutate(format as keyof typeof RECORDS)}>
            {words}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
