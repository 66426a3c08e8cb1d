import { Alert, Box, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { savedViews } from '../api/views.ts';
import { SavedViewRow } from '../parts/saved-view-row.tsx';

/** What was saved of the other pages: opened, sent to others, renamed, shared, deleted. */
export function ViewsPage() {
  const { data, error } = useQuery(savedViews());
  return (
    <Box className="panel" component="section" aria-label="Saved views">
      <Title order={2} px={8} py={6}>
        Saved views
      </Title>
      {error !== null && (
        <Alert color="red" m={8} title="No answer">
          {error.message}
        </Alert>
      )}
      {data?.length === 0 && (
        <Text size="sm" c="dimmed" px={8} py="md">
          None yet: “save” in the header of any page keeps its range, filter and question here.
        </Text>
      )}
      {data !== undefined && data.length > 0 && (
        <Table.ScrollContainer minWidth={640} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
          <Table aria-label="Saved views" highlightOnHover>
            <Table.Thead>
              <Table.Tr>
                {['name', 'what', 'owner', 'shared', 'changed', 'actions'].map((title) => (
                  <Table.Th key={title}>{title}</Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {data.map((saved) => (
                <SavedViewRow key={saved.id} saved={saved} />
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </Box>
  );
}
