import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, type Locator, type Page, test } from '@playwright/test'
import { l4sImage, l4sMask } from '../src/cli/node/l4sFiles'
import type { AuditEntry } from '../src/core/review/auditLog'
import { roundFixture } from '../src/core/review/records.testing'
import type { RoundRecord } from '../src/core/rounds/round'
import { demoProject } from '../src/core/synthetic/demoProject'
import { expectAccessible } from './axe'
import { Keyboard } from './keyboard'
import { StudioPage } from './studioPage'

/** Elements that a list of any length may have: a screenful of rows and their cells. */
const MOST_ELEMENTS = 400

test('thousands of landslides: the page holds a screenful, and the last is reached by keys and by wheel', async ({
  page,
}, testInfo) => {
  const studio = new StudioPage(page)
  await studio.open()
  await studio.drop(await speckledPatch(testInfo.outputPath('patches'), 90))
  await studio.importDone()
  const list = page.getByRole('listbox', { name: 'Landslides of this mask' })
  const option = (number: number) => list.getByRole('option', { name: new RegExp(`^Landslide ${number}:`) })
  await expect(page.getByRole('region', { name: 'Landslides' })).toContainText('2025')
  await page.getByRole('radio', { name: 'Position' }).press('Space')
  await expect(option(1)).toBeVisible()
  expect(await elementsIn(list)).toBeLessThan(MOST_ELEMENTS)
  await expectAccessible(page, 'thousands of landslides')

  await new Keyboard(page).tabTo(list.getByRole('option').first())
  await page.keyboard.press('End')
  await expect(option(2025)).toBeFocused()
  await page.keyboard.press('Space')
  await expect(option(2025)).toHaveAttribute('aria-selected', 'true')
  await expect(option(2025)).toHaveAttribute('aria-posinset', '2025')
  await expect(option(2025)).toHaveAttribute('aria-setsize', '2025')
  expect(await elementsIn(list)).toBeLessThan(MOST_ELEMENTS)

  await page.keyboard.press('Home')
  await expect(option(1)).toBeFocused()
  await scrollToEnd(page, list, option(2024))
  await option(2024).click()
  await expect(option(2024)).toHaveAttribute('aria-selected', 'true')

  await test.step('what a command selects comes into sight', async () => {
    await page.keyboard.press('f')
    await page.keyboard.press('f')
    await expect(option(1)).toHaveAttribute('aria-selected', 'true')
    await expect(option(1)).toBeInViewport()
    expect(await elementsIn(list)).toBeLessThan(MOST_ELEMENTS)
  })
})

test('thousands of log entries: the page holds a screenful, and the first is reached by keys and by wheel', async ({
  page,
}) => {
  const studio = new StudioPage(page)
  const keyboard = new Keyboard(page)
  await studio.open()
  await page.evaluate(writeLog, 3000)
  await keyboard.command('Audit log')
  const dialog = page.getByRole('dialog', { name: 'Audit log' })
  const row = (number: number) => dialog.getByRole('row', { name: new RegExp(`^Event ${number}\\b`) })
  await expect(row(3000)).toBeVisible()
  await expect(row(3000)).toContainText('· Ana')
  await expect(row(2999)).not.toContainText('Ana')
  await expect(dialog).toContainText('3,000 entries')
  expect(await elementsIn(dialog)).toBeLessThan(MOST_ELEMENTS)
  await expectAccessible(page, 'thousands of log entries')
  await expect(dialog.getByRole('gridcell').nth(1)).toHaveText(/Event 2999 Threshold 0\.50$/)
  expect(await leftOf(row(2999).getByText('0.50'))).toBe(await leftOf(dialog.getByText('Threshold').first()))

  await keyboard.tabTo(row(3000))
  await page.keyboard.press('End')
  await expect(row(1)).toBeFocused()
  await expect(row(1)).toBeInViewport()
  expect(await elementsIn(dialog)).toBeLessThan(MOST_ELEMENTS)

  await page.keyboard.press('Home')
  await expect(row(3000)).toBeFocused()
  // Rows above that were never measured make the list longer as it is scrolled over them.
  await scrollToEnd(page, dialog.getByRole('grid'), row(1))

  await test.step('thousands of rounds are listed by and by, and unfold at once', async () => {
    await page.evaluate(writeRounds, roundFixture())
    await page.reload()
    await studio.opened()
    await expect(studio.rounds).toContainText('3000 so far')
    expect(await elementsIn(studio.rounds)).toBeLessThan(2500)
    const line = studio.rounds.getByRole('button', { name: /^Round 2999\b/ })
    await line.click()
    await expect(line).toHaveAttribute('aria-expanded', 'true')
    await keyboard.activate(studio.button('Show earlier rounds (2,970)'))
    await expect(studio.rounds.getByRole('button', { name: /^Round 2945\b/ })).toBeVisible()
  })
})

