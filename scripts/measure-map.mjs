// Times the map of the built studio with a scene of many small cells, in headless Chromium: opening, moving, judging, a
// stroke, thresholds, layers. Printed of each step: seconds, and the longest task of the window by the clock and by CPU time,
// which other programs beside it do not lengthen.
// Usage: npx vite build, then node scripts/measure-map.mjs [--cells 22, along a side] [--side 32, pixels of a cell] [--profile: what took the time, in all and in the longest task] [--still: without moving the camera] [--opening: no further than the reload] [--evidence: landslides table, audit and bundle in place of the map] [--port 4791]
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { chromium } from '@playwright/test'
import { downloadZip } from 'client-zip'
import { preview } from 'vite'
import { chromiumLaunchOptions } from './browser.mjs'

const { values } = parseArgs({
  options: {
    cells: { type: 'string', default: '22' },
    side: { type: 'string', default: '32' },
    port: { type: 'string', default: '4791' },
    profile: { type: 'boolean', default: false },
    still: { type: 'boolean', default: false },
    evidence: { type: 'boolean', default: false },
    opening: { type: 'boolean', default: false },
  },
})
const cells = Number(values.cells)
const side = Number(values.side)
const TASK = 'ThreadControllerImpl::RunTask'

const folder = mkdtempSync(join(tmpdir(), 'scarp-map-'))
const archive = join(folder, 'many.scarp.zip')
writeFileSync(archive, await archiveOfCells())
const server = await preview({ preview: { port: Number(values.port), strictPort: true } })
const browser = await chromium.launch({ headless: true, ...chromiumLaunchOptions() })
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
  page.setDefaultTimeout(90_000)
  page.on('pageerror', error => console.error('page error:', error.message))
  const session = await page.context().newCDPSession(page)
  await page.goto(`http://localhost:${values.port}/`)
  await page.getByRole('button', { name: 'Open demo', exact: true }).first().waitFor()
  console.log(`${cells * cells} cells of ${side} x ${side}`)
  await timed('archive opened', async () => {
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), command('Open project archive')])
    await chooser.setFiles(archive)
    await page.getByRole('button', { name: 'Open', exact: true }).click()
    const option = page.getByRole('option').first()
    await option.waitFor({ timeout: 400_000 })
    await idle()
  })
  if (values.evidence) await measureEvidence()
  else await measureMap()

  async function measureEvidence() {
    await timed('landslides table', async () => {
      await page.keyboard.press('Shift+L')
      await page.locator('.inventory-totals').waitFor({ timeout: 400_000 })
    })
    console.log(`  ${await page.locator('.inventory-totals').textContent()}`)
    await timed('sorted, to the end and back, gone to', async () => {
      const grid = page.getByRole('grid', { name: 'Landslides table' })
      await page.getByRole('columnheader', { name: 'Area' }).getByRole('button').click()
      await grid.focus()
      for (const key of ['End', 'Home', 'Enter']) await page.keyboard.press(key)
      await idle()
    })
    await page.keyboard.press('Shift+L')
    const audit = page.getByRole('dialog', { name: 'Audit accuracy' })
    await timed('audit planned', async () => {
      await command('Audit accuracy')
      await audit.getByRole('table', { name: 'Points by stratum' }).waitFor({ timeout: 400_000 })
    })
    const points = audit.getByRole('textbox', { name: 'Points' })
    await points.fill('20')
    await points.press('Tab')
    await timed('audit drawn', async () => {
      await audit.getByRole('button', { name: 'Draw 20 points and begin' }).click()
      await page.getByText('Point 1 of 20', { exact: true }).waitFor({ timeout: 400_000 })
      await idle()
    })
    await timed('20 points answered', async () => {
      for (let number = 1; number <= 20; number++) {
        await page.getByText(`Point ${number} of 20`, { exact: true }).first().waitFor()
        await page.keyboard.press(number % 2 === 0 ? 'l' : 'n')
      }
      await page.getByRole('dialog', { name: 'Audit results' }).waitFor({ timeout: 400_000 })
    })
    await page.keyboard.press('Escape')
    await page.keyboard.press('Shift+Q')
    await idle()
    const dialog = page.getByRole('dialog', { name: 'Export' })
    await timed('export counted', async () => {
      await page.keyboard.press('Control+Shift+e')
      await dialog.getByText('Evidence bundle', { exact: true }).click()
      await dialog.getByRole('checkbox', { name: /^Predicted/ }).check({ force: true })
      await dialog.getByText(/^[\d,]+ landslides, /).waitFor({ timeout: 400_000 })
    })
    await timed('bundle', async () => {
      const [download] = await Promise.all([
        page.waitForEvent('download', { timeout: 900_000 }),
        dialog.getByRole('button', { name: 'Download' }).click(),
      ])
      const path = join(tmpdir(), 'measure-bundle.zip')
      await download.saveAs(path)
      console.log(`  ${path}: ${(statSync(path).size / 1e6).toFixed(1)} MB`)
    })
  }

  async function measureMap() {
    await timed('map opened', async () => {
      await command('Map')
      await page.getByTestId('geo-canvas').waitFor()
      await settle()
    })
    await timed('reload with the map', async () => {
      await page.reload()
      await page.getByRole('option').first().waitFor()
      await idle()
      await settle()
    })
    const box = await page.locator('.map-panel').boundingBox()
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2]
    const later = values.opening ? async () => {} : timed
    const moving = values.still ? async () => {} : later
    await moving('zoomed in and out by wheel', async () => {
      await page.mouse.move(x, y)
      for (let notch = 0; notch < 20; notch++) await page.mouse.wheel(0, notch < 10 ? -120 : 120)
      await settle()
    })
    await moving('dragged', async () => {
      await page.mouse.down()
      for (let step = 0; step < 20; step++) await page.mouse.move(x + 10 * step, y + 4 * step)
      await page.mouse.up()
      await settle()
    })
    await later('next cell, 20 times', async () => {
      for (let press = 0; press < 20; press++) await page.keyboard.press('j')
      await idle()
      await settle()
    })
    await later('accepted, 10 times', async () => {
      for (let press = 0; press < 10; press++) {
        await page.keyboard.press('a')
        await idle()
      }
      await settle()
    })
    await later('undone, 5 times', async () => {
      for (let press = 0; press < 5; press++) await page.keyboard.press('Control+z')
      await idle()
      await settle()
    })
    await later('probability on, off', async () => {
      await page.keyboard.press('o')
      await settle()
      await page.keyboard.press('o')
      await settle()
    })
    await later('threshold moved', async () => {
      const slider = page.getByRole('slider', { name: /threshold/i }).first()
      await slider.focus()
      for (let press = 0; press < 5; press++) await page.keyboard.press('ArrowRight')
      await settle()
    })
    await later('another base layer', async () => {
      await page.keyboard.press('Shift+Digit2')
      await settle()
    })
    await later('a stroke over cells', async () => {
      await page.keyboard.press('b')
      await page.mouse.move(x - 100, y - 60)
      await page.mouse.down()
      for (let step = 0; step < 20; step++) await page.mouse.move(x - 100 + 10 * step, y - 60 + 5 * step)
      await page.mouse.up()
      await settle()
    })
    await later('its undo', async () => {
      await page.keyboard.press('Control+z')
      await settle()
    })
    await page.screenshot({ path: join(tmpdir(), 'measure-map.png') })
  }

  /** Prints how long something took, and the window's longest task. */
  async function timed(name, work) {
    if (values.profile) {
      await session.send('Profiler.enable')
      await session.send('Profiler.start')
    }
    await browser.startTracing(page, { categories: ['toplevel', '__metadata'] })
    const begin = Date.now()
    try {
      await work()
    } finally {
      const seconds = ((Date.now() - begin) / 1000).toFixed(1)
      const { traceEvents } = JSON.parse((await browser.stopTracing()).toString())
      const tasks = tasksOf(traceEvents)
      const cpu = tasks.map(({ tdur = 0 }) => Math.round(tdur / 1000))
      const clock = Math.max(0, ...tasks.map(({ dur }) => Math.round(dur / 1000)))
      const over = cpu.filter(time => time > 100)
      console.log(
        `${name}: ${seconds} s; longest task ${clock} ms, ${Math.max(0, ...cpu)} ms of CPU; ${over.length} over 100 ms of CPU`,
      )
      if (values.profile) {
        const { profile } = await session.send('Profiler.stop')
        printProfile(profile, 'in all', () => true)
        const { ts, dur, tdur } = tasks.reduce((a, b) => ((b.tdur ?? 0) > (a.tdur ?? 0) ? b : a))
        printProfile(
          profile,
          `in the task of ${Math.round(tdur / 1000)} ms`,
          at => at >= ts && at <= ts + dur,
        )
      }
    }
  }

  async function command(title) {
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Command or patch' }).waitFor()
    await page.keyboard.type(title)
    await page.waitForTimeout(300)
    await page.keyboard.press('Enter')
  }

  async function idle() {
    await page.locator('.map-panel[aria-busy="false"]').waitFor()
  }

  /** Until the tiles that are on their way are there. */
  async function settle() {
    await page.waitForTimeout(3000)
  }
} catch (thrown) {
  const [page] = browser.contexts().flatMap(context => context.pages())
  await page?.screenshot({ path: join(tmpdir(), 'measure-map.png') })
  throw thrown
} finally {
  await browser.close()
  await server.close()
  rmSync(folder, { recursive: true, force: true })
}

