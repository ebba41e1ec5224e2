import { basename } from 'node:path'
import { expect, test } from '@playwright/test'
import { expectAccessible } from './axe'
import { demoFiles, georeferencedTiles, unclearTile } from './demoFiles'
import { gdalInfo, gdalTranslate } from './gdalInfo'
import { Keyboard } from './keyboard'
import { foreignFiles, sharedFile } from './sharedData'
import { StudioPage } from './studioPage'

const TILE = 'scenes/s2_l1c_slovenia_14band_raw_2.tif'

test('a georeferenced tile is painted, and its mask leaves with the same CRS and transform', async ({
  page,
}, testInfo) => {
  const tile = sharedFile(TILE)
  test.skip(tile === null, `needs ../shared/data/${TILE}`)
  const studio = new StudioPage(page)
  await studio.open()
  await studio.drop([tile!])
  await studio.importDone()
  await studio.button('Brush').click()
  await studio.stroke([0.4, 0.5], [0.6, 0.5])
  await studio.button('Accept').click()
  await expect(studio.rows().first()).toContainText('Corrected')
  await studio.saved()
  const download = await studio.exportThisPatch()
  const path = testInfo.outputPath(download.suggestedFilename())
  await download.saveAs(path)
  const mask = gdalInfo(path)
  test.skip(mask === null, 'needs gdalinfo to read the export')
  const source = gdalInfo(tile!)
  expect(mask?.size).toEqual(source?.size)
  expect(mask?.geoTransform).toEqual(source?.geoTransform)
  expect(mask?.coordinateSystem?.wkt).toBe(source?.coordinateSystem?.wkt)
  expect(mask?.bands[0]).toMatchObject({ type: 'Byte', noDataValue: 255, colorInterpretation: 'Palette' })
})

// The Zstandard and LERC decoders load themselves from a data: address, which the policy has to allow.
for (const compression of ['ZSTD', 'LERC']) {
  test(`a tile compressed with ${compression} opens under the policy`, async ({ page }, testInfo) => {
    const tile = sharedFile(TILE)
    const packed = testInfo.outputPath(`tile_${compression.toLowerCase()}.tif`)
    test.skip(
      !tile || !gdalTranslate(tile, packed, compression),
      `needs ${TILE} and GDAL with ${compression}`,
    )
    const studio = new StudioPage(page)
    await studio.open()
    await studio.drop([packed])
    await studio.importDone()
    await expect(studio.rows()).toHaveCount(1)
    expect(await studio.policyViolations()).toEqual([])
  })
}

test('files that are not ours are refused one by one, and nothing loaded is lost', async ({ page }) => {
  const foreign = foreignFiles()
  const tile = sharedFile(TILE)
  test.skip(foreign === null || tile === null, 'needs ../shared/data/hdf5-foreign and scenes')
  const studio = new StudioPage(page)
  await studio.open()
  await studio.drop([tile!])
  await studio.importDone()
  await studio.drop(foreign!)
  const report = page.getByRole('dialog', { name: 'Import report' })
  await expect(report).toContainText(`${foreign!.length} files refused`)
  await expectAccessible(page, 'import report')
  for (const more of await report.getByRole('button', { name: /^(Show all|and) \d+/ }).all())
    await more.click()
  for (const path of foreign!)
    await expect(report.getByRole('region', { name: 'Refused' })).toContainText(basename(path))
  await page.keyboard.press('Escape')
  await expect(report).toBeHidden()
  await expect(studio.rows()).toHaveCount(1)
})

test('with reduced motion too, the list shows what arrived; the map is painted and judged', async ({
  page,
}, testInfo) => {
  const studio = new StudioPage(page)
  const folder = testInfo.outputPath('patches')
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await studio.open()
  await studio.drop(await demoFiles(folder, { seed: 11, size: 48, sourceCount: 6, targetCount: 6 }))
  await studio.importDone()
  await studio.drop(georeferencedTiles(folder, 48))
  const chosen = studio.row('event_A')
  await expect(chosen).toHaveAttribute('aria-selected', 'true')
  await expect(chosen).toBeInViewport({ ratio: 1 })

  // On the map a stroke goes to the raster under the pointer, whichever is selected; keys judge the selected one.
  await studio.idle()
  await page.keyboard.press('t')
  await expect(page.getByTestId('geo-canvas')).toBeVisible()
  await page.keyboard.press('b')
  await studio.stroke([0.56, 0.6], [0.6, 0.75], 'geo-canvas')
  const painted = studio.row('event_D')
  await expect(painted).toHaveAttribute('aria-selected', 'true')
  await expect(studio.share('event_D')).toHaveText(/[1-9]/)
  await page.keyboard.press('a')
  await expect(painted).toContainText('Corrected')
  await page.keyboard.press('Control+z')
  await expect(painted).not.toContainText('Corrected')
  await page.keyboard.press('Control+z')
  await expect(studio.share('event_D')).not.toHaveText(/[1-9]/)
})

test('a file of unclear value scale is taken once a scale is chosen, by keyboard', async ({
  page,
}, testInfo) => {
  const studio = new StudioPage(page)
  const keyboard = new Keyboard(page)
  await studio.open()
  await studio.drop([unclearTile(testInfo.outputPath('patches'))])
  const report = page.getByRole('dialog', { name: 'Import report' })
  await expect(report).toContainText('1 file needs you')
  await expect(studio.rows()).toHaveCount(0)
  await keyboard.activate(report.getByRole('button', { name: 'Choose value scale…' }))
  const dialog = page.getByRole('dialog', { name: 'Choose value scale' })
  await expect(dialog.getByRole('list', { name: 'Files to read again' })).toContainText('unclear.tif')
  await expectAccessible(page, 'value scale')
  const scale = dialog.getByRole('radio', { name: 'Reflectance x 1000', exact: true })
  await keyboard.tabTo(dialog.getByRole('radio').first())
  await keyboard.press('ArrowDown', 'ArrowDown', 'ArrowDown')
  await expect(scale).toBeChecked()
  await keyboard.activate(dialog.getByRole('button', { name: 'Read 1 file again' }))
  await studio.importDone()
  await expect(studio.rows()).toHaveCount(1)
  await keyboard.command('Import report')
  await expect(report).toContainText('1 patch added')
  await expect(report).not.toContainText('refused')
})
