import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, type Page, test } from '@playwright/test'
import { unzipSync } from 'fflate'
import { georeferencedTiles } from './demoFiles'
import { Keyboard } from './keyboard'
import { paintOne } from './screens'
import { StudioPage } from './studioPage'

const SIDE = 96

/** Two tiles of one zone of UTM, and the first of them as another program moved it to the next zone. */
function tilesOfTwoZones(folder: string): string[] {
  const [first, second] = georeferencedTiles(folder, SIDE)
  const moved = join(folder, 'event_Z34.tif')
  execFileSync('gdalwarp', [
    '-q',
    '-t_srs',
    'EPSG:32634',
    '-tr',
    '10',
    '10',
    '-dstnodata',
    '0',
    first!,
    moved,
  ])
  return [first!, second!, moved]
}

const squareMetres = (text: string) => {
  const [, value, unit] = /([\d.,]+) (m²|ha|km²)/.exec(text)!
  return Number(value!.replaceAll(',', '')) * { 'm²': 1, ha: 1e4, 'km²': 1e6 }[unit!]!
}

async function download(page: Page, path: string, press: () => Promise<void>): Promise<string> {
  const [given] = await Promise.all([page.waitForEvent('download', { timeout: 120_000 }), press()])
  await given.saveAs(path)
  return path
}

test('ground that masks of two zones show is once in table, audit, inventory and bundle, as on the command line', async ({
  page,
}, testInfo) => {
  const studio = new StudioPage(page)
  const keyboard = new Keyboard(page)
  const picture = async (name: string) => {
    if (process.env.SCARP_PICTURES)
      await page.screenshot({ path: `${process.env.SCARP_PICTURES}/${name}.png` })
  }
  await studio.open()
  await studio.drop(tilesOfTwoZones(testInfo.outputPath('tiles')))
  await studio.importDone()
  for (const name of ['event_A', 'event_B', 'event_Z34']) await paintOne(studio, keyboard, name)
  await studio.saved()

  let listed = 0
  await test.step('the table', async () => {
    await keyboard.press('Shift+L')
    const table = page.getByRole('region', { name: 'Landslides table' })
    await expect(
      table.getByText(
        /^Masks overlap: event_A and event_Z34, event_B and event_Z34\. Ground that several show counts once/,
      ),
    ).toBeVisible()
    const totals = table.locator('.inventory-totals')
    await expect(totals).toContainText(' · ')
    listed = squareMetres((await totals.textContent())!)
    await picture('overlap-table')
    await keyboard.press('Shift+L')
  })

  await test.step('the audit', async () => {
    await keyboard.command('Audit accuracy')
    const dialog = page.getByRole('dialog', { name: 'Audit accuracy' })
    await expect(
      dialog.getByText(/^Patches overlap: ground that several of them show counts once/),
    ).toBeVisible({
      timeout: 60_000,
    })
    await picture('overlap-audit')
    const pixels = dialog
      .getByRole('table', { name: 'Points by stratum' })
      .getByRole('row', { name: /^Mapped as landslide/ })
    const counted = Number((await pixels.getByRole('cell').first().textContent())!.replaceAll(',', ''))
    expect(Math.abs(100 * counted - listed)).toBeLessThanOrEqual(100)
    await keyboard.fill(dialog.getByRole('textbox', { name: 'Points' }), '10')
    await keyboard.activate(dialog.getByRole('button', { name: 'Draw 10 points and begin' }))
    for (let number = 1; number <= 10; number++) {
      await expect(studio.map.getByText(`Point ${number} of 10`, { exact: true })).toBeVisible()
      await keyboard.press(number % 3 === 0 ? 'l' : 'n')
    }
    await expect(page.getByRole('dialog', { name: 'Audit results' })).toBeVisible()
    await keyboard.press('Escape', 'Shift+Q')
    await expect(studio.patches).toBeVisible()
    await studio.saved()
  })

  const archive = await test.step('the archive', () =>
    download(page, testInfo.outputPath('project.scarp.zip'), () => keyboard.command('Save project archive')))

  const bundle = await test.step('the bundle', async () => {
    await keyboard.command('Export')
    const dialog = page.getByRole('dialog', { name: 'Export' })
    await keyboard.tabTo(dialog.getByRole('radio', { name: 'Polygons of landslides' }))
    await keyboard.press('ArrowDown')
    await keyboard.tabTo(dialog.getByRole('checkbox', { name: /^Painted/ }))
    await keyboard.press(' ')
    await expect(dialog.getByText(/Masks overlap: /)).toBeVisible()
    await picture('overlap-export')
    const path = await download(page, testInfo.outputPath('studio.zip'), () =>
      keyboard.activate(dialog.getByRole('button', { name: 'Download' })),
    )
    await keyboard.press('Escape')
    return path
  })

  await test.step('the command line makes the same bundle of the archive', () => {
    const made = testInfo.outputPath('cli.zip')
    execFileSync('node', ['src/cli/scarp.mjs', 'bundle', archive, '--states', 'painted', '--out', made])
    const [ours, theirs] = [bundle, made].map(path => unzipSync(new Uint8Array(readFileSync(path))))
    expect(Object.keys(theirs!).sort()).toEqual(Object.keys(ours!).sort())
    const differing = Object.keys(ours!).filter(name => sha256(ours![name]!) !== sha256(theirs![name]!))
    // These carry when they were made, the journal that the archive was saved.
    expect(differing.sort()).toEqual([
      ...['SHA256SUMS', 'inventory.gpkg', 'item.json', 'journal.jsonl', 'report.html'],
    ])
    const lines = (files: typeof ours) => new TextDecoder().decode(files!['journal.jsonl']).trim().split('\n')
    expect(lines(ours).slice(0, -1)).toEqual(lines(theirs))
    expect(lines(ours).at(-1)).toContain('the whole project')
    const layers = ['landslides', 'source', 'area_of_interest', 'footprint', 'not_analysed', 'audit_points']
    const [one, other] = [bundle, made].map(path => layers.map(layer => features(path, layer)))
    for (const [i, layer] of layers.entries()) {
      const [mine, its] = [one![i]!, other![i]!]
      expect(its.rest, layer).toBe(mine.rest)
      // The sines of a browser and of Node may differ in a degree's fourteenth decimal.
      const apart = mine.numbers.map((number, at) => Math.abs(number - its.numbers[at]!))
      expect(Math.max(...apart), layer).toBeLessThan(1e-9)
    }
    expect(withoutTimes(theirs!['item.json']!)).toEqual(withoutTimes(ours!['item.json']!))
    expect(withoutTimes(theirs!['report.html']!)).toBe(withoutTimes(ours!['report.html']!))
    expect(one![0]!.areas).toHaveLength(2)
    // The area of the table is that of the polygons.
    const area = one![0]!.areas.reduce((sum, one) => sum + one, 0)
    expect(Math.abs(area - listed)).toBeLessThanOrEqual(100)
  })
  expect(await studio.policyViolations()).toEqual([])
})

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

