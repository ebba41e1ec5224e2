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
      await page.evaluate(dropPatches, { first, many, side, bytes: [...tiffHeader(side)] })
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
  const cdp = await page.context().newCDPSession(page); await cdp.send('Profiler.enable'); await cdp.send('Profiler.setSamplingInterval',{interval:1000}); await cdp.send('Profiler.start');
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
  await report('prediction');
  const dialog = page.getByRole('dialog', { name: 'Accept in bulk' })
  await timed('bulk accept, the dialog', async () => {
    await command('Accept in bulk')
    await dialog.waitFor()
    await dialog.getByRole('slider', { name: 'Confidence' }).press('Home')
    await page.waitForTimeout(500)
  })
  console.log(`  ${await dialog.locator('p[role=status]').textContent()}`)
  await timed('bulk accept', async () => {
    await dialog.getByRole('button', { name: /^Accept/ }).press('Enter')
    await dialog.waitFor({ state: 'hidden' })
    await idle()
    await page.getByText('Saved on this machine').waitFor()
  })
  await timed('its undo', async () => {
    await page.keyboard.press('Control+z')
    await page.getByText(`0 of ${count} reviewed`, { exact: true }).waitFor()
    await page.getByText('Saved on this machine').waitFor()
  })
  await timed('its redo', async () => {
    await page.keyboard.press('Control+y')
    await page.getByText(`0 of ${count} reviewed`, { exact: true }).waitFor({ state: 'hidden' })
    await page.getByText('Saved on this machine').waitFor()
  })
  await timed('reload', async () => {
    await page.reload()
    await page.locator('.map-panel[aria-busy="false"]').waitFor()
    await patches.getByRole('option').first().waitFor()
  })

  async function report(name) { const { profile } = await cdp.send('Profiler.stop'); const t={}; const dt=profile.timeDeltas; const self={}; profile.samples.forEach((id,i)=>self[id]=(self[id]||0)+dt[i]); const byId=new Map(profile.nodes.map(n=>[n.id,n])); const parent=new Map(); for(const n of profile.nodes) for(const c of n.children||[]) parent.set(c,n.id); const total={}; for(const [id,v] of Object.entries(self)){ const n=byId.get(+id); const k=n.callFrame.functionName+':'+n.callFrame.url.split('/').pop()+':'+n.callFrame.lineNumber; t[k]=(t[k]||0)+v; const seen=new Set(); let p=+id; while(p!==undefined){const m=byId.get(p); const kk=m.callFrame.functionName+':'+m.callFrame.lineNumber; if(!seen.has(kk)){seen.add(kk); total[kk]=(total[kk]||0)+v}; p=parent.get(p)} } console.log(name,'self',Object.entries(t).sort((a,b)=>b[1]-a[1]).slice(0,25).map(([k,v])=>k+' '+(v/1000|0)).join('\n')); console.log('TOTAL',Object.entries(total).sort((a,b)=>b[1]-a[1]).slice(0,60).map(([k,v])=>k+' '+(v/1000|0)).join('\n')); await cdp.send('Profiler.start') }
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

/** In the page: tasks of the main thread over 50 ms since `begin`. */
function watch() {
  let tasks = []
  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) tasks.push(Math.round(entry.duration))
  }).observe({ type: 'longtask', buffered: true })
  window.watch = {
    begin: () => (tasks = []),
    end: () => ({ longest: Math.max(0, ...tasks), over: tasks.length }),
  }
}

/** In the page: drops files as a person would. Pixels are made here, so that only the header crosses over. */
function dropPatches({ first, many, side, bytes }) {
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
  for (const type of ['dragenter', 'dragover', 'drop']) {
    const target = document.querySelector('.studio') ?? document.body
    target.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }))
  }
}
