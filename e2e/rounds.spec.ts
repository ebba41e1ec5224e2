import { expect, test } from '@playwright/test'
import { expectAccessible } from './axe'
import { saveEachStep } from './saveEachStep'
import { StudioPage } from './studioPage'

/** More than are taken from the first save until the page is closed. */
const STEPS = process.env.SCARP_HARDWARE_GPU ? 1000 : 30

/** The demo, one network, small batches: a round that a software adapter finishes soon. */
async function ready(studio: StudioPage, steps: number): Promise<void> {
  await studio.open()
  await studio.engineReady()
  await studio.button('Open demo').click()
  await studio.importDone()
  await studio.chooseOnly('SegFormer')
  await studio.set('Steps', steps)
  await studio.button('Training settings').click()
  await studio.set('Micro-batch size', 1)
}

test('a page closed in the middle of training is opened again, resumes the round and finishes it', async ({
  page,
  context,
}) => {
  const studio = new StudioPage(page)
  await context.addInitScript(saveEachStep)
  await ready(studio, STEPS)
  await studio.button('Start round').click()
  await expect(studio.rounds.getByText(/saved at step \d+/)).toBeVisible({ timeout: 300_000 })
  const saved = Number(/saved at step (\d+)/.exec((await studio.rounds.textContent())!)![1])
  console.log(`closed after the state of step ${saved} was saved`)
  await page.close()

  const again = new StudioPage(await context.newPage())
  await again.open()
  await expect(again.rounds.getByText(/is unfinished/)).toBeVisible()
  // One more step may have been saved before the page was gone.
  const step = new RegExp(`step (\\d+) of ${STEPS}`)
  await expect(again.rounds).toContainText(step)
  const found = Number(step.exec((await again.rounds.textContent())!)![1])
  expect(found).toBeGreaterThanOrEqual(saved)
  expect(found).toBeLessThan(STEPS)
  // In view wherever the panels are scrolled to.
  const offer = again.page.getByRole('region', { name: 'Unfinished round' })
  await expect(offer.getByRole('button', { name: 'Resume round' })).toBeEnabled({ timeout: 120_000 })
  await expectAccessible(again.page, 'unfinished round')
  await offer.getByRole('button', { name: 'Resume round' }).click()
  await expect(
    again.page.getByRole('button', { name: /^Show rounds: Training SegFormer, step/ }),
  ).toBeVisible({
    timeout: 120_000,
  })
  await expect(again.rounds.getByText('Round 1', { exact: true })).toBeVisible({ timeout: 300_000 })
  await again.rounds.getByRole('button', { name: /^Notes/ }).click()
  await expect(again.rounds).toContainText(/resumed/i)
  await expect(again.button('Start round')).toBeEnabled()
})

test('a round is paused, kept over a reload, and discarded after a question; its dialogs are accessible', async ({
  page,
}) => {
  const studio = new StudioPage(page)
  await ready(studio, 100)
  await studio.button('Estimate memory').click()
  await expect(studio.rounds.getByText(/MB at most, one network at a time/)).toBeVisible({ timeout: 60_000 })
  await expectAccessible(page, 'settings')

  await studio.button('Band statistics').click()
  const bands = page.getByRole('dialog', { name: 'Band statistics' })
  await expect(bands.getByRole('region', { name: 'Distribution guard' })).toContainText(
    'Target against source',
  )
  await bands.getByRole('button', { name: /^B1 Coastal aerosol: Source/ }).focus()
  await page.keyboard.press('ArrowRight')
  await expect(bands.getByRole('button', { name: /^B2 Blue/ })).toBeFocused()
  await bands.getByRole('button', { name: /^Values/ }).click()
  await expect(bands.getByRole('row')).toHaveCount(15)
  await expectAccessible(page, 'band statistics')
  await bands.getByRole('button', { name: 'Close' }).click()

  await studio.button('Start round').click()
  await expect(studio.rounds.getByText(/Training .*step [1-9]\d* of/)).toBeVisible({ timeout: 300_000 })
  await studio.button('Pause').click()
  await expect(studio.rounds.getByRole('button', { name: 'Resume round' })).toBeVisible({ timeout: 120_000 })
  await page.reload()
  const discard = studio.rounds.getByRole('button', { name: 'Discard' })
  await expect(discard).toBeEnabled({ timeout: 60_000 })
  await discard.click()
  const question = page.getByRole('alertdialog', { name: 'Discard round 1?' })
  await expectAccessible(page, 'question')
  await question.getByRole('button', { name: 'Discard round' }).click()
  await expect(studio.button('Start round')).toBeEnabled({ timeout: 120_000 })

  // Enough to change some masks, for the comparison to show.
  await studio.set('Steps', 3)
  for (const round of [1, 2]) {
    await studio.button('Start round').click()
    await expect(studio.rounds.getByText(`Round ${round}`, { exact: true })).toBeVisible({ timeout: 300_000 })
  }
  await expect(studio.rounds).toContainText(/gained, .* lost since the previous maps/)
  // The comparison opens on pictures of what changed; keys go along them, and to the patch on the map.
  await studio.button('Compare rounds').click()
  const comparison = page.getByRole('dialog', { name: 'Compare rounds' })
  await expect(comparison).toContainText('same settings')
  const pictures = comparison.getByRole('listbox').getByRole('option')
  await expect(pictures.first()).toBeFocused()
  await expect(pictures.first()).toContainText(/\d+ pixels? changed, .* %.*\d+ landslides? /)
  await page.keyboard.press('ArrowRight')
  const chosen = pictures.nth(1)
  await expect(chosen).toBeFocused()
  const name = await chosen.locator('strong').innerText()
  await page.keyboard.press('Enter')
  await expect(comparison).toBeHidden()
  await expect(studio.row(name)).toHaveAttribute('aria-selected', 'true')
  await expect(studio.map).toContainText(/Round 1 to round 2, at 0\.\d\d/)

  // Back to the first round: its map is there again, and the next one goes on from it.
  await studio.button('Use round 1').click()
  await expect(page.getByText(/^Round 1 is in use: the next round continues/)).toBeVisible({
    timeout: 60_000,
  })
  await page.reload()
  await studio.opened()
  await expect(studio.button('Start round')).toBeEnabled({ timeout: 120_000 })
  await studio.button('Start round').click()
  await expect(studio.rounds.getByText('Round 3', { exact: true })).toBeVisible({ timeout: 300_000 })
  await expect(studio.rounds).toContainText('Continued from round 1')
})
