import { expect, type Page, test } from '@playwright/test'
import { expectAccessible } from './axe'
import { demoFiles } from './demoFiles'
import { Keyboard } from './keyboard'
import { atRest } from './screens'
import { StudioPage } from './studioPage'

declare global {
  interface Window {
    pointerPresses: number
  }
}

const SOURCES = 4
const TARGETS = 20
/** What is said of each target patch in turn; the patch that is corrected is painted first. */
const VERDICTS = ['Accepted', 'Corrected', 'Rejected', 'Unsure', 'Accepted'] as const
const KEYS = { Accepted: 'a', Corrected: 'a', Rejected: 'r', Unsure: 'u' } as const

const nameOf = (target: number) => `image_${SOURCES + 1 + target}`
const verdictOf = (target: number) => VERDICTS[target % VERDICTS.length]!

test('twenty patches reviewed by keyboard alone: corrections, undo, a reload, a second round, what it changed', async ({
  page,
}, testInfo) => {
  const files = await demoFiles(testInfo.outputPath('patches'), {
    seed: 11,
    size: 48,
    sourceCount: SOURCES,
    targetCount: TARGETS,
  })
  await page.addInitScript(() => {
    window.pointerPresses = 0
    window.addEventListener('pointerdown', () => window.pointerPresses++, { capture: true })
  })
  const studio = new StudioPage(page)
  const keyboard = new Keyboard(page)
  const selected = studio.patches.getByRole('option', { selected: true })
  await studio.open()
  await studio.engineReady()
  await expectAccessible(page, 'empty')

  await test.step('files come in', async () => {
    await studio.choose(files, () => keyboard.press('Control+o'))
    await studio.importDone()
    await expect(selected).toContainText(nameOf(0))
    await expectAccessible(page, 'patches')
  })

  await test.step('a first round of one small network', async () => {
    const models = studio.button('Models')
    await keyboard.activate(models)
    for (const family of ['Swin + U-Net', 'EffNetV2 + U-Net']) {
      await keyboard.activate(page.getByRole('checkbox', { name: family, exact: true }), 'Space')
    }
    await keyboard.fill(studio.rounds.getByRole('textbox', { name: 'Steps', exact: true }), '2')
    await keyboard.activate(studio.button('Training settings'))
    await keyboard.fill(studio.rounds.getByRole('textbox', { name: 'Micro-batch size', exact: true }), '1')
    await learn(page, studio, keyboard, 1)
  })

  /** Judges the patch on screen and waits for the next. */
  const judge = async (target: number) => {
    await expect(selected).toContainText(nameOf(target))
    await studio.idle()
    const verdict = verdictOf(target)
    if (verdict === 'Corrected') await correct(page, studio, keyboard)
    await keyboard.press(KEYS[verdict])
    if (target + 1 < TARGETS) await expect(selected).toContainText(nameOf(target + 1))
    await expect(studio.patches).toContainText(`${target + 1} of ${TARGETS} reviewed`)
  }

  await test.step('half of them judged', async () => {
    for (let target = 0; target < TARGETS / 2; target++) await judge(target)
  })

  await test.step('undo goes back over verdicts and strokes, redo brings them again', async () => {
    // Patch 9 accepted, 8 unsure, 7 rejected; 6 accepted corrected.
    for (const left of [9, 8, 7, 6]) {
      await keyboard.press('Control+z')
      await expect(studio.patches).toContainText(`${left} of ${TARGETS} reviewed`)
    }
    const painted = await studio.share(nameOf(6)).textContent()
    await keyboard.press('Control+z')
    await expect(studio.share(nameOf(6))).not.toHaveText(painted ?? '')
    await keyboard.press('Control+Shift+z')
    await expect(studio.share(nameOf(6))).toHaveText(painted ?? '')
    for (const reviewed of [7, 8, 9, 10]) {
      await keyboard.press('Control+Shift+z')
      await expect(studio.patches).toContainText(`${reviewed} of ${TARGETS} reviewed`)
    }
    await studio.saved()
  })

  await test.step('a reload in the middle finds all of it, and undo still goes back', async () => {
    await page.reload()
    await studio.engineReady()
    await expect(studio.patches).toContainText(`10 of ${TARGETS} reviewed`)
    await keyboard.press('Control+z')
    await expect(studio.patches).toContainText(`9 of ${TARGETS} reviewed`)
    await keyboard.press('Control+Shift+z')
    await expect(studio.patches).toContainText(`10 of ${TARGETS} reviewed`)
    await expectAccessible(page, 'after the reload')
  })

  await test.step('the rest', async () => {
    await keyboard.command(nameOf(10))
    for (let target = 10; target < TARGETS; target++) await judge(target)
    await expectAccessible(page, 'all reviewed')
    await keyboard.command(nameOf(6))
    await expect(selected).toContainText('Corrected')
  })

  await test.step('a second round learns from it', () => learn(page, studio, keyboard, 2))

  await test.step('what it changed is looked at', async () => {
    await studio.idle()
    for (const [overlay, words] of [
      ['Mask of a round', /round 2/i],
      ['Change between rounds', /gained/i],
      ['Round against verdict', /added/i],
    ] as const) {
      for (let press = 0; press < 6; press++) {
        if (await studio.layers.getByRole('button', { name: overlay }).count()) break
        await keyboard.press('y')
        await studio.idle()
      }
      await expect(studio.layers.getByRole('button', { name: overlay })).toBeVisible()
      await expect(studio.map.locator('.legend')).toContainText(words)
    }
    await expectAccessible(page, 'round against verdict')
    await keyboard.command('Audit log')
    const log = page.getByRole('dialog', { name: 'Audit log' })
    await expect(log.getByRole('row').nth(1)).toBeVisible()
    await expectAccessible(page, 'audit log')
    await keyboard.press('Escape')
    await expect(log).toBeHidden()
  })

  expect(await page.evaluate(() => window.pointerPresses)).toBe(0)
})

/** Starts a round by its button and waits for its record. */
async function learn(page: Page, studio: StudioPage, keyboard: Keyboard, round: number): Promise<void> {
  await keyboard.activate(studio.button('Start round'))
  await expect(studio.rounds.getByText(`Round ${round}`, { exact: true })).toBeVisible({ timeout: 600_000 })
  await expect(studio.button('Start round')).toBeEnabled()
  // The verdicts' buttons take their colours as the first map arrives.
  await atRest(page)
  await expectAccessible(page, `round ${round}`)
}

/** Two dabs of the brush, away from the middle and beside it, at the crosshair that arrow keys move. */
async function correct(page: Page, studio: StudioPage, keyboard: Keyboard): Promise<void> {
  const name = (await studio.patches
    .getByRole('option', { selected: true })
    .locator('.patch-name')
    .textContent())!
  const before = await studio.shareText(name)
  const canvas = page.getByTestId('map-canvas')
  await keyboard.press('b')
  await keyboard.tabTo(canvas)
  await keyboard.press('ArrowRight', 'Shift+ArrowRight', 'ArrowDown', 'Enter')
  await keyboard.press('Shift+ArrowLeft', 'Shift+ArrowLeft', 'Enter')
  await expect(studio.share(name)).not.toHaveText(before)
}
