import { expect, test } from '@playwright/test'
import { expectAccessible } from './axe'
import { gdalInfo } from './gdalInfo'
import { Keyboard } from './keyboard'
import { sceneFiles } from './sceneFiles'
import { StudioPage } from './studioPage'

/** Pixels of the product. */
const SIZE = 1080

test('a product becomes a map: dropped, cut, predicted, corrected over cell borders, learned from, exported', async ({
  page,
}, testInfo) => {
  test.setTimeout(15 * 60_000)
  const files = await sceneFiles(testInfo.outputPath(), SIZE)
  test.skip(files === null, "needs ../shared/data/scenes and GDAL's JPEG 2000 driver")
  const studio = new StudioPage(page)
  const keyboard = new Keyboard(page)
  await studio.open()

  await test.step('the zip and the elevation model open one dialog, in which an area is drawn', async () => {
    await studio.drop([files!.zip, files!.dem])
    const dialog = page.getByRole('dialog', { name: 'Add scene' })
    await expect(dialog.getByText('9 cells')).toBeVisible({ timeout: 120_000 })
    await expect(dialog.getByText('T33TVM_20200704T095029_B04.jp2')).toBeVisible()
    await expect(dialog.getByText('DEM_degrees.tif')).toBeVisible()
    await expect(dialog.getByText('Reading the quick look')).toBeHidden({ timeout: 120_000 })
    await expectAccessible(page, 'add scene')
    const picture = (await dialog.getByRole('application').boundingBox())!
    const at = (share: number) =>
      [picture.x + share * picture.width, picture.y + share * picture.height] as const
    await page.mouse.move(...at(0.25))
    await page.mouse.down()
    await page.mouse.move(...at(0.75), { steps: 8 })
    await page.mouse.up()
    // Half of the product along each side: more than one cell is.
    await expect(dialog.getByText('4 cells')).toBeVisible()
    await dialog.getByRole('button', { name: 'Add', exact: true }).click()
    await expect(page.getByText('added: 4 cells')).toBeVisible({ timeout: 240_000 })
  })
  const cell = (place: string) => studio.patches.getByRole('option', { name: new RegExp(place) })
  const share = (place: string) => cell(place).getByTitle('Share of landslide in the mask as shown')

  await test.step('the networks map it', async () => {
    await studio.engineReady()
    await keyboard.command('Run ensemble')
    await expect(share('r02c02')).toHaveText(/%/, { timeout: 600_000 })
    await studio.idle()
  })

  await test.step('a stroke over the border of two cells is one step', async () => {
    await keyboard.command('Map')
    const [first, last] = [await share('r01c02').textContent(), await share('r02c02').textContent()]
    await keyboard.press('b')
    await studio.stroke([0.6, 0.4], [0.6, 0.6], 'geo-canvas')
    await expect(share('r01c02')).not.toHaveText(first!)
    await expect(share('r02c02')).not.toHaveText(last!)
    await keyboard.press('Control+z')
    await expect(share('r01c02')).toHaveText(first!)
    await expect(share('r02c02')).toHaveText(last!)
    await keyboard.press('Control+Shift+z')
    await expect(share('r02c02')).not.toHaveText(last!)
    await studio.saved()
  })

  await test.step('the cells are judged, and a round learns from them', async () => {
    for (const place of ['r01c01', 'r01c02', 'r02c01', 'r02c02']) {
      await cell(place).click()
      await studio.idle()
      await keyboard.press('a')
      await expect(cell(place)).toContainText(/Corrected|Accepted/)
    }
    await studio.chooseOnly('SegFormer')
    await studio.set('Steps', 2)
    await studio.button('Start round').press('Enter')
    await expect(studio.rounds.getByText('Round 1', { exact: true })).toBeVisible({ timeout: 600_000 })
  })

  await test.step('one mosaic leaves, which GDAL places', async () => {
    await studio.button('Export').click()
    await page.getByRole('radio', { name: 'Masks as GeoTIFF' }).check({ force: true })
    const [download] = await Promise.all([
      page.waitForEvent('download', { timeout: 120_000 }),
      studio.button('Download').click(),
    ])
    expect(download.suggestedFilename()).toMatch(/^S2A_MSIL1C_.*_mask\.tif$/)
    const path = testInfo.outputPath(download.suggestedFilename())
    await download.saveAs(path)
    const mask = gdalInfo(path)
    expect(mask, 'GDAL made the product, so it is there to read the mosaic').not.toBeNull()
    const [width, height] = mask!.size
    expect(Math.abs(width - SIZE / 2)).toBeLessThan(8)
    expect(Math.abs(height - SIZE / 2)).toBeLessThan(8)
    const [west, across, , north, , down] = mask!.geoTransform!
    expect([across, down]).toEqual([10, -10])
    expect(Math.abs(west! - (399_960 + (SIZE / 4) * 10))).toBeLessThan(80)
    expect(Math.abs(north! - (5_100_000 - (SIZE / 4) * 10))).toBeLessThan(80)
    expect(mask!.stac?.['proj:epsg']).toBe(32_633)
    expect(mask!.bands[0]).toMatchObject({ type: 'Byte', noDataValue: 255, colorInterpretation: 'Palette' })
  })
  expect(await studio.policyViolations()).toEqual([])
})
