/** Saves two different settings in turn, for ever, until it is killed. `node settings-child.ts FOLDER` */
import { writeSync } from 'node:fs';
import { SYSTEM_CLOCK } from '../../electron/net/system-clock.ts';
import { SETTINGS_DEFAULT } from '../../shared/contract/app.ts';
import { SettingsFile } from '../../electron/store/settings-file.ts';

const file = new SettingsFile(process.argv[2] ?? '', SYSTEM_CLOCK);
const savedFilters = Array.from({ length: 150 }, (_, index) => ({
  name: `filter ${index}`,
  filter: 'sev>=warn '.repeat(20),
}));
const turnsMax = Number(process.argv[3] ?? Number.POSITIVE_INFINITY);
for (let turn = 0; turn < turnsMax; turn += 1) {
  await file.save(
    turn % 2 === 0
      ? { ...SETTINGS_DEFAULT, zoomPercent: 110, savedFilters }
      : { ...SETTINGS_DEFAULT, zoomPercent: 90 },
  );
  writeSync(1, `saved ${turn}\n`);
}
