import { expect, type Page, test } from '@playwright/test'
import { axe, expectAccessible } from './axe'
import { demoFiles, georeferencedTiles } from './demoFiles'
import { Keyboard } from './keyboard'
import { expectReflow } from './reflow'
import { atRest, leaveScreen, SCREENS, type Screen, STAGES, type Stage } from './screens'
import { StudioPage } from './studioPage'

/** Screens made to fit windows of 1024 and 320 pixels. */
const FITS: ReadonlySet<string> = new Set([
  'start',
  'patches',
  'custom-composite',
  'tour',
  'cheat-sheet',
  'band-statistics',
  'audit-log',
  'export',
])

/** What theme changes are colours alone, so in the second theme contrast is what is measured. */
async function expectContrast(page: Page, where: string): Promise<void> {
  const { violations } = await axe(page).withRules(['color-contrast']).analyze()
  const found = violations.flatMap(({ nodes }) => nodes.map(node => `${node.html}: ${node.failureSummary}`))
  expect.soft(found, where).toEqual([])
}

/** One screen in both themes; one that cannot be shown fails the test and stops no other. */
async function scan(screen: Screen, studio: StudioPage, keyboard: Keyboard): Promise<void> {
  const { page } = studio
  try {
    await screen.show(studio, keyboard)
    await atRest(page)
    await expectAccessible(page, `${screen.name}, dark`, screen.over)
    await page.emulateMedia({ colorScheme: 'light' })
    await atRest(page)
    await expectContrast(page, `${screen.name}, light`)
    if (FITS.has(screen.name)) await expectReflow(page, screen.name)
    await page.emulateMedia({ colorScheme: 'dark' })
    await leaveScreen(screen, studio, keyboard)
  } catch (thrown) {
    expect.soft(thrown, screen.name).toBeNull()
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.reload()
    await studio.opened()
  }
}

/** What each stage needs beside the one before it. */
async function reach(stage: Stage, studio: StudioPage, keyboard: Keyboard, folder: string): Promise<void> {
  const { page } = studio
  if (stage === 'patches') {
    const options = { seed: 11, size: 48, sourceCount: 4, targetCount: 4 }
    await studio.drop([...(await demoFiles(folder, options)), ...georeferencedTiles(folder, 48)])
    await studio.importDone()
    await page.getByRole('button', { name: /^Dismiss/ }).press('Enter')
  }
  if (stage === 'predicted') {
    await keyboard.command('Run ensemble')
    await expect(studio.share('image_5')).toHaveText(/%/, { timeout: 300_000 })
    await studio.idle()
    await keyboard.command('image_5')
    await keyboard.press('a')
  }
  if (stage === 'rounds') {
    await studio.chooseOnly('SegFormer')
    await studio.set('Steps', 1)
    for (const round of [1, 2]) {
      await studio.button('Start round').press('Enter')
      await expect(studio.rounds.getByText(`Round ${round}`, { exact: true })).toBeVisible({
        timeout: 300_000,
      })
      await expect(studio.button('Start round')).toBeEnabled()
    }
  }
}

test('every screen is accessible in both themes, asks no other host for anything, and needs no network', async ({
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
  await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' })
  await studio.open()
  await studio.engineReady()
  for (const stage of STAGES) {
    await test.step(`reach ${stage}`, () => reach(stage, studio, keyboard, testInfo.outputPath('patches')))
    for (const screen of SCREENS.filter(each => each.stage === stage)) {
      await test.step(screen.name, () => scan(screen, studio, keyboard))
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
