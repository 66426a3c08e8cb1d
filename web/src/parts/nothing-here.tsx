import { Anchor, Box, Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useIsStoreEmpty } from '../api/stored.ts';
import { useView } from '../app/use-view.ts';
import { longerThan } from '../app/view.ts';

/** What stands where nothing matches, with the steps that lead on: a longer range, no filter, or the first flows. */
export function NothingHere({ what = 'Nothing matches in this range.' }: { what?: string }) {
  const { view, range, change } = useView();
  const isStoreEmpty = useIsStoreEmpty();
  if (isStoreEmpty)
    return (
      <>
        No flow has been kept on this node yet:{' '}
        <Anchor component={Link} to="/add" inherit underline="always">
          Add data
        </Anchor>{' '}
        says how flows get here.
      </>
    );
  const longer = longerThan(range);
  return (
    <>
      {what}
      <Box component="span" display="flex" style={{ gap: 8 }} mt={8}>
        {longer !== null && (
          <Button
            size="compact-sm"
            variant="default"
            onClick={() => change({ last: longer, from: undefined, to: undefined })}
          >
            Last {longer}
          </Button>
        )}
        {view.filter !== undefined && (
          <Button size="compact-sm" variant="default" onClick={() => change({ filter: undefined })}>
            Without the filter
          </Button>
        )}
      </Box>
    </>
  );
}