/** In the page: three thousand rounds, as a stranger's archive may hold. */
async function writeRounds(round: RoundRecord): Promise<void> {
  const request = indexedDB.open('scarp')
  await new Promise((done, failed) => {
    request.onsuccess = done
    request.onerror = failed
  })
  const transaction = request.result.transaction('rounds', 'readwrite')
  for (let index = 1; index <= 3000; index++)
    transaction.objectStore('rounds').add({ ...round, id: `round-${index}`, index })
  await new Promise((done, failed) => {
    transaction.oncomplete = done
    transaction.onerror = failed
  })
  request.result.close()
}

function elementsIn(place: Locator): Promise<number> {
  return place.evaluate(element => element.querySelectorAll('*').length)
}

async function leftOf(place: Locator): Promise<number | undefined> {
  return (await place.boundingBox())?.x
}

async function scrollToEnd(page: Page, list: Locator, last: Locator): Promise<void> {
  // A list that brings its focused row into sight meanwhile takes a turn of the wheel back, as it would from a person.
  await expect(async () => {
    await list.hover()
    await page.mouse.wheel(0, 1_000_000)
    await expect(last).toBeInViewport({ timeout: 3000 })
  }).toPass({ timeout: 60_000 })
}

/** A labelled patch of side x side pixels, every other pixel of every other line a landslide of its own. */
async function speckledPatch(folder: string, side: number): Promise<string[]> {
  mkdirSync(folder, { recursive: true })
  const [patch] = demoProject(5, { size: side, sourceCount: 1, targetCount: 0 })
  if (!patch) throw new Error('The generator gave no patch.')
  const label = Uint8Array.from({ length: side * side }, (_, index) =>
    index % 2 === 0 && Math.floor(index / side) % 2 === 0 ? 1 : 0,
  )
  const paths = [join(folder, 'image_1.h5'), join(folder, 'mask_1.h5')]
  writeFileSync(paths[0]!, await l4sImage(patch))
  writeFileSync(paths[1]!, await l4sMask(label, side, side))
  return paths
}

/** In the page: entries as a session of weeks leaves them, every tenth too long for one line. */
async function writeLog(count: number): Promise<void> {
  const request = indexedDB.open('scarp')
  await new Promise((done, failed) => {
    request.onsuccess = done
    request.onerror = failed
  })
  const transaction = request.result.transaction('auditLog', 'readwrite')
  for (let number = 1; number <= count; number++) {
    const entry: AuditEntry = {
      at: new Date(Date.UTC(2026, 0, 1, 0, 0, number)).toISOString(),
      kind: 'note',
      patchId: null,
      verdict: null,
      verdictId: null,
      supersedes: null,
      threshold: 0.5,
      roundId: null,
      modelIds: [],
      maskHash: number % 3 === 0 ? 'ab12'.repeat(16) : null,
      reviewer: number === count ? 'Ana' : null,
      detail: `Event ${number} ${number % 10 === 0 ? 'with words enough for a second line of the column. '.repeat(3) : ''}`,
    }
    transaction.objectStore('auditLog').add(entry)
  }
  await new Promise((done, failed) => {
    transaction.oncomplete = done
    transaction.onerror = failed
  })
  request.result.close()
}
