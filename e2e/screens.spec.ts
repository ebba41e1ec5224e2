import { expect, type Page, test } from '@playwright/test'
import { DIALOGS } from '../src/state/shell/slice'
import { ScreenAxe } from './axe'
import { demoFiles, georeferencedTiles } from './demoFiles'
import { Keyboard } from './keyboard'
import { expectReflow, FULL, PHONE, SMALL_LAPTOP, ZOOMED } from './reflow'
import { leaveScreen, paintOne, SCREENS } from './screens'
import { DIALOG, dismissNotices, type Screen, STAGES, type Stage } from './screens/screen'
import { StudioPage } from './studioPage'

/** SCARP_SCREENS names the screens wanted, all by default. */
const wanted = process.env.SCARP_SCREENS?.split(',')

/** How a screen is looked at besides the full window, one after another: axe at two widths, reflow at each. */
const NARROWER = [
  { size: SMALL_LAPTOP, width: '1024 wide', withAxe: true },
  { size: ZOOMED, width: '200 % zoom', withAxe: false },
  { size: PHONE, width: '320 wide', withAxe: true },
] as const

/**
 * One screen, shown once: all rules in the full window, and at each width and in each theme those whose findings may
 * differ there. Widths are gone through down in one theme and up in the other, since every change of either lays out,
 * and draws the map, once more. A screen that cannot be shown fails the test and stops no other.
 */
async function scan(screen: Screen, studio: StudioPage, keyboard: Keyboard, axe: ScreenAxe): Promise<void> {
  const { page } = studio
  const { name, dialog, over = dialog && DIALOG } = screen
  const still = (width: string, theme: string, layout: boolean) =>
    axe.expectStillAccessible(`${name}, ${width}, ${theme}`, `${width}/${theme}`, { layout, over })
  try {
    await screen.show(studio, keyboard)
    await drawn(page)
    if (dialog) await expect(page.locator(`[data-dialog="${dialog}"]`)).toBeVisible()
    await axe.expectAccessible(`${name}, dark`, 'dark', over)
    for (const { size, width, withAxe } of NARROWER) {
      await page.setViewportSize(size)
      await expectReflow(page, `${name}, ${width}`)
      if (withAxe) await still(width, 'dark', true)
    }
    await page.emulateMedia({ colorScheme: 'light' })
    for (const { size, width, withAxe } of NARROWER.toReversed()) {
      if (!withAxe) continue
      await page.setViewportSize(size)
      await drawn(page)
      await still(width, 'light', false)
    }
    await page.setViewportSize(FULL)
    await drawn(page)
    await still('full', 'light', false)
    await page.emulateMedia({ colorScheme: 'dark' })
    await leaveScreen(screen, studio, keyboard)
  } catch (thrown) {
    expect.soft(thrown, name).toBeNull()
    await page.setViewportSize(FULL)
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.reload()
    await studio.opened()
  }
}

/** Laid out at the new size: within a frame, since nothing moves here, where reduced motion is asked for. */
async function drawn(page: Page): Promise<void> {
  await page.evaluate(() => new Promise(done => requestAnimationFrame(() => setTimeout(done))))
}

/** What each stage needs beside the one before it. */
async function reach(stage: Stage, studio: StudioPage, keyboard: Keyboard, folder: string): Promise<void> {
  const { page } = studio
  if (stage === 'patches') {
    const options = { seed: 11, size: 48, sourceCount: 4, targetCount: 4 }
    await studio.drop([...(await demoFiles(folder, options)), ...georeferencedTiles(folder, 48)])
    await studio.importDone()
    await dismissNotices(page)
  }
  if (stage === 'predicted') {
    await keyboard.command('Run ensemble')
    await expect(studio.share('image_5')).toHaveText(/%/, { timeout: 300_000 })
    await studio.idle()
    // One mask of every kind, for the export to choose from; last an accepted one, which rounds learn from.
    await paintOne(studio, keyboard, 'event_A')
    for (const name of ['event_B', 'image_1']) {
      await paintOne(studio, keyboard, name)
      await keyboard.press('a')
    }
    for (const [name, key] of [
      ['image_6', 'r'],
      ['image_7', 'u'],
      ['image_5', 'a'],
    ] as const) {
      await keyboard.command(name)
      await studio.idle()
      await keyboard.press(key)
    }
  }
  if (stage === 'rounds') {
    await studio.chooseOnly('SegFormer')
    // Enough to change some masks, for the comparison to show.
    await studio.set('Steps', 3)
    for (const round of [1, 2]) {
      await studio.button('Start round').press('Enter')
      await expect(studio.rounds.getByText(`Round ${round}`, { exact: true })).toBeVisible({
        timeout: 300_000,
      })
      await expect(studio.button('Start round')).toBeEnabled()
    }
  }
}

test('every dialog of the studio is one of the screens', () => {
  const shown = new Set(SCREENS.map(({ dialog }) => dialog))
  expect(DIALOGS.filter(id => !shown.has(id))).toEqual([])
})

test('every screen is accessible and fits at every width in both themes, and asks no other host for anything', async ({
  page,
  context,
  baseURL,
}, testInfo) => {
  const foreign: string[] = []
  context.on('request', request => {
    const address = new URL(request.url())
    if (!['data:', 'blob:'].includes(address.protocol) && address.origin !== baseURL)
      foreign.push(request.url())
  })
  const studio = new StudioPage(page)
  const keyboard = new Keyboard(page)
  const axe = new ScreenAxe(page)
  await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' })
  await studio.open()
  await studio.engineReady()
  const screens = SCREENS.filter(({ name }) => wanted?.includes(name) ?? true)
  const last = Math.max(...screens.map(({ stage }) => STAGES.indexOf(stage)))
  for (const stage of STAGES.slice(0, last + 1)) {
    await test.step(`reach ${stage}`, () => reach(stage, studio, keyboard, testInfo.outputPath('patches')))
    for (const screen of screens.filter(each => each.stage === stage)) {
      await test.step(screen.name, () => scan(screen, studio, keyboard, axe))
    }
  }
  expect(foreign).toEqual([])
  expect(await studio.policyViolations()).toEqual([])
})

test('after the first visit it opens, reads and predicts without a network', async ({
  page,
  context,
}, testInfo) => {
  const studio = new StudioPage(page)
  await studio.open()
  // The first visit itself: the worker takes it over once it has every file.
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null, null, { timeout: 120_000 })
  await context.setOffline(true)
  await studio.button('Keyboard shortcuts').click()
  await expect(page.getByRole('dialog')).toBeVisible()
  await page.keyboard.press('Escape')
  await page.reload()
  await studio.engineReady()
  const options = { seed: 11, size: 48, sourceCount: 0, targetCount: 1 }
  await studio.drop(await demoFiles(testInfo.outputPath('patches'), options))
  await studio.importDone()
  await studio.button('Run ensemble').click()
  await expect(studio.share('image_1')).toHaveText(/%/, { timeout: 300_000 })
})
