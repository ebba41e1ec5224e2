// Adds a Sentinel-2 product to the studio in a real browser, has it mapped for some minutes, and prints seconds and the peak
// memory of the page with its workers (the renderer process). Needs a build (npx vite build) and Linux.
// Usage: node scripts/measure-studio.mjs --product <folder with the .SAFE and its DEM> [--pixels 4000, of a side; else all of it] [--minutes 5] [--cancel: also times Cancel while it is added and mapped] [--export: then all masks leave as one mosaic, and the project as an archive] [--port 4790]
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { chromium } from '@playwright/test'
import { chromiumLaunchOptions } from './browser.mjs'

const text = { type: 'string' }
const { values } = parseArgs({
  options: {
    product: text,
    pixels: text,
    minutes: { ...text, default: '5' },
    cancel: { type: 'boolean', default: false },
    export: { type: 'boolean', default: false },
    port: { ...text, default: '4790' },
  },
})
if (!values.product) throw new Error('--product is missing; the first lines of this file say what it takes.')
process.chdir(resolve(import.meta.dirname, '..'))

/** Milliseconds without a change after which the map is whole. */
const STILL_MS = 8000

/** Bytes of the largest renderer process. */
function memoryOfRenderers() {
  const parents = new Map()
  const renderers = []
  for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8')
      parents.set(pid, /PPid:\s*(\d+)/.exec(status)?.[1])
      if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('--type=renderer'))
        renderers.push([pid, Number(/VmRSS:\s*(\d+)/.exec(status)?.[1] ?? 0) * 1024])
    } catch {
      // It ended meanwhile.
    }
  }
  const isOurs = pid => {
    for (let at = pid; at && at !== '1'; at = parents.get(at)) if (at === String(process.pid)) return true
    return false
  }
  return Math.max(0, ...renderers.filter(([pid]) => isOurs(pid)).map(([, bytes]) => bytes))
}

