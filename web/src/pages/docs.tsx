import '../docs/docs.css';
import { load, pages } from 'virtual:weir-docs';
import { Alert, Anchor, Box, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useLocation, useRouter } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { DocContent } from '../docs/doc-content.tsx';
import { searchDocs, sectionsOf } from '../docs/doc-search.ts';

const PARTS: Readonly<Record<string, string>> = {
  tutorial: 'Tutorial',
  'how-to': 'How to',
  reference: 'Reference',
  explanation: 'Explanation',
};
const NEVER = { staleTime: Number.POSITIVE_INFINITY };

/** The documentation of this version: it comes with the dashboard, page by page, and needs no network. */
export function DocsPage() {
  const { pathname, hash, searchStr } = useLocation();
  const { history } = useRouter();
  const path = pathname.replace(/^\/docs\/?/, '');
  const [wanted, setWanted] = useState('');
  const goTo = (href: string) => {
    setWanted('');
    const [page, id] = href.split('#');
    // The range and the filter stay for the pages that have them.
    history.push(`${page}${searchStr}${id === undefined ? '' : `#${id}`}`);
  };
  return (
    <Stack gap={8}>
      <Box className="doc-bar">
        <NativeSelect
          size="xs"
          label="page"
          value={pathname}
          onChange={({ currentTarget }) => goTo(currentTarget.value)}
          data={pageList()}
        />
        <TextInput
          size="xs"
          type="search"
          label="search the documentation"
          value={wanted}
          onChange={({ currentTarget }) => setWanted(currentTarget.value)}
        />
      </Box>
      {wanted.trim() === '' ? <Page path={path} hash={hash} goTo={goTo} /> : <Hits wanted={wanted} goTo={goTo} />}
    </Stack>
  );
}

interface Going {
  readonly goTo: (href: string) => void;
}

function Page({ path, hash, goTo }: Going & { path: string; hash: string }) {
  const { data, error } = useQuery({
    queryKey: ['docs', path],
    queryFn: async () => (Object.hasOwn(load, path) ? (await load[path]!()).default : null),
    ...NEVER,
  });
  useEffect(() => {
    if (data === undefined) return;
    if (hash === '') scrollTo(0, 0);
    else document.getElementById(hash)?.scrollIntoView();
  }, [data, hash]);
  if (error !== null) return <Alert color="red">This page could not be loaded: {error.message}</Alert>;
  if (data === null)
    return (
      <Text>
        There is no such page in the documentation of this version. <Anchor href="/docs">To its beginning</Anchor>
      </Text>
    );
  return data === undefined ? null : <DocContent tree={data} goTo={goTo} />;
}

function Hits({ wanted, goTo }: Going & { wanted: string }) {
  const { data } = useQuery({ queryKey: ['docs text'], queryFn: allPages, ...NEVER });
  if (data === undefined) return null;
  const hits = searchDocs(data, wanted);
  return (
    <Stack gap={8} aria-label="Found in the documentation" role="region">
      {hits.length === 0 && <Text size="sm">No section has all of these words.</Text>}
      {hits.map(({ href, page, heading, excerpt }) => (
        <div key={href}>
          <Anchor
            href={href}
            onClick={(event) => {
              event.preventDefault();
              goTo(href);
            }}
          >
            {heading === page ? page : `${page}: ${heading}`}
          </Anchor>
          <Text size="sm" c="dimmed" className="value">
            {excerpt}
          </Text>
        </div>
      ))}
    </Stack>
  );
}

/** Each page is searched as it is shown: its words are not sent twice. */
function allPages() {
  return Promise.all(
    pages.map(async ({ path, title }) => ({ path, title, sections: sectionsOf((await load[path]!()).default) })),
  );
}

/** By the folders of docs/. */
function pageList() {
  const groups = Object.entries(PARTS).map(([folder, group]) => ({
    group,
    items: pages
      .filter(({ path }) => path.startsWith(`${folder}/`))
      .map(({ path, title }) => ({ value: `/docs/${path}`, label: title })),
  }));
  return [{ value: '/docs', label: 'Contents' }, ...groups];
}
