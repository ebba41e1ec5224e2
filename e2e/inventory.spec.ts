import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { writeShapefile } from '../src/core/scenes/testing/shapefile'
import { georeferencedTiles } from './demoFiles'
import { Keyboard } from './keyboard'
import { StudioPage } from './studioPage'

const SIDE = 48
/** Of the tiles, in EPSG:32633. */
const [EAST, NORTH] = [412_000, 5_140_000]

/** A rectangle of pixels as a Shapefile with its .prj; returns the paths. */
function slides(folder: string, [column, row, width, height]: [number, number, number, number]): string[] {
  const [left, top] = [EAST + 10 * column, NORTH - 10 * row]
  const [right, bottom] = [left + 10 * width, top - 10 * height]
  const ring = [left, top, right, top, right, bottom, left, bottom, left, top]
  const [shp, prj] = ['slides.shp', 'slides.prj'].map(name => join(folder, name))
  writeFileSync(shp!, writeShapefile([[ring]]))
  writeFileSync(prj!, 'PROJCS["WGS_1984_UTM_Zone_33N",GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984"]]]')
  return [shp!, prj!]
}

test('a dropped inventory corrects the patches that it lies on, and is taken back at once', async ({
  page,
}, testInfo) => {
  const studio = new StudioPage(page)
  const keyboard = new Keyboard(page)
  await studio.open()
  await studio.drop(georeferencedTiles(testInfo.outputPath('tiles'), SIDE))
  await studio.importDone()
  // Across the border of the first two tiles: 20 columns on each.
  await studio.drop(slides(testInfo.outputPath(), [SIDE - 20, 10, 40, 12]))
  const question = page.getByRole('dialog', { name: 'Use polygons' })
  await expect(question.getByText('slides.shp')).toBeVisible()
  await expect(question.getByRole('button', { name: 'Use', exact: true })).toBeDisabled()
  await question.getByRole('radio', { name: 'Corrections' }).check({ force: true })
  await question.getByRole('button', { name: 'Use', exact: true }).click()
  await expect(page.getByText('2 masks attached, verdict corrected.')).toBeVisible()
  const share = `${Math.round((100 * 20 * 12) / (SIDE * SIDE))} %`
  for (const name of ['event_A', 'event_B']) {
    await studio.row(name).click()
    await studio.idle()
    await expect.poll(() => studio.shareText(name)).toBe(share)
  }
  await keyboard.press('Control+z')
  for (const name of ['event_A', 'event_B']) await expect.poll(() => studio.shareText(name)).not.toBe(share)
})
