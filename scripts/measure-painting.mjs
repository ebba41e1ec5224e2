// Times painting on a 2048 x 2048 mask in the built studio, in headless Chromium.
// Usage: npx vite build, then node scripts/measure-painting.mjs [--size 2048] [--dist dist/app] [--port 4179]
// SCARP_HARDWARE_GPU=1 takes the machine's GPU in place of software rendering. Nothing is asserted: figures are printed.
import { parseArgs } from 'node:util'
import { chromium } from '@playwright/test'
import { preview } from 'vite'
import { chromiumLaunchOptions } from './browser.mjs'
import { tiffHeader } from './plainTiff.mjs'

const { values } = parseArgs({
  options: {
    size: { type: 'string', default: '2048' },
    dist: { type: 'string', default: 'dist/app' },
    port: { type: 'string', default: '4179' },
  },
})
const size = Number(values.size)
const MOVES = 240

const server = await preview({
  build: { outDir: values.dist },
  preview: { port: Number(values.port), strictPort: true },
})
const browser = await chromium.launch({ headless: true, ...chromiumLaunchOptions() })
try {
  const page = await browser.newPage({ viewport: { width: 1920, height: 1080 } })
  page.setDefaultTimeout(300_000)
  page.on('pageerror', error => console.error('page error:', error.message))
  await page.addInitScript(timeTasks)
  await page.goto(`http://localhost:${values.port}/`)
  await page.getByRole('button', { name: 'Open demo', exact: true }).first().waitFor()
  // The demo's own patches are 128 x 128: a plain GeoTIFF of the wanted size is opened as a person would open it.
  await page.evaluate(dropScene, { size, bytes: [...tiffHeader(size)] })
  const patches = page.getByRole('region', { name: 'Patches', exact: true })
  await patches.getByRole('option').first().waitFor()
  await page.locator('.map-panel[aria-busy="false"]').waitFor()
  await page.waitForTimeout(3000)
  const host = page.getByTestId('map-canvas')
  const adapter = await page.evaluate(() => {
    const gl = document.createElement('canvas').getContext('webgl2')
    const info = gl?.getExtension('WEBGL_debug_renderer_info')
    return gl && info ? gl.getParameter(info.UNMASKED_RENDERER_WEBGL) : 'unknown'
  })
  console.log(`renderer: ${adapter}`)
  console.log(`mask: ${size} x ${size}`)
  await page.keyboard.press('b')
  for (let press = 0; press < 6; press++) await page.keyboard.press(']')
  await measure(page, host, 'fitted')
  const box = await host.boundingBox()
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
  for (let notch = 0; notch < 12; notch++) await page.mouse.wheel(0, -120)
  await page.waitForTimeout(1000)
  await measure(page, host, 'zoomed in')
  const line = await page.locator('.history-line').textContent()
  console.log(`history: ${line}`)
} finally {
  await browser.close()
  await server.close()
}

/** One long stroke, its moves as fast as the page takes them. */
async function measure(page, host, name) {
  const box = await host.boundingBox()
  await page.evaluate(() => window.painting.begin())
  const at = step => {
    const turn = (step / MOVES) * 12 * Math.PI
    const reach = 0.08 + 0.32 * (step / MOVES)
    return [
      box.x + box.width * (0.5 + reach * Math.cos(turn)),
      box.y + box.height * (0.5 + reach * Math.sin(turn)),
    ]
  }
  await page.mouse.move(...at(0))
  await page.mouse.down()
  for (let step = 1; step <= MOVES; step++) await page.mouse.move(...at(step))
  await page.mouse.up()
  await page.waitForTimeout(500)
  const { frames, work, release } = await page.evaluate(() => window.painting.end())
  const text = times => `median ${quantile(times, 0.5)} ms, 99th percentile ${quantile(times, 0.99)} ms`
  console.log(`${name}: ${frames.length} frames, ${text(frames)}`)
  console.log(
    `${name}: work of a pointer move (${work.length}), ${text(work)}; of the release, ${release.toFixed(1)} ms`,
  )
}

function quantile(times, share) {
  const sorted = [...times].sort((a, b) => a - b)
  return (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN).toFixed(1)
}

/** In the page: frames from press to release, and what the handlers of the stroke's own events take. */
function timeTasks() {
  const state = { on: false, frames: [], work: [], release: 0, last: 0 }
  window.painting = {
    begin: () => Object.assign(state, { on: true, frames: [], work: [], release: 0, last: 0 }),
    end: () => {
      state.on = false
      return { frames: state.frames, work: state.work, release: state.release }
    },
  }
  const frame = now => {
    if (state.on && state.last > 0) state.frames.push(now - state.last)
    state.last = now
    requestAnimationFrame(frame)
  }
  requestAnimationFrame(frame)
  // First and last of all listeners of an event: between them lies all that the studio does in it.
  let begun = 0
  for (const type of ['pointermove', 'pointerup']) {
    window.addEventListener(type, () => (begun = performance.now()), { capture: true })
    window.addEventListener(type, () => {
      if (!state.on) return
      if (type === 'pointermove') state.work.push(performance.now() - begun)
      else state.release = performance.now() - begun
    })
  }
}

/** In the page: drops a file as a person would. Pixels are made here, so that only the header crosses over. */
function dropScene({ size, bytes }) {
  const head = Uint8Array.from(bytes)
  const pixels = new Uint16Array(size * size * 14)
  for (let index = 0; index < size * size; index++) {
    const [column, row] = [index % size, Math.floor(index / size)]
    const wave = Math.sin(column / 61) * Math.cos(row / 47)
    for (let band = 0; band < 14; band++) {
      const base = band === 12 ? 20 : band === 13 ? 900 : 1200 + 90 * band
      pixels[index * 14 + band] = base + wave * base * 0.3 + ((column * 7 + row * 13 + band * 5) % 17)
    }
  }
  const file = new File([head, pixels], 'scene_1.tif', { type: 'image/tiff' })
  const transfer = new DataTransfer()
  transfer.items.add(file)
  for (const type of ['dragenter', 'dragover', 'drop']) {
    const target = document.querySelector('.studio') ?? document.body
    target.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }))
  }
}
