import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, type Page, test } from '@playwright/test'
import { writeArrayBuffer } from 'geotiff'
import { georeferencedTiles } from './demoFiles'
import { Keyboard } from './keyboard'
import { StudioPage } from './studioPage'

const SIDE = 96
/** Landslides of a mask: one or four pixels each, three apart. */
const EACH = (SIDE / 3) ** 2

/** A mask with `EACH` landslides; returns its path. */
function dottedMask(folder: string, name: string): string {
  const mask = new Uint8Array(SIDE * SIDE)
  for (let row = 0; row < SIDE; row += 3) {
    for (let column = 0; column < SIDE; column += 3) {
      const size = (row * column) % 2 === 0 ? 2 : 1
      for (let at = 0; at < size * size; at++) {
        mask[(row + Math.floor(at / size)) * SIDE + column + (at % size)] = 1
      }
    }
  }
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `${name}.tif`)
  writeFileSync(path, new Uint8Array(writeArrayBuffer(mask, { width: SIDE, height: SIDE })))
  return path
}

/** Four neighbouring tiles, of which these have masks with landslides. */
async function dotted(page: Page, folder: string, names: readonly string[]) {
  const studio = new StudioPage(page)
  const keyboard = new Keyboard(page)
  await studio.open()
  await studio.drop(georeferencedTiles(join(folder, 'tiles'), SIDE))
  await studio.importDone()
  for (const name of names) {
    await studio.row(name).click()
    await studio.idle()
    await page.getByTestId('mask-input').setInputFiles(dottedMask(join(folder, 'masks'), `of_${name}`))
    const question = page.getByRole('dialog', { name: 'Attach mask' })
    await question.getByRole('radio', { name: 'Correction' }).check({ force: true })
    await question.getByRole('button', { name: 'Attach' }).click()
    await expect(question).toBeHidden()
    await studio.idle()
  }
  return { studio, keyboard }
}

test('thousands of landslides in a table, by keyboard: sorted, filtered, gone to, copied', async ({
  page,
  context,
}, testInfo) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  const { studio, keyboard } = await dotted(page, testInfo.outputPath(), ['event_A', 'event_B'])
  const grid = page.getByRole('grid', { name: 'Landslides table' })
  await keyboard.press('Shift+L')
  await expect(page.getByText(`${(2 * EACH).toLocaleString('en')} landslides`)).toBeVisible()
  await expect(grid).toHaveAttribute('aria-rowcount', String(2 * EACH + 1))
  expect(await grid.getByRole('row').count()).toBeLessThan(40)

  // The largest are first: 400 m2.
  await keyboard.tabTo(grid)
  await keyboard.press('ArrowDown', 'ArrowDown', 'ArrowDown')
  const active = grid.locator('.inventory-active')
  await expect(active).toContainText('400')
  await keyboard.press('End')
  await expect(active).toContainText('100')
  await expect(active).toBeInViewport()
  expect(await grid.getByRole('row').count()).toBeLessThan(40)

  // To one on the other patch.
  await expect(studio.row('event_B')).toHaveAttribute('aria-selected', 'true')
  await keyboard.press('Home')
  await expect(active).toContainText('event_A')
  await keyboard.press('Enter')
  await expect(studio.row('event_A')).toHaveAttribute('aria-selected', 'true')
  await expect(page.locator('.landslide-outline path').first()).toHaveAttribute('d', /M/)
  await expect(grid).toBeFocused()

  await keyboard.press('Shift+ArrowDown', 'Shift+ArrowDown', 'Control+c')
  const copied = await page.evaluate(() => navigator.clipboard.readText())
  expect(copied.split('\n')).toHaveLength(4)
  expect(copied.split('\n')[1]!.split('\t').slice(0, 2)).toEqual(['event_A-1', '400'])

  // Sorted by what they are called, the other way round.
  await keyboard.press('Tab')
  await expect(page.getByRole('columnheader', { name: 'Area' }).getByRole('button')).toBeFocused()
  await keyboard.press('Home', 'Enter', 'Enter', 'ArrowDown', 'Home')
  await expect(grid).toBeFocused()
  await expect(active).toContainText(`event_B-${EACH}`)

  await keyboard.fill(page.getByRole('searchbox', { name: 'Id, scene or patch' }), 'event_A-10')
  const found = Array.from({ length: EACH }, (_, at) => String(at + 1)).filter(n => n.startsWith('10')).length
  await expect(page.getByText(`${found} of ${(2 * EACH).toLocaleString('en')} landslides`)).toBeVisible()
  await studio.button('Clear filter of landslides').click()
  await page.getByRole('button', { name: /^100 to 200 square metres/ }).press('Space')
  await expect(page.getByText(/^512 of 2,048 landslides/)).toBeVisible()
})

test('what is chosen on the image is chosen in the table, and what is removed leaves it', async ({
  page,
}, testInfo) => {
  const { studio, keyboard } = await dotted(page, testInfo.outputPath(), ['event_A'])
  await keyboard.press('Shift+L')
  await expect(page.getByText(`${EACH.toLocaleString('en')} landslides`)).toBeVisible()
  const grid = page.getByRole('grid', { name: 'Landslides table' })
  for (const [view, mode] of [
    ['map-canvas', 'Single patch'],
    ['geo-canvas', 'Map'],
  ] as const) {
    if (mode === 'Map') await keyboard.command('Map')
    // Somewhere here is one, whatever the zoom.
    const box = (await page.getByTestId(view).boundingBox())!
    await expect(async () => {
      for (let step = 0; step < 12; step++) {
        await page.mouse.click(
          box.x + box.width * (0.3 + step * 0.007),
          box.y + box.height * (0.3 + step * 0.004),
        )
        if ((await grid.locator('.inventory-active').count()) > 0) return
      }
      expect(await grid.locator('.inventory-active').count()).toBe(1)
    }).toPass()
  }
  await keyboard.press('Delete')
  await expect(page.getByText(`${(EACH - 1).toLocaleString('en')} landslides`)).toBeVisible()
  await studio.button('Close the landslides table').click()
  await expect(grid).toBeHidden()
})