/** A layer of a bundle's GeoPackage as GDAL reads it: its numbers, and all else. */
function features(zip: string, layer: string): { numbers: number[]; rest: string; areas: number[] } {
  const out = execFileSync(
    'ogr2ogr',
    ['-f', 'GeoJSON', '/vsistdout/', `/vsizip/${zip}/inventory.gpkg`, layer],
    { encoding: 'utf8', maxBuffer: 2 ** 28 },
  )
  const read = JSON.parse(out) as { features: { properties: { area_m2: number } }[] }
  const numbers: number[] = []
  const rest = JSON.stringify(read, (_, value: unknown) => {
    if (typeof value !== 'number') return value
    numbers.push(value)
    return 0
  })
  return { numbers, rest, areas: read.features.map(({ properties }) => properties.area_m2) }
}

/** What does not hang on when a file was made: hashes and sizes of files that say when are left out, too. */
function withoutTimes(bytes: Uint8Array): string {
  return new TextDecoder()
    .decode(bytes)
    .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z| UTC)?/g, '<time>')
    .replace(/\b\d{1,2} \w+ 20\d\d(, \d\d:\d\d)?( UTC)?/g, '<time>')
    .replace(/[0-9a-f]{64,}/g, '<hash>')
    .replace(/"file:size": \d+/g, '<size>')
    .replace(/<td>[\d.,]+ k?B<\/td><td><code>[0-9a-f]{12}<\/code>/g, '<sum>')
}
