import { CloseButton } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { useView } from '../app/use-view.ts';

const FilterEditor = lazy(async () => ({ default: (await import('./filter-editor.tsx')).FilterEditor }));

/** The filter of all that the page shows. Enter applies it; what is wrong with it is said while it is written. */
export function FilterField() {
  const { view, change } = useView();
  const applied = view.filter ?? '';
  return (
    <div className="filter">
      {/* What is applied can be read before it can be changed. */}
      <Suspense fallback={<div className="filter-editor filter-waiting">{applied}</div>}>
        <FilterEditor applied={applied} apply={(filter) => change({ filter })} />
      </Suspense>
      {applied !== '' && (
        <CloseButton
          className="filter-clear"
          size="xs"
          aria-label="No filter"
          onClick={() => change({ filter: undefined })}
        />
      )}
    </div>
  );
}
