import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, type Page, test } from '@playwright/test'
import { MASK_STATES } from '../src/core/review/provenance'
import { breakFor } from './breakFor'
import { georeferencedTiles, unclearTile } from './demoFiles'
import type { Keyboard } from './keyboard'
import { sharedFile } from './sharedData'
import type { StudioPage } from './studioPage'

/** What has to be there before a screen can be shown, each with all before it. */
export const STAGES = ['empty', 'patches', 'predicted', 'rounds'] as const
export type Stage = (typeof STAGES)[number]

/** One state of the studio that a person meets: checked by axe, and pictured for the user guide. */
export interface Screen {
  /** File name of its picture. */
  name: string
  stage: Stage
  /** What it lays over the page, as a selector: see `ScreenAxe`. */
  over?: string
  show(studio: StudioPage, keyboard: Keyboard): Promise<unknown>
  /** How to leave it where Escape does not. */
  hide?(studio: StudioPage, keyboard: Keyboard): Promise<unknown>
}

const DIALOG = '[role=dialog], [role=alertdialog]'

/** A dialog that a command opens: a new one takes one line below. */
const dialog = (name: string, stage: Stage, command: string, title: string = command): Screen => ({
  name,
  stage,
  over: DIALOG,
  async show({ page }, keyboard) {
    await keyboard.command(command)
    await expect(dialogOf(page, title)).toBeVisible()
    // What a dialog looks up first, it has found.
    await expect(dialogOf(page, title).getByText(/^(Reading|Comparing|Loading) /)).toHaveCount(0)
  },
})

const menu = (title: string): Screen => ({
  name: `menu-${title.toLowerCase()}`,
  stage: 'patches',
  over: '[role="menu"]',
  async show(studio) {
    await studio.page
      .getByRole('toolbar', { name: 'Menus' })
      .getByRole('button', { name: title, exact: true })
      .press('Enter')
    await expect(studio.page.getByRole('menu')).toBeVisible()
  },
})

/** A state that a command switches on, and another off. */
const mode = (name: string, stage: Stage, on: string, off: string): Screen => ({
  name,
  stage,
  show: (_, keyboard) => keyboard.command(on),
  hide: (_, keyboard) => keyboard.command(off),
})

/** Keys that switch something on and, the second of the pair, off. */
const keys = (name: string, stage: Stage, on: string[], off: string[]): Screen => ({
  name,
  stage,
  show: (_, keyboard) => keyboard.press(...on),
  hide: (_, keyboard) => keyboard.press(...off),
})

/** Something that a button unfolds, and folds again. */
const unfolded = (name: string, stage: Stage, button: string | RegExp): Screen => ({
  name,
  stage,
  show: ({ page }) => page.getByRole('button', { name: button, exact: true }).press('Enter'),
  hide: async ({ page }) => {
    const control = page.getByRole('button', { name: button, exact: true })
    if ((await control.getAttribute('aria-expanded')) === 'true') await control.press('Enter')
  },
})

const plain = (name: string, stage: Stage): Screen => ({ name, stage, show: async () => undefined })

