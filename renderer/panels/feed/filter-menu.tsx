import type { LucideIcon } from 'lucide-react';
import type { ReactElement } from 'react';
import { Button } from '../../components/button.tsx';
import { Menu } from '../../components/menu.tsx';
import { setFilter } from '../../state/feed-filter.ts';

export interface FilterMenuProps {
  readonly icon: LucideIcon;
  readonly label: string;
  readonly filters: readonly { readonly name: string; readonly filter: string }[];
}

/** Filters to choose from; absent while there are none. */
export function FilterMenu({ icon: Icon, label, filters }: FilterMenuProps): ReactElement | null {
  if (filters.length === 0) return null;
  return (
    <Menu
      trigger={
        <Button look="quiet" aria-label={label} title={label}>
          <Icon aria-hidden size="1em" />
        </Button>
      }
      items={filters.map(({ name, filter }) => ({
        id: `${name} ${filter}`,
        label: name,
        onChoose: () => setFilter(filter),
      }))}
    />
  );
}
