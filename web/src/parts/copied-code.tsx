import { Box, Button, Code, CopyButton } from '@mantine/core';

/** Lines to be typed elsewhere, with a button that copies them. A long line scrolls within, not the page. */
export function CopiedCode({ text, label }: { text: string; label: string }) {
  return (
    <Box pos="relative">
      <Code block aria-label={label} tabIndex={0} mah={360} style={{ overflow: 'auto' }} pr={80}>
        {text}
      </Code>
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <Button
            size="compact-xs"
            variant="default"
            onClick={copy}
            pos="absolute"
            top={6}
            right={6}
            aria-label={`Copy: ${label}`}
          >
            {copied ? 'copied' : 'copy'}
          </Button>
        )}
      </CopyButton>
    </Box>
  );
}
