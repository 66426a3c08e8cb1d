import { Badge, Tooltip } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { nodeInfo } from '../api/node.ts';

/** On every page of a node that holds made-up records. */
export function DemoBadge() {
  const { data } = useQuery(nodeInfo());
  if (data === undefined || data.made_up.length === 0) return null;
  return (
    <Tooltip label={`Made up by weir demo, not seen on a network: ${data.made_up.join(', ')}`}>
      <Badge color="orange" variant="filled" autoContrast>
        demo data
      </Badge>
    </Tooltip>
  );
}
