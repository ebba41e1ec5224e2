import { expect, type Page, test } from '@playwright/test'
import { demoFiles } from './demoFiles'
import { Keyboard } from './keyboard'
import { StudioPage } from './studioPage'

const TARGETS = 60
/** What is said of each patch in turn; one that is corrected is painted first. */
const VERDICTS = ['Accepted', 'Corrected', 'Rejected', 'Unsure', 'Accepted'] as const

/** Predicted once, by one network. */
let archive = ''

test.beforeAll(async ({ browser }, testInfo) => {
  test.setTimeout(10 * 60_000)
  const page = await browser.newPage()
  const studio = new StudioPage(page)
  const keyboard = new Keyboard(page)
  const options = { seed: 5, size: 32, sourceCount: 0, targetCount: TARGETS }
  await studio.open()
  await studio.engineReady()
  await studio.drop(await demoFiles(testInfo.outputPath('patches'), options))
  await studio.importDone()
  await studio.button('Models').press('Enter')
  const predicting = page.getByRole('checkbox', { name: /^Predict with / })
  await expect(predicting.first()).toBeChecked()
  for (const other of (await predicting.all()).slice(1)) await other.press('Space')
  await keyboard.command('Run ensemble')
  await expect(studio.share('image_1')).toHaveText(/%/, { timeout: 300_000 })
  await studio.idle()
  await studio.saved()
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    keyboard.command('Save project archive'),
  ])
  archive = testInfo.outputPath('sixty.zip')
  await download.saveAs(archive)
  await page.close()
})

/** How a person works through the queue: judges the patch on screen, and paints on it before. */
interface Hand {
  judge(verdict: (typeof VERDICTS)[number]): Promise<unknown>
  paint(): Promise<unknown>
}

async function opened(page: Page): Promise<StudioPage> {
  const studio = new StudioPage(page)
  await studio.open()
  await studio.choose(archive, () => new Keyboard(page).command('Open project archive'))
  await page.getByRole('button', { name: /^(Replace project|Open)$/ }).press('Enter')
  await expect(studio.patches).toContainText(`0 of ${TARGETS} reviewed`, { timeout: 120_000 })
  await studio.idle()
  return studio
}

/** Goes through all sixty, and finds every verdict after a reload. */
async function review(studio: StudioPage, hand: Hand): Promise<void> {
  const selected = studio.patches.getByRole('option', { selected: true })
  for (let target = 0; target < TARGETS; target++) {
    const name = `image_${target + 1}`
    const verdict = VERDICTS[target % VERDICTS.length]!
    await expect(selected).toContainText(name)
    await studio.idle()
    if (verdict === 'Corrected') {
      const before = await studio.shareText(name)
      await hand.paint()
      await expect(studio.share(name)).not.toHaveText(before)
    }
    await hand.judge(verdict)
    await expect(studio.patches).toContainText(`${target + 1} of ${TARGETS} reviewed`)
  }
  await studio.saved()
  await studio.page.reload()
  await studio.opened()
  await expect(studio.patches).toContainText(`${TARGETS} of ${TARGETS} reviewed`)
  for (const [at, verdict] of VERDICTS.entries()) {
    await new Keyboard(studio.page).command(`image_${at + 1}`)
    await expect(selected).toContainText(verdict)
  }
}

test('sixty patches reviewed by keyboard', async ({ page }) => {
  const studio = await opened(page)
  const keyboard = new Keyboard(page)
  const canvas = page.getByTestId('map-canvas')
  await page.evaluate(() => {
    window.addEventListener('pointerdown', () => window.policyViolations.push('a pointer was used'), true)
  })
  await review(studio, {
    judge: verdict => keyboard.press({ Accepted: 'a', Corrected: 'a', Rejected: 'r', Unsure: 'u' }[verdict]),
    async paint() {
      await keyboard.press('b')
      await keyboard.tabTo(canvas)
      // At the crosshair and beside it, so that one of the two changes something.
      await keyboard.press('ArrowRight', 'Enter', 'Shift+ArrowLeft', 'Enter')
    },
  })
  expect(await studio.policyViolations()).toEqual([])
})
