// Times the built studio with thousands of patches, in headless Chromium: list, contact sheet, queue, bulk accept, undo.
// Usage: npx vite build, then node scripts/measure-thousands.mjs [--patches 3800] [--side 32] [--dist dist/app] [--port 4181]
// Nothing is asserted: figures are printed.
import { parseArgs } from 'node:util'
import { chromium } from '@playwright/test'
import { preview } from 'vite'
import { chromiumLaunchOptions } from './browser.mjs'
import { tiffHeader } from './plainTiff.mjs'

const { values } = parseArgs({
  options: {
    patches: { type: 'string', default: '3800' },
    side: { type: 'string', default: '32' },
    dist: { type: 'string', default: 'dist/app' },
    port: { type: 'string', default: '4181' },
  },
})
const count = Number(values.patches)
const side = Number(values.side)
/** Files dropped at once: what a page can make without holding all of them. */
const BATCH = 400

const server = await preview({
  build: { outDir: values.dist },
  preview: { port: Number(values.port), strictPort: true },
})
const browser = await chromium.launch({ headless: true, ...chromiumLaunchOptions() })
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
  page.setDefaultTimeout(1_200_000)
  page.on('pageerror', error => console.error('page error:', error.message))
  await page.addInitScript(watch)
  await page.goto(`http://localhost:${values.port}/`)
  await page.getByRole('button', { name: 'Open demo', exact: true }).first().waitFor()
  await page
    .locator('[aria-label^="Engine:"]')
    .filter({ hasText: /WebGPU|WebAssembly/ })
    .waitFor()
  console.log(`engine: ${await page.locator('[aria-label^="Engine:"]').textContent()}`)
  console.log(`patches: ${count} of ${side} x ${side}`)
  const patches = page.getByRole('region', { name: 'Patches', exact: true })
  const all = patches.getByRole('radio', { name: /^All/ })

  await timed('import', async () => {
    for (let first = 0; first < count; first += BATCH) {
      const many = Math.min(BATCH, count - first)
      await page.evaluate(makePatches, { first, many, side, bytes: [...tiffHeader(side)] })
      await page.evaluate(dropPatches)
      await wait(async () => (await all.textContent())?.replace(/\D/g, '') === String(first + many))
    }
    await idle()
  })
  await timed('list, its whole length by wheel', async () => {
    await patches.getByRole('listbox').hover()
    for (let notch = 0; notch < 100; notch++) await page.mouse.wheel(0, (count * 60) / 100)
  })
  await timed('next patch, 30 times', async () => {
    for (let press = 0; press < 30; press++) await page.keyboard.press('j')
    await idle()
  })
  await timed('contact sheet, opened and scrolled', async () => {
    await command('Contact sheet')
    const sheet = page.locator('.map-panel')
    await sheet.hover()
    for (let notch = 0; notch < 100; notch++) await page.mouse.wheel(0, 400)
  })
  await timed('back to the single patch', () => command('Single patch'))
  await timed('find by name, seven keys', async () => {
    await page.keyboard.press('/')
    await page.keyboard.type('patch_1', { delay: 30 })
    await page.waitForTimeout(300)
  })
  await timed('all shown again', async () => {
    await page.keyboard.press('Control+a')
    await page.keyboard.press('Delete')
    await page.keyboard.press('Escape')
  })
  await timed('prediction by SegFormer', async () => {
    await page.getByRole('button', { name: 'Models', exact: true }).press('Enter')
    for (const box of await page.getByRole('checkbox', { name: /^Predict with / }).all()) {
      if (!/segformer/i.test((await box.getAttribute('aria-label')) ?? '')) await box.press('Space')
    }
    await command('Run ensemble')
    await page
      .getByRole('progressbar', { name: /Running/ })
      .first()
      .waitFor()
    await idle()
  })
  const dialog = page.getByRole('dialog', { name: 'Accept in bulk' })
  await timed('bulk accept, the dialog', async () => {
    await command('Accept in bulk')
    await dialog.waitFor()
    await dialog.getByRole('slider', { name: 'Confidence' }).press('Home')
    await dialog.getByText(/reading/).waitFor({ state: 'hidden' })
    for (const all of await dialog.getByRole('button', { name: 'Select all' }).all()) await all.press('Enter')
  })
  console.log(`  ${await dialog.locator('p[role=status]').textContent()}`)
  await timed('bulk accept', async () => {
    await dialog.getByRole('button', { name: /^Accept/ }).press('Enter')
    await page.getByText(/^Accepted [\d,]+ patches/).waitFor()
  })
  await timed('until it is saved', () => page.getByText('Saved on this machine').waitFor())
  await timed('its undo', async () => {
    await page.keyboard.press('Control+z')
    await page.getByText(`0 of ${count} reviewed`, { exact: true }).waitFor()
  })
  await timed('until it is saved', () => page.getByText('Saved on this machine').waitFor())
  await timed('its redo', async () => {
    await page.keyboard.press('Control+y')
    await page.getByText(`0 of ${count} reviewed`, { exact: true }).waitFor({ state: 'hidden' })
  })
  await timed('until it is saved', () => page.getByText('Saved on this machine').waitFor())
  await timed('reload', async () => {
    await page.reload()
    await page.locator('.map-panel[aria-busy="false"]').waitFor()
    await patches.getByRole('option').first().waitFor()
  })

  /** Prints how long something took and what the main thread was kept from. */
  async function timed(name, work) {
    await page.evaluate(() => window.watch?.begin())
    const begin = Date.now()
    await work()
    const seconds = ((Date.now() - begin) / 1000).toFixed(1)
    const { longest, over } = await page.evaluate(() => window.watch.end())
    console.log(`${name}: ${seconds} s; longest task ${longest} ms, ${over} over 50 ms`)
  }

  async function command(title) {
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Command or patch' }).waitFor()
    await page.keyboard.type(title)
    await page.waitForTimeout(200)
    await page.keyboard.press('Enter')
  }

  async function idle() {
    await page
      .getByRole('progressbar', { name: /Reading|Running|Writing|Working|Changing/ })
      .waitFor({ state: 'detached' })
    await page.locator('.map-panel[aria-busy="false"]').waitFor()
  }

  async function wait(until) {
    while (!(await until())) await page.waitForTimeout(100)
  }
} finally {
  await browser.close()
  await server.close()
}