const begin = Date.now()
let peak = 0
const look = () => {
  peak = Math.max(peak, memoryOfRenderers())
}
const say = what => {
  look()
  const seconds = ((Date.now() - begin) / 1000).toFixed(0).padStart(5)
  console.log(`${seconds} s  ${(peak / 2 ** 30).toFixed(2)} GB  ${what}`)
}
const looking = setInterval(look, 1000)
const server = spawn('npx', ['vite', 'preview', '--port', values.port, '--strictPort'], {
  stdio: 'ignore',
  detached: true,
})
const folder = mkdtempSync(join(tmpdir(), 'scarp-studio-'))
const context = await chromium.launchPersistentContext(folder, {
  ...chromiumLaunchOptions(),
  viewport: { width: 1280, height: 800 },
})
try {
  const page = context.pages()[0] ?? (await context.newPage())
  /** Says how far a job is, every half a minute, until it ends or the time is up. */
  const untilDone = async milliseconds => {
    const bar = page.getByRole('progressbar')
    const end = Date.now() + milliseconds
    for (let count = 1; Date.now() < end; count++) {
      await page.waitForTimeout(2000)
      look()
      if ((await bar.count()) === 0) return
      if (count % 15 === 0) say(await bar.first().evaluate(element => element.parentElement?.textContent))
    }
  }
  /** Says how long the map changed from now on: it is whole once nothing of it changes for some seconds. */
  const untilStill = async what => {
    const map = page.getByTestId('geo-canvas')
    const from = Date.now()
    let [seen, changed] = ['', from]
    for (let now = from; now - changed < STILL_MS && now - from < 5 * 60_000; now = Date.now()) {
      const picture = createHash('sha256')
        .update(await map.screenshot())
        .digest('hex')
      if (picture !== seen) [seen, changed] = [picture, Date.now()]
      await page.waitForTimeout(200)
    }
    say(`${what}: changed for the last time after ${((changed - from) / 1000).toFixed(1)} s`)
  }
  page.setDefaultTimeout(10 * 60_000)
  for (let tries = 0; tries < 60; tries++) {
    if (await page.goto(`http://localhost:${values.port}/`).catch(() => null)) break
    await new Promise(done => setTimeout(done, 500))
  }
  await page
    .getByRole('region', { name: 'Map', exact: true })
    .and(page.locator('[aria-busy=false]'))
    .waitFor()
  say('the studio is open')
  const dialog = page.getByRole('dialog', { name: 'Add scene' })
  /** Drops the product, has its area chosen, and begins to add it. */
  const add = async () => {
    await page.locator('input[webkitdirectory]').setInputFiles(resolve(values.product))
    await dialog.waitFor()
    say('found')
    await dialog
      .getByText(/cells of/)
      .first()
      .waitFor()
    say(`planned: ${await dialog.locator('.add-scene-plan').innerText()}`)
    await dialog.getByText('Reading the quick look').waitFor({ state: 'hidden' })
    say('the quick look is there')
    if (values.pixels) {
      const length = Number(values.pixels) * 10
      await dialog.getByRole('button', { name: /Area of interest/ }).press('Enter')
      await page.getByRole('option', { name: 'Rectangle' }).press('Enter')
      const field = name => dialog.getByRole('textbox', { name, exact: true })
      const set = async (name, value) => {
        await field(name).fill(String(value))
        await field(name).press('Tab')
      }
      await set('East', Number(await field('West').inputValue()) + length)
      await set('South', Number(await field('North').inputValue()) - length)
      await page.waitForTimeout(3000)
      say(`planned: ${(await dialog.locator('.add-scene-plan').innerText()).replaceAll('\n', ' ')}`)
    }
    await page.screenshot({ path: join(tmpdir(), 'measure-studio-plan.png') })
    await dialog.getByRole('button', { name: 'Add', exact: true }).click()
    await dialog.waitFor({ state: 'hidden' })
  }
  /** Presses Cancel some seconds after a job began, and says how long the job still took. */
  const cancelled = async (what, seconds) => {
    const bar = page.getByRole('progressbar').first()
    await bar.waitFor()
    await page.waitForTimeout(seconds * 1000)
    const at = await bar.evaluate(element => element.parentElement?.textContent)
    const from = Date.now()
    await page.getByRole('button', { name: 'Cancel', exact: true }).first().click()
    await bar.waitFor({ state: 'hidden' })
    say(`${what}: ended ${Date.now() - from} ms after Cancel, at: ${at}`)
  }
  for (const seconds of values.cancel ? [2, 20] : []) {
    await add()
    await cancelled('adding', seconds)
  }
  await add()
  await untilDone(Number.POSITIVE_INFINITY)
  say(`${await page.getByRole('option').count()} rows in the list`)
  await page.screenshot({ path: join(tmpdir(), 'measure-studio-added.png') })
  await page.keyboard.press('t')
  await untilStill('the map')
  await page.screenshot({ path: join(tmpdir(), 'measure-studio-map.png') })
  await page.reload()
  await untilStill('the map after a reload')
  await page.screenshot({ path: join(tmpdir(), 'measure-studio-reloaded.png') })
  if (values.cancel) {
    await page.keyboard.press('Control+Enter')
    await cancelled('mapping', 5)
  }
  if (Number(values.minutes) > 0) await page.keyboard.press('Control+Enter')
  await untilDone(Number(values.minutes) * 60_000)
  await page.screenshot({ path: join(tmpdir(), 'measure-studio-predicted.png') })
  /** Says how large the file is that what is pressed gives, and how long it took. */
  const downloaded = async (what, press) => {
    const from = Date.now()
    const [download] = await Promise.all([page.waitForEvent('download', { timeout: 0 }), press()])
    const path = join(folder, download.suggestedFilename())
    await download.saveAs(path)
    const megabytes = (statSync(path).size / 1e6).toFixed(0)
    rmSync(path)
    say(`${what}: ${megabytes} MB in ${((Date.now() - from) / 1000).toFixed(0)} s`)
  }
  if (values.export) {
    await page.keyboard.press('Control+Shift+E')
    await page.getByRole('radio', { name: 'Masks as GeoTIFF' }).check({ force: true })
    for (const box of await page.getByRole('dialog').getByRole('checkbox').all())
      if (await box.isEnabled()) await box.check({ force: true })
    await page.screenshot({ path: join(tmpdir(), 'measure-studio-export.png') })
    await downloaded('the masks', () => page.getByRole('button', { name: 'Download', exact: true }).click())
    await page.keyboard.press('Escape')
    await downloaded('the archive', () => page.keyboard.press('Control+Shift+S'))
  }
} finally {
  clearInterval(looking)
  await context.close()
  process.kill(-server.pid)
  rmSync(folder, { recursive: true, force: true })
}