/** Tasks of the renderer's main thread, with their clock time and CPU time in microseconds. */
function tasksOf(events) {
  const main = new Set(
    events
      .filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain')
      .map(({ pid, tid }) => `${pid}/${tid}`),
  )
  return events.filter(({ name, ph, pid, tid }) => name === TASK && ph === 'X' && main.has(`${pid}/${tid}`))
}

/** The functions that most time was spent in themselves, and with what they called, at the times (microseconds) that count. */
function printProfile({ nodes, samples, timeDeltas, startTime }, when, counts) {
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map(child => [child, id])))
  const names = new Map(
    nodes.map(({ id, callFrame: { functionName, url, lineNumber, columnNumber } }) => {
      return [id, `${functionName || '(anonymous)'} ${url.split('/').at(-1)}:${lineNumber}:${columnNumber}`]
    }),
  )
  const [own, whole] = [new Map(), new Map()]
  const add = (map, name, milliseconds) => map.set(name, (map.get(name) ?? 0) + milliseconds)
  let at = startTime
  for (const [index, id] of samples.entries()) {
    at += timeDeltas[index]
    if (!counts(at)) continue
    const milliseconds = timeDeltas[index] / 1000
    add(own, names.get(id), milliseconds)
    const above = new Set()
    for (let node = id; node !== undefined; node = parents.get(node)) above.add(names.get(node))
    for (const name of above) add(whole, name, milliseconds)
  }
  for (const [title, times, count] of [
    ['itself', own, 8],
    ['with what it called', whole, 24],
  ]) {
    const most = [...times]
      .filter(([name]) => !/^\((idle|program|root)\)/.test(name))
      .sort((a, b) => b[1] - a[1])
    for (const [name, milliseconds] of most.slice(0, count)) {
      console.log(`    ${milliseconds.toFixed(0).padStart(6)} ms ${when}, ${title}: ${name}`)
    }
  }
}

