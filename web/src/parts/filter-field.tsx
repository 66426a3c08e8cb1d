import { Autocomplete, CloseButton } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { fetchJson } from '../api/fetch-json.ts';
import { useView } from '../app/use-view.ts';

interface Completions {
  readonly from: number;
  readonly to: number;
  readonly candidates: readonly { readonly text: string }[];
}

const SOON_MS = 150;

/** The filter of all that the page shows. Enter applies it; a mistake is told by the answers, with its place. */
export function FilterField() {
  const { view, change } = useView();
  const applied = view.filter ?? '';
  const [text, setText] = useState(applied);
  useEffect(() => setText(applied), [applied]);
  const [asked] = useDebouncedValue(text, SOON_MS);
  const { data } = useQuery({
    queryKey: ['complete', asked],
    queryFn: ({ signal }) =>
      fetchJson<Completions>(`/api/v1/filter/complete?text=${encodeURIComponent(asked)}`, { signal }),
    enabled: asked !== applied,
  });
  const apply = (filter: string) => change({ filter: filter.trim() });
  const options = (data?.candidates ?? []).slice(0, 12).map((c) => asked.slice(0, data!.from) + c.text);
  return (
    <Autocomplete
      size="xs"
      style={{ flex: '1 1 16rem' }}
      styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
      aria-label="Filter"
      placeholder="filter, such as: net 10.0.0.0/8 and dst port 443"
      value={text}
      onChange={setText}
      data={[...new Set(options)]}
      filter={({ options: all }) => all}
      maxLength={65_536}
      spellCheck={false}
      onKeyDown={(event) => {
        if (event.key === 'Enter') apply(event.currentTarget.value);
      }}
      rightSection={applied === '' ? null : <CloseButton size="xs" aria-label="No filter" onClick={() => apply('')} />}
    />
  );
}
