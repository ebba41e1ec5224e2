import { type CDPSession, expect, type Locator, type Page, test } from '@playwright/test'
import { demoFiles } from './demoFiles'
import { Keyboard } from './keyboard'
import { StudioPage } from './studioPage'

const TARGETS = 60
/** What is said of each patch in turn; one that is corrected is painted first. */
const VERDICTS = ['Accepted', 'Corrected', 'Rejected', 'Unsure', 'Accepted'] as const
const BUTTONS = { Accepted: 'Accept', Corrected: 'Accept', Rejected: 'Reject', Unsure: 'Unsure' } as const

/** Predicted once, by one network, for all three sessions. */
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

/** Goes through all sixty, and finds every verdict after a reload: the export counts them. */
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
  await studio.button('Export').press('Enter')
  const counted = studio.page.getByRole('group', { name: 'Include masks' })
  for (const verdict of new Set(VERDICTS)) {
    const count = (TARGETS / VERDICTS.length) * VERDICTS.filter(one => one === verdict).length
    await expect(counted).toContainText(`${verdict}${count}`)
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

test('sixty patches reviewed by mouse', async ({ page }) => {
  const studio = await opened(page)
  await studio.button('Brush').click()
  await review(studio, {
    judge: verdict => studio.button(BUTTONS[verdict]).click(),
    paint: () => studio.stroke([0.3, 0.4], [0.7, 0.6]),
  })
})

test.describe('with a touch screen', () => {
  test.use({ hasTouch: true })

  test('sixty patches reviewed by touch; two fingers pan and zoom and paint nothing', async ({ page }) => {
    const studio = await opened(page)
    const fingers = await page.context().newCDPSession(page)
    const canvas = page.getByTestId('map-canvas')
    await studio.button('Brush').tap()
    await test.step('two fingers', async () => {
      const zoom = studio.map.getByText(/^[\d,]+ %$/)
      const before = [await zoom.textContent(), await studio.shareText('image_1')]
      const apart: readonly Place[] = [
        [0.25, 0.6],
        [0.75, 0.6],
      ]
      await touch(
        fingers,
        canvas,
        [
          [0.45, 0.5],
          [0.55, 0.5],
        ],
        apart,
      )
      await expect(zoom).not.toHaveText(before[0]!)
      await expect(studio.share('image_1')).toHaveText(before[1]!)
      await expect(studio.button('Undo')).toBeDisabled()
      await page.keyboard.press('0')
      await expect(zoom).toHaveText(before[0]!)
    })
    await review(studio, {
      judge: verdict => studio.button(BUTTONS[verdict]).tap(),
      paint: () => touch(fingers, canvas, [[0.3, 0.4]], [[0.7, 0.6]]),
    })
  })
})

type Place = readonly [number, number]

/** Fingers put down on an element, moved and lifted; places in shares of its width and height. */
async function touch(
  session: CDPSession,
  on: Locator,
  from: readonly Place[],
  to: readonly Place[],
): Promise<void> {
  const box = (await on.boundingBox())!
  const at = (places: readonly Place[]) =>
    places.map(([x, y], id) => ({ x: box.x + x * box.width, y: box.y + y * box.height, id }))
  const send = (type: 'touchStart' | 'touchMove' | 'touchEnd', places: readonly Place[]) =>
    session.send('Input.dispatchTouchEvent', { type, touchPoints: at(places) })
  await send('touchStart', from)
  const STEPS = 8
  for (let step = 1; step <= STEPS; step++) {
    const share = step / STEPS
    await send(
      'touchMove',
      from.map(([x, y], index) => {
        const [endX, endY] = to[index]!
        return [x + share * (endX - x), y + share * (endY - y)] as const
      }),
    )
  }
  await send('touchEnd', [])
}
