import { execFileSync } from 'node:child_process'
import { expect, test } from '@playwright/test'
import { georeferencedTiles } from './demoFiles'
import { Keyboard } from './keyboard'
import { paintOne } from './screens'
import { StudioPage } from './studioPage'

test('landslides leave as polygons, by keyboard, and GDAL opens them', async ({ page }, testInfo) => {
  const studio = new StudioPage(page)
  const keyboard = new Keyboard(page)
  await studio.open()
  await studio.drop(georeferencedTiles(testInfo.outputPath('tiles'), 96))
  await studio.importDone()
  await paintOne(studio, keyboard, 'event_A')
  await paintOne(studio, keyboard, 'event_B')
  await studio.saved()

  await keyboard.command('Export')
  const dialog = page.getByRole('dialog', { name: 'Export' })
  // Of georeferenced masks polygons are the product.
  await expect(dialog.getByRole('radio', { name: 'Polygons of landslides' })).toBeChecked()
  await keyboard.tabTo(dialog.getByRole('checkbox', { name: /^Painted/ }))
  await keyboard.press(' ')
  await expect(dialog.getByText(/^2 landslides, /)).toBeVisible()
  const least = dialog.getByRole('textbox', { name: /^Minimum area/ })
  await keyboard.tabTo(least)
  await keyboard.press('Control+a')
  await page.keyboard.type('900000')
  await keyboard.press('Tab')
  await expect(
    dialog.getByText('0 landslides. 2 landslides smaller than 900,000 m² left out, 3.36 ha.'),
  ).toBeVisible()
  await keyboard.fill(least, '100')
  await expect(dialog.getByText(/^2 landslides, /)).toBeVisible()
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    keyboard.activate(dialog.getByRole('button', { name: 'Download' })),
  ])
  expect(download.suggestedFilename()).toBe('event_landslides.gpkg')
  await expect(dialog.getByText('event_landslides.gpkg saved')).toBeVisible()
  await expect(dialog.getByText('Masks: 2 painted, not judged.')).toBeVisible()
  const path = testInfo.outputPath('event_landslides.gpkg')
  await download.saveAs(path)
  const info = execFileSync('ogrinfo', ['-al', '-so', path], { encoding: 'utf8' })
  expect(info).toContain('Layer name: landslides')
  expect(info).toContain('Feature Count: 2')
  expect(info).toContain('UTM zone')
  expect(await studio.policyViolations()).toEqual([])
})
