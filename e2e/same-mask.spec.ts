import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from '@playwright/test'
import { fromArrayBuffer } from 'geotiff'
import { demoFiles } from './demoFiles'
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

async function maskIn(path: string): Promise<Uint8Array> {
  const bytes = readFileSync(path)
  const tiff = await fromArrayBuffer(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
  const [band] = (await (await tiff.getImage()).readRasters()) as unknown as Uint8Array[]
  return band!
}