export const SCREENS: readonly Screen[] = [
  plain('start', 'empty'),
  plain('patches', 'patches'),
  ...['Project', 'Edit', 'View', 'Review', 'Rounds', 'Help'].map(menu),
  keys('palette', 'patches', ['Control+k'], []),
  dialog('cheat-sheet', 'patches', 'Keyboard shortcuts'),
  dialog('tour', 'patches', 'Take the tour', 'The queue'),
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
    over: DIALOG,
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
    over: DIALOG,
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
    over: DIALOG,
    async show({ page }, keyboard) {
      await keyboard.command('Import report')
      await page.getByRole('button', { name: 'Choose value scale…' }).press('Enter')
      await expect(dialogOf(page, 'Choose value scale')).toBeVisible()
    },
  },
  ...addScene(),
  {
    name: 'find-patches',
    stage: 'predicted',
    show: (_, keyboard) => keyboard.press('/'),
    async hide({ page }, keyboard) {
      const field = page.getByRole('group', { name: 'Filters' }).getByRole('searchbox', { name: 'Name' })
      // A narrower window took the focus; the palette opens from the field, too.
      await field.focus()
      await keyboard.command('Find patches')
      await expect(field).toBeHidden()
    },
  },
  keys('inspect', 'predicted', ['i'], ['i']),
  keys('custom-composite', 'patches', ['Shift+Digit7'], ['Shift+Digit1']),
  keys('index', 'patches', ['Shift+Digit8'], ['Shift+Digit1']),
  keys('slope', 'patches', ['Shift+Digit5'], ['Shift+Digit1']),
  keys('note', 'patches', ['n'], ['Escape']),
  keys('polygon', 'patches', ['p'], ['v']),
  keys('fill', 'patches', ['g'], ['v']),
  {
    name: 'large-fill',
    stage: 'predicted',
    over: DIALOG,
    async show({ page }, keyboard) {
      await keyboard.press('g')
      await page.getByRole('slider', { name: 'Tolerance' }).press('End')
      await page.getByTestId('map-canvas').click()
      await expect(dialogOf(page, /^Fill \d+ % of this patch/)).toBeVisible()
    },
    hide: (_, keyboard) => keyboard.press('v'),
  },
  unfolded('engine', 'patches', /^Engine:/),
  unfolded('models', 'patches', 'Models'),
  plain('review', 'predicted'),
  {
    name: 'brush',
    stage: 'predicted',
    async show({ page }, keyboard) {
      await keyboard.press('b')
      await page.getByRole('button', { name: 'Limit edits' }).press('Enter')
    },
    async hide({ page }, keyboard) {
      await page.getByRole('button', { name: 'Limit edits' }).press('Enter')
      await keyboard.press('v')
    },
  },
  keys('probability', 'predicted', ['o'], ['o']),
  keys('disagreement', 'predicted', ['o', 'y'], ['o']),
  keys('landslide', 'predicted', ['f'], []),
  {
    name: 'landslides-table',
    stage: 'predicted',
    async show({ page }, keyboard) {
      await keyboard.press('Shift+L')
      await expect(page.getByRole('grid', { name: 'Landslides table' }).getByRole('row')).not.toHaveCount(0)
      await expect(page.getByText(/^[\d,]+ (of [\d,]+ )?landslides?/)).toBeVisible()
    },
    hide: (_, keyboard) => keyboard.press('Shift+L'),
  },
  mode('swipe', 'predicted', 'Swipe', 'Single patch'),
  mode('side-by-side', 'predicted', 'Side by side', 'Single patch'),
  {
    name: 'bulk-accept',
    stage: 'predicted',
    over: DIALOG,
    async show({ page }, keyboard) {
      await keyboard.command('Accept in bulk')
      const bulk = dialogOf(page, 'Accept in bulk')
      await expect(bulk.getByText(/unreviewed patches\.$/)).toBeVisible()
      // Nothing is selected until a person does.
      await expect(bulk.getByRole('option', { selected: true })).toHaveCount(0)
      await expect(bulk.getByRole('button', { name: 'Accept selected' })).toBeDisabled()
    },
  },
  ...pointAudit(),
  dialog('reviewer', 'predicted', 'Reviewer name'),
  dialog('audit-log', 'predicted', 'Audit log'),
  {
    name: 'export',
    stage: 'predicted',
    over: DIALOG,
    async show({ page }, keyboard) {
      await keyboard.command('Export')
      const states = dialogOf(page, 'Export')
        .getByRole('group', { name: 'Include masks' })
        .getByRole('checkbox')
      await expect(states).toHaveCount(MASK_STATES.length)
      // There is a mask of every kind.
      for (const state of await states.all()) await expect(state).toBeEnabled()
    },
  },
  {
    name: 'rounds',
    stage: 'rounds',
    async show({ page, rounds }) {
      // Each leaves the list as it is dismissed, and some by themselves.
      const notices = page.getByRole('button', { name: 'Dismiss message' })
      await expect(async () => {
        if ((await notices.count()) > 0) await notices.first().press('Enter', { timeout: 1000 })
        await expect(notices).toHaveCount(0, { timeout: 100 })
      }).toPass()
      await rounds.getByRole('img', { name: /^Held-out scores/ }).evaluate(chart => chart.scrollIntoView())
    },
  },
  {
    name: 'round-difference',
    stage: 'rounds',
    show: ({ page }) =>
      page.getByRole('button', { name: 'Show on the map what round 2 changed' }).press('Enter'),
    hide: (_, keyboard) => keyboard.press('o'),
  },
  {
    name: 'compare-rounds',
    stage: 'rounds',
    over: DIALOG,
    async show({ page }, keyboard) {
      await keyboard.command('Compare rounds')
      const pictures = dialogOf(page, 'Compare rounds').getByRole('listbox').getByRole('option')
      // Drawn, and with the focus on the one that changed most.
      await expect(pictures.locator('svg')).toHaveCount(await pictures.count())
      await expect(pictures.first()).toBeFocused()
    },
  },
  {
    name: 'dialog-failure',
    stage: 'rounds',
    over: DIALOG,
    async show({ page }, keyboard) {
      await breakFor(page, 'Date', async () => {
        await keyboard.command('Audit log')
        await expect(dialogOf(page, 'This window could not be opened')).toBeVisible()
      })
    },
  },
  {
    name: 'studio-failure',
    stage: 'rounds',
    async show({ page }) {
      await breakFor(page, 'Number', async () => {
        await page.getByRole('button', { name: 'Choose patches to predict' }).press('Enter')
        await expect(page.getByRole('heading', { name: 'Scarp ran into an error' })).toBeVisible()
      })
    },
    async hide(studio) {
      await studio.button('Reload').press('Enter')
      await studio.opened()
    },
  },
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

