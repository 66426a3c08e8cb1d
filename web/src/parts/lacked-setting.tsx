import { Box, Text, Title } from '@mantine/core';
import { CopiedCode } from './copied-code.tsx';
import { DocLink } from './doc-link.tsx';

interface Lines {
  /** As they stand in the file of settings. */
  readonly lines: string;
  /** The page of the documentation that says more. */
  readonly page: string;
  readonly title: string;
}

const LINES: Readonly<Record<string, Lines>> = {
  home: {
    lines: 'home: [10.0.0.0/8, "2001:db8::/32"]\nsites:\n  berlin: [10.1.0.0/16]\n  lab: [10.2.0.0/16]',
    page: 'how-to/home-and-sites',
    title: 'Say what is home, and where its sites are',
  },
};

/** In place of an answer that the node has only with a setting: why, and the lines of its file. Nothing is broken. */
export function LackedSetting({ setting, why }: { setting: string; why: string }) {
  const known = LINES[setting];
  return (
    <Box px={8} pb={8} role="note" aria-label={`What to set: ${setting}`}>
      <Title order={3} size="h5" py={6}>
        {known?.title ?? `Set ${setting}`}
      </Title>
      <Text size="sm" mb={8}>
        {why}
      </Text>
      {known !== undefined && (
        <>
          <CopiedCode text={known.lines} label={`lines of weir.yaml for ${setting}`} />
          <Text size="sm" c="dimmed" mt={8}>
            Put the prefixes of your network there, and start the node again.{' '}
            <DocLink page={known.page}>How, and what it changes</DocLink>
          </Text>
        </>
      )}
    </Box>
  );
}
