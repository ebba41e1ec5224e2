import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from '@playwright/test'
import { unzipSync } from 'fflate'
import { fromArrayBuffer } from 'geotiff'
import { demoFiles } from './demoFiles'
import { Keyboard } from './keyboard'
import { sceneFiles } from './sceneFiles'
import { l4sFiles } from './sharedData'
import { StudioPage } from './studioPage'

const ROOT = resolve(import.meta.dirname, '..')

test('the studio and scarp predict give the same masks for the same files by default', async ({
  page,
}, testInfo) => {
  const real = l4sFiles([], [31, 37])
  const files =
    real ??
    (await demoFiles(testInfo.outputPath('demo'), { seed: 7, size: 128, sourceCount: 0, targetCount: 2 }))
  testInfo.annotations.push({ type: 'data', description: real ? 'real patches' : 'generated patches' })
  const studio = new StudioPage(page)
  await studio.open()
  await studio.engineReady()
  // The command line has one thread; where there are two cores, the studio has more.
  const cores = await page.evaluate(() => navigator.hardwareConcurrency)
  if (cores > 1 && !process.env.SCARP_HARDWARE_GPU) {
    await expect(studio.engineBadge).toHaveAccessibleName(/WASM SIMD, [2-8] threads/)
  }
  await studio.drop(files)
  await studio.importDone()
  const names = files.map(file => /image_\d+/.exec(file)![0])
  await studio.row(names[0]!).click()
  await expect(studio.button('Run ensemble')).toBeEnabled()
  await studio.button('Run ensemble').click()
  for (const name of names) {
    await studio.row(name).click()
    await expect(studio.share(name)).toHaveText(/%/, { timeout: 600_000 })
  }
  await studio.idle()
  await expect(page.getByText(/^Predicted\. Normalised by: 2 patches: /).first()).toBeVisible()

  const out = testInfo.outputPath('predicted')
  mkdirSync(out, { recursive: true })
  // Without a hardware GPU the studio predicts on WASM.
  const backend = process.env.SCARP_HARDWARE_GPU ? 'webgpu' : 'wasm'
  execFileSync(
    process.execPath,
    ['src/cli/scarp.mjs', 'predict', ...files, '--models', 'models', '--out', out, '--backend', backend],
    { cwd: ROOT, stdio: 'pipe' },
  )
  let landslides = 0
  for (const name of names) {
    await studio.row(name).click()
    await studio.idle()
    const download = await studio.exportThisPatch()
    const path = testInfo.outputPath(download.suggestedFilename())
    await download.saveAs(path)
    const [shown, predicted] = await Promise.all([path, join(out, `${name}_mask.tif`)].map(maskIn))
    expect(shown!.length).toBe(128 * 128)
    expect(Buffer.from(shown!).equals(Buffer.from(predicted!)), name).toBe(true)
    landslides += predicted!.filter(value => value === 1).length
  }
  // Two empty masks would be equal, too.
  expect(landslides).toBeGreaterThan(0)
})

test('a whole scene has the same mosaics in the studio, predicted in two parts, as by scarp predict', async ({
  page,
}, testInfo) => {
  test.setTimeout(15 * 60_000)
  // Two cells along each side, nine windows.
  const files = await sceneFiles(testInfo.outputPath(), 600)
  test.skip(files === null, "needs ../shared/data/scenes and GDAL's JPEG 2000 driver")
  const { zip, dem } = files!
  const studio = new StudioPage(page)
  const keyboard = new Keyboard(page)
  await studio.open()
  await studio.drop([zip, dem])
  const dialog = page.getByRole('dialog', { name: 'Add scene' })
  await expect(dialog.getByText('4 cells')).toBeVisible({ timeout: 120_000 })
  await dialog.getByRole('button', { name: 'Add', exact: true }).click()
  await expect(page.getByText('added: 4 cells')).toBeVisible({ timeout: 240_000 })
  await studio.engineReady()
  const cell = (place: string) => studio.patches.getByRole('option', { name: new RegExp(place) })
  const share = (place: string) => cell(place).getByTitle('Share of landslide in the mask as shown')

  // One cell by itself, then the others.
  await cell('r00c00').click({ modifiers: ['Control'] })
  await expect(studio.patches.getByText('1 selected')).toBeVisible()
  await keyboard.command('Run on selection')
  await expect(share('r00c00')).toHaveText(/%/, { timeout: 600_000 })
  await studio.idle()
  await expect(share('r01c01')).toHaveCount(0)
  await studio.patches.getByRole('button', { name: 'Deselect all' }).click()
  await keyboard.command('Run on unpredicted')
  for (const place of ['r00c01', 'r01c00', 'r01c01']) {
    await expect(share(place)).toHaveText(/%/, { timeout: 600_000 })
  }
  await studio.idle()
  await studio.button('Export').click()
  await page.getByRole('radio', { name: 'Evidence bundle' }).check({ force: true })
  await page.getByRole('checkbox', { name: /^Predicted, not reviewed/ }).check({ force: true })
  const [download] = await Promise.all([
    page.waitForEvent('download', { timeout: 120_000 }),
    studio.button('Download').click(),
  ])
  const bundle = testInfo.outputPath('bundle.zip')
  await download.saveAs(bundle)
  const members = Object.entries(unzipSync(new Uint8Array(readFileSync(bundle))))

  const out = testInfo.outputPath('predicted')
  const backend = process.env.SCARP_HARDWARE_GPU ? 'webgpu' : 'wasm'
  execFileSync(
    process.execPath,
    [
      ...['src/cli/scarp.mjs', 'predict', zip, '--dem', dem],
      ...['--models', 'models', '--out', out, '--backend', backend],
    ],
    { cwd: ROOT, stdio: 'pipe' },
  )
  for (const plane of ['mask', 'prob', 'disagreement']) {
    const name = readdirSync(out).find(file => file.endsWith(`_${plane}.tif`))!
    const member = members.find(([path]) => path.endsWith(`_${plane}.tif`))
    expect(member, plane).toBeDefined()
    const [shown, predicted] = await Promise.all([bandIn(member![1]), bandIn(readFileSync(join(out, name)))])
    expect([shown.band.length, predicted.band.length], plane).toEqual([360_000, 360_000])
    expect(Buffer.from(shown.band).equals(Buffer.from(predicted.band)), plane).toBe(true)
    // Alike masks of nothing would be equal, too.
    expect(new Set(predicted.band).size, plane).toBeGreaterThan(1)
    // By what the bands were z-scored, with its numbers.
    expect(predicted.statistics, plane).toMatch(/\d/)
    expect(shown.statistics, plane).toBe(predicted.statistics)
  }
})

async function maskIn(path: string): Promise<Uint8Array> {
  return (await bandIn(readFileSync(path))).band
}

async function bandIn(bytes: Uint8Array): Promise<{ band: Uint8Array; statistics: string | undefined }> {
  const copy = Uint8Array.from(bytes)
  const image = await (await fromArrayBuffer(copy.buffer)).getImage()
  const [band] = (await image.readRasters()) as unknown as Uint8Array[]
  const metadata = (await image.getGDALMetadata()) as Record<string, string> | null
  return { band: band!, statistics: metadata?.SCARP_STATISTICS }
}