/** A project with one scene, its cells predicted. */
async function archiveOfCells() {
  const size = cells * side
  const transform = [500_000, 10, 0, 5_000_000, 0, -10]
  const statistics = { count: side * side, mean: new Array(14).fill(1000), m2: new Array(14).fill(1e7) }
  const pad = number => String(number).padStart(2, '0')
  const files = []
  const patches = []
  for (let row = 0; row < cells; row++) {
    for (let column = 0; column < cells; column++) {
      const id = `many~r${pad(row)}c${pad(column)}`
      const window = { column: column * side, row: row * side, width: side, height: side }
      const corner = [500_000 + 10 * window.column, 10, 0, 5_000_000 - 10 * window.row, 0, -10]
      patches.push({
        ...{
          id,
          order: patches.length,
          name: `many r${pad(row)}c${pad(column)}`,
          path: `many/r${pad(row)}c${pad(column)}`,
        },
        ...{ domain: 'target', width: side, height: side, hasLabel: false, heldOut: false, scale: 'raw' },
        georeference: { crs: 'EPSG:32633', transform: corner, geoKeys: null },
        ...{ problems: [], statistics, predictedBy: ['starter-segformer'] },
        scores: { disagreement: ((row * 7 + column) % 10) / 20, entropy: 0.2, confidence: 0.8 },
        cell: { sceneId: 'many', row, column, window },
      })
      files.push([`pixels/${id}`, pixelsOf(window)], [`probabilities/${id}/ensemble`, probabilityOf(window)])
    }
  }
  const band = index => ({ path: `B${index}.tif`, band: 0, factor: 1, scale: 1, offset: 0 })
  const scene = {
    ...{ id: 'many', name: 'many', at: '2024-05-01T12:00:00.000Z', level: 'L1C', tile: null, sensed: null },
    recipe: {
      name: 'many',
      grid: { crs: 'EPSG:32633', transform, width: size, height: size },
      bands: Array.from({ length: 12 }, (_, index) => band(index)),
      ...{ resampling: 'nearest', elevation: ['dem.tif'], slope: null },
    },
    ...{ synthetic: [], window: { column: 0, row: 0, width: size, height: size }, area: null, samples: [] },
    ...{ pieces: patches.length, complete: true },
  }
  const project = { id: 'project', name: 'Many', createdAt: '2024-05-01T12:00:00.000Z', threshold: 0.5 }
  const records = { project: [project], patches, scenes: [scene] }
  const stores = [
    'auditLog',
    'history',
    'importedModels',
    'patches',
    'project',
    'rounds',
    'scenes',
    'unfinishedRounds',
  ]
  const members = [
    ...files.map(([path, content]) => [
      `files/${path.split('/').map(encodeURIComponent).join('/')}`,
      content,
    ]),
    ...stores.map(name => [`records/${name}.json`, Buffer.from(JSON.stringify(records[name] ?? []))]),
  ]
  const entries = members.map(([name, content]) => ({
    ...{ name, bytes: content.length },
    sha256: createHash('sha256').update(content).digest('hex'),
  }))
  const manifest = {
    ...{ format: 'scarp-project', version: 8, unsavedChanges: 0, entries },
    project: { name: 'Many', patches: patches.length, verdicts: 0, steps: 0, rounds: 0, models: 0 },
  }
  const zip = downloadZip([
    ...members.map(([name, input]) => ({ name, input })),
    { name: 'scarp-project.json', input: JSON.stringify(manifest) },
  ])
  return new Uint8Array(await zip.arrayBuffer())
}

/** "SCP1", width, height, no flags; then 14 bands of float32. */
function pixelsOf({ column, row }) {
  const header = Uint32Array.of(0x31504353, side, side, 0)
  const data = new Float32Array(14 * side * side)
  for (let pixel = 0; pixel < side * side; pixel++) {
    const [x, y] = [column + (pixel % side), row + Math.floor(pixel / side)]
    const wave = Math.sin(x / 15) * Math.cos(y / 12)
    for (let band = 0; band < 14; band++) {
      const base = band === 12 ? 20 : band === 13 ? 900 : 1200 + 90 * band
      data[band * side * side + pixel] = base * (1 + 0.4 * wave)
    }
  }
  return Buffer.concat([Buffer.from(header.buffer), Buffer.from(data.buffer)])
}

function probabilityOf({ column, row }) {
  const data = Float32Array.from({ length: side * side }, (_, pixel) => {
    const [x, y] = [column + (pixel % side), row + Math.floor(pixel / side)]
    const wave = Math.sin(x / 9) * Math.cos(y / 14)
    // In patches that do not touch, where they are listed.
    return values.evidence ? 0.3 + 0.29 * wave : 0.5 + 0.49 * wave
  })
  return Buffer.from(data.buffer)
}