/** In the page: tasks of the main thread over 50 ms since `begin`, without those of this script's own work. */
function watch() {
  let tasks = []
  const own = []
  new PerformanceObserver(list => tasks.push(...list.getEntries())).observe({
    type: 'longtask',
    buffered: true,
  })
  window.watch = {
    begin: () => (tasks = []),
    end() {
      const ours = ({ startTime }) => own.some(([from, until]) => startTime >= from - 1 && startTime <= until)
      const durations = tasks.filter(task => !ours(task)).map(({ duration }) => Math.round(duration))
      return { longest: Math.max(0, ...durations), over: durations.length }
    },
    own(from) {
      own.push([from, performance.now()])
    },
  }
}

/** In the page: makes the files, so that only the header crosses over. */
function makePatches({ first, many, side, bytes }) {
  const begun = performance.now()
  const head = Uint8Array.from(bytes)
  const transfer = new DataTransfer()
  for (let index = first; index < first + many; index++) {
    const pixels = new Uint16Array(side * side * 14)
    for (let pixel = 0; pixel < side * side; pixel++) {
      const [column, row] = [pixel % side, Math.floor(pixel / side)]
      const wave = Math.sin((column + 3 * index) / 5) * Math.cos((row + 7 * index) / 4)
      for (let band = 0; band < 14; band++) {
        const base = band === 12 ? 20 : band === 13 ? 900 : 1200 + 90 * band
        pixels[pixel * 14 + band] =
          base + wave * base * 0.5 + ((column * 7 + row * 13 + band * 5 + index) % 17)
      }
    }
    transfer.items.add(new File([head, pixels], `patch_${index + 1}.tif`, { type: 'image/tiff' }))
  }
  window.made = transfer
  window.watch.own(begun)
}

/** In the page: drops them as a person would. */
function dropPatches() {
  for (const type of ['dragenter', 'dragover', 'drop']) {
    const target = document.querySelector('.studio') ?? document.body
    target.dispatchEvent(new DragEvent(type, { dataTransfer: window.made, bubbles: true, cancelable: true }))
  }
}
