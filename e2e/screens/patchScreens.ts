import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { l4sMask } from '../../src/cli/node/l4sFiles'
import { georeferencedTiles, unclearTile } from '../demoFiles'
import { sharedFile } from '../sharedData'
import { DIALOG, dialog, dialogOf, keys, menu, mode, plain, type Screen, unfolded } from './screen'

/** Of the empty studio, and of one with patches that nothing has predicted. */
export const patchScreens: readonly Screen[] = [
  plain('start', 'empty'),
  plain('patches', 'patches'),
  ...['Project', 'Edit', 'View', 'Patch', 'Review', 'Rounds', 'Help'].map(menu),
  { ...keys('palette', 'patches', ['Control+k'], []), dialog: 'palette' },
  dialog('cheat-sheet', 'patches', 'Keyboard shortcuts'),
  {
    name: 'tour',
    stage: 'patches',
    over: DIALOG,
    async show({ page }, keyboard) {
      await keyboard.command('Take the tour')
      await expect(dialogOf(page, 'The queue')).toBeVisible()
    },
  },
  dialog('check-machine', 'patches', 'Check this machine'),
  dialog('storage', 'patches', 'Storage'),
  dialog('projects', 'patches', 'Projects'),
  dialog('new-project', 'patches', 'New project'),
  dialog('delete-project', 'patches', 'Delete project'),
  dialog('rename-project', 'patches', 'Rename project'),
  dialog('rename-patch', 'patches', 'Rename patch'),
  dialog('band-statistics', 'patches', 'Band statistics'),
  mode('sheet', 'patches', 'Contact sheet', 'Single patch'),
  {
    name: 'map',
    stage: 'patches',
    async show(studio, keyboard) {
      await keyboard.command('event_A')
      await studio.idle()
      await keyboard.command('Map')
    },
    hide: (_, keyboard) => keyboard.command('Single patch'),
  },
  {
    name: 'import-report',
    stage: 'patches',
    dialog: 'import-report',
    async show(studio) {
      await studio.drop(oneOfEach(test.info().outputPath('mixed')))
      const report = dialogOf(studio.page, 'Import report')
      for (const group of ['Added', 'Needs you', 'Refused'])
        await expect(report.getByRole('region', { name: group })).toBeVisible()
    },
  },
  {
    name: 'use-polygons',
    stage: 'patches',
    dialog: 'use-polygons',
    async show(studio) {
      const path = join(test.info().outputPath(), 'landslides.geojson')
      const ring = [
        [13.86, 46.4],
        [13.87, 46.4],
        [13.87, 46.41],
        [13.86, 46.4],
      ]
      writeFileSync(path, JSON.stringify({ type: 'Polygon', coordinates: [ring] }))
      await studio.drop([path])
      await expect(dialogOf(studio.page, 'Use polygons')).toBeVisible()
    },
  },
  {
    name: 'value-scale',
    stage: 'patches',
    dialog: 'value-scale',
    async show({ page }, keyboard) {
      await keyboard.command('Import report')
      await page.getByRole('button', { name: 'Choose value scale…' }).press('Enter')
      await expect(dialogOf(page, 'Choose value scale')).toBeVisible()
    },
  },
  {
    name: 'attach-mask',
    stage: 'patches',
    dialog: 'attach-masks',
    async show(studio, keyboard) {
      const [, width, height] = (await studio.map.getByText(/^\d+ × \d+$/).textContent())!.match(
        /(\d+) × (\d+)/,
      )!
      const mask = new Uint8Array(Number(width) * Number(height)).fill(1, 0, 2 * Number(width))
      const path = join(test.info().outputPath(), 'field_survey.h5')
      writeFileSync(path, await l4sMask(mask, Number(width), Number(height)))
      await studio.choose(path, () => keyboard.command('Attach mask'))
      await expect(dialogOf(studio.page, 'Attach mask')).toBeVisible()
    },
  },
  ...addScene(),
  keys('custom-composite', 'patches', ['Shift+Digit7'], ['Shift+Digit1']),
  keys('index', 'patches', ['Shift+Digit8'], ['Shift+Digit1']),
  keys('slope', 'patches', ['Shift+Digit5'], ['Shift+Digit1']),
  keys('note', 'patches', ['n'], ['Escape']),
  keys('polygon', 'patches', ['p'], ['v']),
  keys('fill', 'patches', ['g'], ['v']),
  unfolded('engine', 'patches', /^Engine:/),
  unfolded('models', 'patches', 'Models'),
]

/** Files of one drop, of which one is added, one asks for its value scale and one is refused. */
function oneOfEach(folder: string): string[] {
  const unclear = unclearTile(folder)
  const [tile] = georeferencedTiles(folder, 48, 22)
  const added = join(folder, 'event_E.tif')
  renameSync(tile!, added)
  const cut = join(folder, 'event_F.tif')
  writeFileSync(cut, readFileSync(added).subarray(0, 40_000))
  return [added, unclear, cut]
}

/** The question about a dropped scene; none where the real pixels are not there. */
function addScene(): Screen[] {
  const files = ['s2_l1c_slovenia_13band_0.tif', 'dem_slovenia.tif'].map(name => sharedFile(`scenes/${name}`))
  if (!files.every(file => file !== null)) return []
  return [
    {
      name: 'add-scene',
      stage: 'patches',
      dialog: 'add-scene',
      async show(studio) {
        await studio.drop(files)
        const question = dialogOf(studio.page, 'Add scene')
        await expect(question.getByText('1 cell')).toBeVisible({ timeout: 120_000 })
        await expect(question.getByText('Reading the quick look')).toBeHidden()
      },
    },
  ]
}
