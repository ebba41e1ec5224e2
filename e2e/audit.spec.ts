import { expect, type Page, test } from '@playwright/test'
import { expectAccessible } from './axe'
import { openBundle } from './bundleFiles'
import { georeferencedTiles } from './demoFiles'
import { Keyboard } from './keyboard'
import { atRest } from './screens'
import { StudioPage } from './studioPage'

declare global {
  interface Window {
    pointerPresses: number
  }
}

const POINTS = 40
const KEYS = ['n', 'l', 'n', 'n', 'u'] as const
const ANSWERS = { l: 'Landslide', n: 'Not landslide', u: 'Cannot tell' } as const

/** An interval: "1.2 ± 0.3 ha", of an area above 0. */
const AREA = /^[1-9\d.,]+ ± [\d.,]+ (m²|ha|km²)$/

test('forty points audited by keyboard, blind, over a reload, to the area of landslides with its interval', async ({
  page,
  browser,
}, testInfo) => {
  await page.addInitScript(() => {
    window.pointerPresses = 0
    window.addEventListener('pointerdown', () => window.pointerPresses++, { capture: true })
  })
  const studio = new StudioPage(page)
  const keyboard = new Keyboard(page)
  const heading = studio.map.getByText(/^Point \d+ of \d+$/)
  const points = page.getByRole('listbox', { name: 'Points' })
  const point = (number: number) => points.getByRole('option', { name: new RegExp(`^Point ${number}: `) })
  const picture = async (name: string) => {
    if (process.env.SCARP_PICTURES)
      await page.screenshot({ path: `${process.env.SCARP_PICTURES}/${name}.png` })
  }
  await studio.open()
  await studio.engineReady()

  await test.step('an event is mapped', async () => {
    const files = georeferencedTiles(testInfo.outputPath('patches'), 48)
    await studio.choose(files, () => keyboard.press('Control+o'))
    await studio.importDone()
    await keyboard.command('Run ensemble')
    await expect(studio.share('event_D')).toHaveText(/%/, { timeout: 300_000 })
    await studio.idle()
    // Low enough for the starters to find something on so small an event.
    for (let step = 0; step < 40; step++) await keyboard.press('-')
    await expect(page.getByRole('slider', { name: 'Threshold' })).toHaveValue('0.1')
  })

  await test.step('a sample is planned and drawn', async () => {
    await keyboard.command('Audit accuracy')
    const dialog = page.getByRole('dialog', { name: 'Audit accuracy' })
    const size = dialog.getByRole('textbox', { name: 'Points' })
    await expect(size).toBeVisible({ timeout: 60_000 })
    await keyboard.fill(size, String(POINTS))
    await expect(dialog.getByRole('table', { name: 'Points by stratum' })).toContainText('Networks disagree')
    await atRest(page)
    await expectAccessible(page, 'audit dialog')
    await picture('dialog')
    await keyboard.activate(dialog.getByRole('button', { name: `Draw ${POINTS} points and begin` }))
    await expect(heading).toHaveText(`Point 1 of ${POINTS}`)
  })

  await test.step('nothing of the map is on screen, nor can it be switched on', async () => {
    await studio.idle()
    await atRest(page)
    await picture('mode')
    for (const name of ['Patches', 'Landslides', 'Review', 'Rounds', 'Edit'])
      await expect(page.getByRole('region', { name, exact: true })).toHaveCount(0)
    await expect(page.getByText(/confidence|probability|disagree/i)).toHaveCount(0)
    await keyboard.press('m', 'o')
    await keyboard.press('i')
    const inspector = page.getByRole('region', { name: 'Inspect' })
    await expect(inspector).toContainText('Slope')
    await expect(inspector).not.toContainText(/mask|ensemble|no prediction/i)
    await keyboard.press('Escape')
    await keyboard.press('Control+k')
    await page.keyboard.type('event_')
    await expect(page.getByRole('listbox', { name: 'Found' }).getByText('event_A')).toHaveCount(0)
    await page.keyboard.press('Control+a')
    await page.keyboard.type('Show mask')
    await expect(
      page.getByRole('listbox', { name: 'Found' }).getByRole('option', { name: /^Show mask/ }),
    ).toHaveAttribute('aria-disabled', 'true')
    await keyboard.press('Escape')
    await expectAccessible(page, 'audit')
  })

  const answer = async (number: number) => {
    const key = KEYS[number % KEYS.length]!
    await expect(heading).toHaveText(`Point ${number} of ${POINTS}`)
    await keyboard.press(key)
    return ANSWERS[key]
  }
  const answered = (count: number) =>
    expect(page.getByRole('region', { name: 'Audit points' })).toContainText(`${count} of ${POINTS} answered`)

  await test.step('half of them, with one changed and one taken back', async () => {
    for (let number = 1; number <= POINTS / 2; number++) await answer(number)
    await answered(POINTS / 2)
    await keyboard.press('Backspace')
    await expect(heading).toHaveText(`Point ${POINTS / 2} of ${POINTS}`)
    await keyboard.press('l')
    await expect(heading).toHaveText(`Point ${POINTS / 2 + 1} of ${POINTS}`)
    await expect(point(POINTS / 2)).toHaveAccessibleName(/Landslide/)
    await keyboard.press('Control+z')
    await expect(point(POINTS / 2)).toHaveAccessibleName(/Not landslide/)
    await keyboard.press('Control+z')
    await answered(POINTS / 2 - 1)
    await expect(point(POINTS / 2)).toHaveAccessibleName(/No answer yet/)
    await keyboard.press('Control+Shift+z')
    await answered(POINTS / 2)
    await studio.saved()
  })

  await test.step('a reload in the middle resumes at the next point, still blind', async () => {
    await page.reload()
    await expect(heading).toHaveText(`Point ${POINTS / 2 + 1} of ${POINTS}`, { timeout: 60_000 })
    await answered(POINTS / 2)
    await expect(studio.patches).toHaveCount(0)
    await studio.idle()
    await keyboard.press('Control+z')
    await answered(POINTS / 2 - 1)
    await expect(heading).toHaveText(`Point ${POINTS / 2} of ${POINTS}`)
    await keyboard.press(KEYS[(POINTS / 2) % KEYS.length]!)
  })

  await test.step('the rest, and what came of it', async () => {
    for (let number = POINTS / 2 + 1; number <= POINTS; number++) await answer(number)
    const results = page.getByRole('dialog', { name: 'Audit results' })
    await expect(results.getByText('40 of 40 answered')).toBeVisible()
    await expect(results.locator('.audit-area dd')).toHaveText(AREA)
    await expect(results.getByRole('table', { name: 'Points: map by reviewer' })).toBeVisible()
    await atRest(page)
    await expectAccessible(page, 'audit results')
    await picture('results')
    const jumps = results.getByRole('region', { name: 'Points where map and reviewer differ' })
    await keyboard.activate(jumps.getByRole('button').first())
    await expect(results).toBeHidden()
    await expect(studio.patches).toBeVisible()
    await studio.idle()
    await picture('differing')
  })

  await test.step('the log has it, and it is found again', async () => {
    await keyboard.command('Audit accuracy')
    const dialog = page.getByRole('dialog', { name: 'Audit accuracy' })
    await expect(dialog.getByRole('region', { name: 'Audits', exact: true })).toContainText(
      '40 of 40 answered',
    )
    await picture('list')
    await keyboard.press('Escape')
    await keyboard.command('Audit log')
    await expect(page.getByRole('dialog', { name: 'Audit log' })).toContainText('40 points drawn')
  })

  await test.step('it leaves with the inventory as evidence', async () => {
    await keyboard.press('Escape')
    await keyboard.command('Export')
    const dialog = page.getByRole('dialog', { name: 'Export' })
    await keyboard.tabTo(dialog.getByRole('radio', { name: 'Polygons of landslides' }))
    await keyboard.press('ArrowDown')
    await keyboard.tabTo(dialog.getByRole('checkbox', { name: /^Predicted/ }))
    await keyboard.press(' ')
    const [download] = await Promise.all([
      page.waitForEvent('download', { timeout: 120_000 }),
      keyboard.activate(dialog.getByRole('button', { name: 'Download' })),
    ])
    const path = testInfo.outputPath('bundle.zip')
    await download.saveAs(path)
    const text = await openBundle(path, testInfo.outputPath('bundle'), browser)
    expect(text('report.html')).toMatch(/<dt>Audited area<\/dt><dd>[\d.,]+ ± [\d.,]+ (m²|ha|km²)<\/dd>/)
    expect(text('accuracy.csv')).toMatch(/landslide_area,[\d.]+,[\d.]+,m2/)
    expect(JSON.parse(text('audits.json'))).toMatchObject([{ points: { length: POINTS } }])
  })

  expect(await pointerPresses(page)).toBe(0)
  expect(await studio.policyViolations()).toEqual([])
})

function pointerPresses(page: Page): Promise<number> {
  return page.evaluate(() => window.pointerPresses)
}