function dialogOf(page: Page, title: string | RegExp) {
  return page.getByRole('dialog', { name: title }).or(page.getByRole('alertdialog', { name: title }))
}

/** Goes from a screen back to the studio as it was. */
export async function leaveScreen(screen: Screen, studio: StudioPage, keyboard: Keyboard): Promise<void> {
  const open = studio.page.locator('[role=dialog], [role=alertdialog], [role=menu]')
  for (let left = await open.count(); left > 0; left = await open.count()) {
    await keyboard.press('Escape')
    // Pressed once more than there is to close, it would reach the studio behind.
    await expect.poll(() => open.count()).toBeLessThan(left)
  }
  await screen.hide?.(studio, keyboard)
}

/** The question about a dropped scene; none where the real pixels are not there. */
function addScene(): Screen[] {
  const files = ['s2_l1c_slovenia_13band_0.tif', 'dem_slovenia.tif'].map(name => sharedFile(`scenes/${name}`))
  if (!files.every(file => file !== null)) return []
  return [
    {
      name: 'add-scene',
      stage: 'patches',
      over: DIALOG,
      async show(studio) {
        await studio.drop(files)
        const question = dialogOf(studio.page, 'Add scene')
        await expect(question.getByText('1 cell')).toBeVisible({ timeout: 120_000 })
        await expect(question.getByText('Reading the quick look')).toBeHidden()
      },
    },
  ]
}

/** An audit by points: planned, on its first point, and what came of it. */
function pointAudit(): Screen[] {
  return [
    {
      name: 'audit-plan',
      stage: 'predicted',
      over: DIALOG,
      async show({ page }, keyboard) {
        await keyboard.command('Audit accuracy')
        const plan = dialogOf(page, 'Audit accuracy').getByRole('table', { name: 'Points by stratum' })
        await expect(plan).toBeVisible({ timeout: 120_000 })
      },
    },
    {
      name: 'audit-point',
      stage: 'predicted',
      async show({ page }, keyboard) {
        await keyboard.command('Audit accuracy')
        const plan = dialogOf(page, 'Audit accuracy')
        await plan.getByRole('textbox', { name: 'Points' }).fill('12')
        await plan.getByRole('textbox', { name: 'Points' }).press('Tab')
        await plan.getByRole('button', { name: /^Draw \d+ points and begin$/ }).press('Enter')
        await expect(page.getByText('Point 1 of 12')).toBeVisible({ timeout: 120_000 })
        await keyboard.press('l', 'n', 'u', 'e')
        await expect(page.getByText('Overall accuracy')).toBeVisible()
      },
      hide: (_, keyboard) => keyboard.press('Shift+q'),
    },
    {
      name: 'audit-results',
      stage: 'predicted',
      over: DIALOG,
      async show({ page }, keyboard) {
        await keyboard.command('Audit accuracy')
        await dialogOf(page, 'Audit accuracy')
          .getByRole('button', { name: /^Results of / })
          .press('Enter')
        await expect(dialogOf(page, 'Audit results').getByText('Points: map by reviewer')).toBeVisible()
      },
    },
  ]
}

/** Paints a stroke across a patch and leaves it without a verdict. */
export async function paintOne(studio: StudioPage, keyboard: Keyboard, name: string): Promise<void> {
  await keyboard.command(name)
  await studio.idle()
  const before = await studio.shareText(name)
  await keyboard.press('b')
  await studio.stroke([0.4, 0.5], [0.6, 0.5])
  await expect(studio.share(name)).not.toHaveText(before)
  await keyboard.press('v')
}

/** Animations at their end: a colour half way would be measured, or pictured, half way. */
export async function atRest(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const pause = () => new Promise(done => setTimeout(() => requestAnimationFrame(done), 40))
    const moving = ({ playState, effect }: Animation) =>
      playState === 'running' && Number.isFinite(effect?.getTiming().iterations)
    // A change of theme begins its transitions some frames later: at rest is what has been still for a while.
    let still = 0
    for (let look = 0; look < 60 && still < 6; look++) {
      await pause()
      still = document.getAnimations().some(moving) ? 0 : still + 1
    }
  })
}
