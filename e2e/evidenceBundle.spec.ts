import { expect, test } from '@playwright/test'
import { openBundle } from './bundleFiles'
import { georeferencedTiles } from './demoFiles'
import { Keyboard } from './keyboard'
import { paintOne } from './screens'
import { StudioPage } from './studioPage'

test('an inventory leaves with its evidence, and every file of it opens', async ({
  page,
  browser,
}, testInfo) => {
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
  await keyboard.tabTo(dialog.getByRole('radio', { name: 'Polygons of landslides' }))
  await keyboard.press('ArrowDown')
  await expect(dialog.getByRole('radio', { name: 'Evidence bundle' })).toBeChecked()
  await keyboard.tabTo(dialog.getByRole('checkbox', { name: /^Painted/ }))
  await keyboard.press(' ')
  await expect(dialog.getByText(/^2 landslides, /)).toBeVisible()
  await expect(dialog.getByText(/^Not audited: the report will say so/)).toBeVisible()
  if (process.env.SCARP_PICTURES) await page.screenshot({ path: `${process.env.SCARP_PICTURES}/bundle.png` })
  const [download] = await Promise.all([
    page.waitForEvent('download', { timeout: 120_000 }),
    keyboard.activate(dialog.getByRole('button', { name: 'Download' })),
  ])
  expect(download.suggestedFilename()).toMatch(/-evidence\.zip$/)
  await expect(dialog.getByText('Masks: 2 painted, not judged.')).toBeVisible()
  const path = testInfo.outputPath('bundle.zip')
  await download.saveAs(path)
  const text = await openBundle(path, testInfo.outputPath('bundle'), browser)
  const report = text('report.html')
  expect(report).toContain('<dt>Landslides</dt><dd>2</dd>')
  expect(report).toContain('on the image that was mapped')
  expect(report).toContain('Not audited.')
  expect(await studio.policyViolations()).toEqual([])
})
